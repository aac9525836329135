"""What the routes of petitions and public opinion compare with the caller's areas and department."""

from __future__ import annotations

from typing import Any

from .route_case import Case, Make, body, fresh
from .two_townships import TOWN_B, World

_PLACE = "/v1/petitions"
_TICKETS = iter(range(1, 10_000))


def _petition(**more: Any) -> dict[str, Any]:
    return {
        "source": "hotline_12345", "ticket_no": f"走查-{next(_TICKETS)}", "category": "allowance", "area_code": TOWN_B,
        "received_on": "2026-11-10", "summary": "走查:反映未享受救助", "department": "CIV", **more,
    }  # fmt: skip


async def _open(world: World) -> str:
    """An item that civil affairs deals with in B."""
    return str((await world.done("town-b", "POST", _PLACE, json=_petition()))["id"])


async def _in_hand(world: World) -> str:
    petition = await world.done("town-b", "POST", _PLACE, json=_petition())
    await world.done("civ-b", "POST", f"/v1/duties/{petition['duty_id']}/accept")
    return str(petition["id"])


_DONE = {"disposal": "走查:已受理", "answered_on": "2026-11-10"}


async def _disposed(world: World) -> str:
    petition = await _in_hand(world)
    await world.done("civ-b", "POST", f"{_PLACE}/{petition}/disposal", json=_DONE)
    return petition


async def _closed(world: World) -> str:
    petition = await _disposed(world)
    await world.done("town-b", "POST", f"{_PLACE}/{petition}/decision", json={"agrees": True, "note": "走查:属实"})
    return petition


def _step(made: Any, said: dict[str, Any], **more: Any) -> Make:
    return fresh("petition_id", made, json=said, **more)


def _listed() -> Make:
    async def make(world: World) -> dict[str, Any]:
        await _open(world)
        return {}

    return make


PETITIONS: dict[tuple[str, str], Case] = {
    ("GET", _PLACE): Case("list", "list", make=_listed()),
    ("GET", f"{_PLACE}/counts"): Case("list", "list", make=_listed()),
    ("POST", _PLACE): Case("object", "object", make=body(_petition(department="PET"))),
    ("GET", f"{_PLACE}/{{petition_id}}"): Case("object", "object", make=fresh("petition_id", _open)),
    ("PUT", f"{_PLACE}/{{petition_id}}"): Case(
        "object", "object", make=_step(_open, _petition(note="走查:补充"), headers={"If-Match": "*"})
    ),
    ("POST", f"{_PLACE}/{{petition_id}}/clue"): Case("object", "object", make=_step(_open, {"risk_type": "01"})),
    ("POST", f"{_PLACE}/{{petition_id}}/disposal"): Case(
        "object", "object", owner="civ-b", make=_step(_in_hand, _DONE)
    ),
    ("POST", f"{_PLACE}/{{petition_id}}/decision"): Case(
        "object", "object", make=_step(_disposed, {"agrees": True, "note": "走查:属实"})
    ),
    ("POST", f"{_PLACE}/{{petition_id}}/reopen"): Case(
        "object", "object", make=_step(_closed, {"note": "走查:再次反映"})
    ),
    ("POST", f"{_PLACE}/{{petition_id}}/withdrawal"): Case(
        "object", "object", make=_step(_open, {"note": "走查:登记有误"})
    ),
}
