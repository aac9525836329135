"""What the routes of public notices compare with the caller's areas."""

from __future__ import annotations

from typing import Any

from .route_case import Case, body, fresh
from .two_townships import TOWN_B, World

FUNDS: dict[str, Any] = {
    "kind": "funds", "area_code": TOWN_B, "first_on": "2026-11-20", "last_on": "2036-11-26", "issuer": "镇人民政府",
    "entries": [{"title": "庭院经济补助", "amount": "50000.00", "unit": "镇农业农村办"}],
}  # fmt: skip


async def _notice(world: World) -> str:
    return str((await world.done("town-b", "POST", "/v1/notices", json=FUNDS))["id"])


NOTICES: dict[tuple[str, str], Case] = {
    ("POST", "/v1/notices"): Case("object", make=body(FUNDS)),
    ("GET", "/v1/notices"): Case("list", marks=frozenset({TOWN_B})),
    ("GET", "/v1/notices/{notice_id}"): Case("object", make=fresh("notice_id", _notice)),
    ("GET", "/v1/notices/{notice_id}/document"): Case("object", make=fresh("notice_id", _notice)),
    ("POST", "/v1/notices/{notice_id}/withdraw"): Case(
        "object", make=fresh("notice_id", _notice, json={"reason": "走查:名单有误"})
    ),
}
