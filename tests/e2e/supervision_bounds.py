"""What the routes of rectification and scheduling compare with the caller's areas and department; feedback."""

from __future__ import annotations

from typing import Any

from .route_case import Case, Make, body, fresh
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


def _step(made: Any, said: dict[str, Any], **more: Any) -> Make:
    return fresh("problem_id", made, json=said, **more)


_MEETINGS, _ITEMS, _REPORTS = "/v1/schedulings", "/v1/scheduling-items", "/v1/rectification-reports"
_MEETING = {
    "area_code": TOWN_B, "period": "2026-11", "held_on": "2026-11-10", "chaired_by": "走查", "topics": ["走查"],
    "summary": "走查", "items": [
        {"what": "走查:报送进度", "area_code": TOWN_B, "department": "CIV", "due_on": "2026-12-31"}
    ],
}  # fmt: skip
_LIST = "/v1/supervisions"
_UNIT = {"area_code": TOWN_B, "department": "CIV", "reason": "走查", "due_on": "2026-12-31"}
_OF_COUNTY = "of a county and department: no caller of a township sees one (tests/service/alerts/feedback)"
_REPORT = {"area_code": TOWN_B, "period": "2026-10", "note": "走查"}


async def _meeting(world: World) -> str:
    return str((await world.done("town-b", "POST", _MEETINGS, json=_MEETING))["id"])


async def _item(world: World) -> str:
    """What a meeting asked of civil affairs, which has its duty in hand."""
    (item,) = (await world.done("town-b", "POST", _MEETINGS, json=_MEETING))["items"]
    await world.done("civ-b", "POST", f"/v1/duties/{item['duty_id']}/accept")
    return str(item["id"])


async def _report(world: World) -> str:
    return str((await world.done("town-b", "POST", _REPORTS, json=_REPORT))["id"])


async def _supervised(world: World) -> str:
    """A department of B, put on the list by somebody else than who may take it off."""
    return str((await world.done("province", "POST", _LIST, json=_UNIT))["id"])


def _after(made: Any) -> Make:
    """A list that has something of B in it."""

    async def make(world: World) -> dict[str, Any]:
        await made(world)
        return {}

    return make


_TOGETHER = "/v1/consultations"
_DECIDED = {
    "area_code": TOWN_B, "topic": "走查:联合研判", "held_on": "2026-11-10", "departments": ["CIV", "MED"],
    "opinion": "走查:符合条件",
}  # fmt: skip


async def _decided(world: World) -> str:
    return str((await world.done("town-b", "POST", _TOGETHER, json=_DECIDED))["id"])


SUPERVISION: dict[tuple[str, str], Case] = {
    ("GET", _PLACE): Case("list", "list", make=_after(_open)),
    ("GET", f"{_PLACE}/counts"): Case("list", "list", make=_after(_open)),
    ("POST", _PLACE): Case("object", "object", make=body(_PROBLEM)),
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
    ("GET", _TOGETHER): Case("list", "list", make=_after(_decided)),
    ("POST", _TOGETHER): Case("object", "object", make=body(_DECIDED)),
    ("GET", f"{_TOGETHER}/{{consultation_id}}"): Case("object", "object", make=fresh("consultation_id", _decided)),
    ("POST", f"{_TOGETHER}/{{consultation_id}}/withdraw"): Case(
        "object", "object", make=fresh("consultation_id", _decided, json={"reason": "走查:有误"})
    ),
    ("GET", _MEETINGS): Case("list", "list", make=_after(_meeting)),
    ("POST", _MEETINGS): Case("object", "object", make=body(_MEETING)),
    ("GET", f"{_MEETINGS}/{{scheduling_id}}"): Case("object", "object", make=fresh("scheduling_id", _meeting)),
    ("POST", f"{_MEETINGS}/{{scheduling_id}}/cancel"): Case(
        "object", "object", make=fresh("scheduling_id", _meeting, json={"reason": "走查:有误"})
    ),
    ("GET", f"{_ITEMS}/{{item_id}}"): Case("object", "object", owner="civ-b", make=fresh("item_id", _item)),
    ("POST", f"{_ITEMS}/{{item_id}}/result"): Case(
        "object",
        "object",
        owner="civ-b",
        make=fresh("item_id", _item, json={"done_on": "2026-11-10", "note": "走查:已报送"}),
    ),
    ("GET", _REPORTS): Case("list", "list", make=_after(_report)),
    ("POST", _REPORTS): Case("object", "object", make=body(_REPORT)),
    ("GET", f"{_REPORTS}/{{report_id}}"): Case("object", "object", make=fresh("report_id", _report)),
    ("GET", "/v1/feedback-rounds"): Case("open", why=_OF_COUNTY),
    ("GET", "/v1/feedback-rounds/{round_id}"): Case("open", why=_OF_COUNTY),
    ("GET", "/v1/feedback-rounds/{round_id}/items"): Case("open", why=_OF_COUNTY),
    ("POST", "/v1/feedback-rounds/{round_id}/acknowledgement"): Case("open", why=_OF_COUNTY),
    ("GET", _LIST): Case("list", "list", make=_after(_supervised)),
    ("POST", _LIST): Case("object", "object", make=body(_UNIT)),
    ("GET", f"{_LIST}/{{supervision_id}}"): Case("object", "object", make=fresh("supervision_id", _supervised)),
    ("POST", f"{_LIST}/{{supervision_id}}/progress"): Case(
        "object", "object", make=fresh("supervision_id", _supervised, json={"text": "走查:已约谈"})
    ),
    ("POST", f"{_LIST}/{{supervision_id}}/closing"): Case(
        "object", "object", make=fresh("supervision_id", _supervised, json={"text": "走查:已达标"})
    ),
}
