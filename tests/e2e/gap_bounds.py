"""What the routes of policy gaps compare with the caller's areas and department."""

from __future__ import annotations

from .route_case import Case, fresh, ids
from .two_townships import World


async def _waiting(world: World, state: str) -> str | None:
    wanted = {"state": state, "household": world.b["household"]}
    found = (await world.done("town-b", "GET", "/v1/policy-gaps", params=wanted))["items"]
    return str(found[0]["id"]) if found else None


async def _open_gap(world: World) -> str:
    """What civil affairs owes B's household; its duty in hand."""
    if (gap := await _waiting(world, "returned")) is not None:
        await _take(world, "town-b", "G02", gap)
        said = {"agrees": False, "note": "走查:请重新办理"}
        await world.done("town-b", "POST", f"/v1/policy-gaps/{gap}/review", json=said)
    else:
        gap = await _waiting(world, "open") or await world.gap("town-b", world.b["household"])
    await _take(world, "civ-b", "G01", gap)
    return gap


async def _returned_gap(world: World) -> str:
    """The same, once civil affairs has refused it."""
    if (gap := await _waiting(world, "returned")) is None:
        gap = await _open_gap(world)
        said = {"result": "refused", "reason": "not_eligible", "note": "走查:不符合条件"}
        await world.done("civ-b", "POST", f"/v1/policy-gaps/{gap}/result", json=said)
    await _take(world, "town-b", "G02", gap)
    return gap


async def _granted_gap(world: World) -> str:
    """The same, once civil affairs has granted it."""
    gap = await _open_gap(world)
    said = {"result": "granted", "granted_on": "2026-11-10"}
    await world.done("civ-b", "POST", f"/v1/policy-gaps/{gap}/result", json=said)
    return gap


async def _take(world: World, who: str, kind: str, gap: str) -> None:
    await world.done(who, "POST", f"/v1/duties/{kind}-{gap}/accept")


GAPS: dict[tuple[str, str], Case] = {
    ("GET", "/v1/policy-gaps"): Case("list", "list"),
    ("GET", "/v1/policy-gaps/{gap_id}"): Case("object", "object", path=ids(gap_id="gap")),
    ("POST", "/v1/policy-gaps/{gap_id}/result"): Case(
        "object",
        "object",
        owner="civ-b",
        make=fresh("gap_id", _open_gap, json={"result": "granted", "granted_on": "2026-11-10"}),
    ),
    ("POST", "/v1/policy-gaps/{gap_id}/take-back"): Case(
        "object", "object", owner="civ-b", make=fresh("gap_id", _granted_gap, json={"note": "走查:未办成"})
    ),
    ("POST", "/v1/policy-gaps/{gap_id}/review"): Case(
        "object", "object", make=fresh("gap_id", _returned_gap, json={"agrees": True, "note": "走查:属实"})
    ),
}
