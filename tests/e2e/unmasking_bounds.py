"""What the routes of requests for many compare with the caller's areas."""

from __future__ import annotations

from typing import Any

from .route_case import Case, body, fresh
from .two_townships import TOWN_B, VILLAGE_B, World, household, member

_WANTED: dict[str, Any] = {
    "area_code": TOWN_B, "fields": ["name"], "purpose_code": "assistance", "legal_basis": "走查方案", "reason": "走查",
}  # fmt: skip


async def _asked(world: World) -> str:
    return str((await world.done("town-b", "POST", "/v1/unmaskings", json=_WANTED))["id"])


async def _listed(world: World) -> dict[str, Any]:
    await _asked(world)
    return {}


async def _confirmed(world: World) -> str:
    request = await _asked(world)
    said = {"agrees": True, "note": "走查:核对一致"}
    await world.done("med-b", "POST", f"/v1/unmaskings/{request}/decision", json=said)
    return request


async def _used_up(world: World) -> dict[str, Any]:
    """Somebody of B has nearly read a day's number of persons; a large household takes few requests."""

    async def is_told() -> bool:
        return bool((await world.done("town-b", "GET", "/v1/quota-alerts"))["items"])

    if await is_told():
        return {}
    large = household(world.next(), VILLAGE_B)
    large["members"] += [member(world.next()) | {"relation": "other", "labour": "5"} for _ in range(49)]
    await world.done("town-b", "POST", "/v1/households", json=large)
    asked = await world.done("civ-b", "POST", "/v1/unmaskings", json=_WANTED | {"whom": "members"})
    place = f"/v1/unmaskings/{asked['id']}"
    await world.done("med-b", "POST", f"{place}/decision", json={"agrees": True, "note": "走查:核对一致"})
    while not await is_told():
        await world.done("civ-b", "GET", f"{place}/persons", params={"limit": 200})
    return {}


UNMASKINGS: dict[tuple[str, str], Case] = {
    ("POST", "/v1/unmaskings"): Case("object", make=body(_WANTED)),
    ("GET", "/v1/unmaskings"): Case("list", make=_listed, marks=frozenset({TOWN_B})),
    ("POST", "/v1/unmaskings/{request_id}/decision"): Case(
        "object", make=fresh("request_id", _asked, json={"agrees": False, "note": "走查:撤回"})
    ),
    ("GET", "/v1/quota-alerts"): Case("list", make=_used_up, marks=frozenset({TOWN_B})),
    ("GET", "/v1/unmaskings/{request_id}/persons"): Case("object", make=fresh("request_id", _confirmed)),
}
