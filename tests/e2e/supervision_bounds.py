"""What the routes of rectification compare with the caller's areas and department."""

from __future__ import annotations

from typing import Any

from .route_case import Case, Make, fresh
from .two_townships import TOWN_B, World

_PLACE = "/v1/rectifications"
_PROBLEM = {
    "area_code": TOWN_B, "department": "CIV", "source": "audit", "source_document": "走查", "problem_class": "funds",
    "problem": "走查:资金拨付滞后", "measure": "走查:限期拨付", "found_on": "2026-11-10", "due_on": "2026-12-31",
}  # fmt: skip
_SHOWN = {"note": "走查:已拨付", "evidence": ["走查凭证"]}
_AGREED = {"agrees": True, "note": "走查:属实"}


async def _open(world: World) -> str:
    """A problem of civil affairs in B, whose duty it has in hand."""
    problem = await world.done("town-b", "POST", _PLACE, json=_PROBLEM)
    await world.done("civ-b", "POST", f"/v1/duties/{problem['duty_id']}/accept")
    return str(problem["id"])


async def _begun(world: World) -> str:
    problem = await _open(world)
    await world.done("civ-b", "POST", f"{_PLACE}/{problem}/progress", json={"note": "走查:已启动"})
    return problem


async def _submitted(world: World) -> str:
    problem = await _begun(world)
    await world.done("civ-b", "POST", f"{_PLACE}/{problem}/submission", json=_SHOWN)
    return problem


async def _cleared(world: World) -> str:
    problem = await _submitted(world)
    await world.done("town-b", "POST", f"{_PLACE}/{problem}/decision", json=_AGREED)
    return problem


async def _listed(world: World) -> dict[str, Any]:
    await _open(world)
    return {}


async def _new(_: World) -> dict[str, Any]:
    return {"json": _PROBLEM}


def _step(made: Any, said: dict[str, Any], **more: Any) -> Make:
    return fresh("problem_id", made, json=said, **more)


SUPERVISION: dict[tuple[str, str], Case] = {
    ("GET", _PLACE): Case("list", "list", make=_listed),
    ("GET", f"{_PLACE}/counts"): Case("list", "list", make=_listed),
    ("POST", _PLACE): Case("object", "object", make=_new),
    ("GET", f"{_PLACE}/{{problem_id}}"): Case("object", "object", make=fresh("problem_id", _open)),
    ("PUT", f"{_PLACE}/{{problem_id}}"): Case(
        "object", "object", make=_step(_open, _PROBLEM | {"note": "走查:改期"}, headers={"If-Match": "*"})
    ),
    ("POST", f"{_PLACE}/{{problem_id}}/progress"): Case(
        "object", "object", owner="civ-b", make=_step(_open, {"note": "走查:已启动"})
    ),
    ("POST", f"{_PLACE}/{{problem_id}}/submission"): Case(
        "object", "object", owner="civ-b", make=_step(_begun, _SHOWN)
    ),
    ("POST", f"{_PLACE}/{{problem_id}}/decision"): Case("object", "object", make=_step(_submitted, _AGREED)),
    ("POST", f"{_PLACE}/{{problem_id}}/look-back"): Case(
        "object", "object", make=_step(_cleared, {"result": "holds", "note": "走查:属实"})
    ),
    ("POST", f"{_PLACE}/{{problem_id}}/reopen"): Case(
        "object", "object", make=_step(_cleared, {"note": "走查:有误", "due_on": "2026-12-31"})
    ),
}
