"""What the routes of change requests compare with the caller's areas."""

from __future__ import annotations

import hashlib
from typing import Any

from .route_case import Case, Make, fresh, ids
from .two_townships import World

_SCAN = b"%PDF-1.7\n" + b"move" * 16
_SHA = hashlib.sha256(_SCAN).hexdigest()


async def _move(world: World) -> dict[str, Any]:
    """What is asked for about B's household: another address, and the scan that shows it."""
    place = f"/v1/households/{world.b['household']}/attachments/{_SHA}"
    await world.done("town-b", "PUT", place, content=_SCAN, headers={"Content-Type": "application/pdf"})
    said = {"kind": "move", "occurred_on": "2026-11-10", "reason": "走查:依据户口簿", "evidence": [_SHA]}
    return {"json": said | {"content": {"address": f"走查{world.next()}号"}}, "headers": {"If-Match": "*"}}


def _asked_by(who: str) -> Any:
    async def ask(world: World) -> str:
        place = f"/v1/households/{world.b['household']}/change-requests"
        return str((await world.done(who, "POST", place, **await _move(world)))["id"])

    return ask


def _request(who: str, said: dict[str, Any]) -> Make:
    return fresh("request_id", _asked_by(who), json=said)


async def _listed(world: World) -> dict[str, Any]:
    await _asked_by("town-b")(world)
    return {}


async def _contested(world: World) -> dict[str, Any]:
    """Two requests of B for the same address."""
    await _asked_by("town-b")(world)
    await _asked_by("province")(world)
    return {}


CHANGES: dict[tuple[str, str], Case] = {
    ("POST", "/v1/households/{household_id}/change-requests"): Case(
        "object", path=ids(household_id="household"), make=_move
    ),
    ("GET", "/v1/change-requests"): Case("list", make=_listed),
    ("GET", "/v1/conflicts"): Case("list", make=_contested),
    ("GET", "/v1/change-requests/{request_id}"): Case("object", make=fresh("request_id", _asked_by("town-b"))),
    # Whoever decides is another than who asked.
    ("POST", "/v1/change-requests/{request_id}/approve"): Case("object", make=_request("province", {"note": "走查"})),
    ("POST", "/v1/change-requests/{request_id}/refuse"): Case("object", make=_request("province", {"note": "走查"})),
    ("POST", "/v1/change-requests/{request_id}/withdraw"): Case("object", make=_request("town-b", {"note": "走查"})),
}
