"""What the routes of campaigns and rounds compare with the caller's areas (`route_bounds.CASES`)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from .route_case import Case, fresh
from .two_townships import TOWN_B, VILLAGE_B, World, household

GRID = "走查网格"


def _campaign_body(world: World) -> dict[str, Any]:
    """A day of its own: two of a kind do not run in one place."""
    on = (date(2028, 1, 1) + timedelta(days=world.next())).isoformat()
    days = {"from_on": on, "until_on": on}
    return {"kind": "sweep", "name": "走查排查", "area_code": TOWN_B, "form_version": "1"} | days


async def _campaign(world: World) -> str:
    return str((await world.done("town-b", "POST", "/v1/campaigns", json=_campaign_body(world)))["id"])


async def _new_campaign(world: World) -> dict[str, Any]:
    return {"json": _campaign_body(world)}


async def _listed_campaign(world: World) -> dict[str, Any]:
    await _campaign(world)
    return {"params": {"limit": "200"}}


async def _round(world: World) -> dict[str, Any]:
    """A grid of B with somebody in it who visits its households."""
    person = {"name": f"走查{world.next()}", "unit_id": world.b["unit"]}
    staff = (await world.done("town-b", "POST", "/v1/staff", json=person))["id"]
    term = {"role": "GRID", "area_code": VILLAGE_B, "first_on": "2026-01-01", "grid": GRID}
    await world.done("town-b", "POST", f"/v1/staff/{staff}/appointments", json=term)
    home = household(world.next(), VILLAGE_B, grid=GRID)
    await world.done("town-b", "POST", "/v1/households", json=home)
    return {}


CAMPAIGNS: dict[tuple[str, str], Case] = {
    # registry: campaigns of visits, rounds of grids
    ("GET", "/v1/campaigns"): Case("list", make=_listed_campaign, marks=frozenset({TOWN_B})),
    ("POST", "/v1/campaigns"): Case("object", make=_new_campaign),
    ("GET", "/v1/campaigns/{campaign_id}"): Case("object", make=fresh("campaign_id", _campaign)),
    ("POST", "/v1/campaigns/{campaign_id}/cancel"): Case(
        "object", make=fresh("campaign_id", _campaign, json={"reason": "走查:误发起"})
    ),
    ("GET", "/v1/campaigns/{campaign_id}/tasks"): Case("object", make=fresh("campaign_id", _campaign)),
    ("GET", "/v1/campaigns/{campaign_id}/coverage"): Case("object", make=fresh("campaign_id", _campaign)),
    ("GET", "/v1/visit-rounds"): Case("list", make=_round, marks=frozenset({"990177102"})),
}
