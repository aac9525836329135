"""What the routes of the guarantees' shortfalls compare with the caller's areas and department."""

from __future__ import annotations

from typing import Any

from .route_case import Case, body, fresh, ids
from .two_townships import COUNTY, VILLAGE_B, World, household

RENOVATION = {"kind": "dilapidated", "year": 2026, "wish": "willing"}
TARGETS = "a county's figures, about nobody; within the county's reach alone"


async def _lacking(world: World) -> dict[str, Any]:
    """B's household has no safe water."""
    found = {"water": {"is_safe": False, "checked_on": "2026-11-10"}}
    place = f"/v1/households/{world.b['household']}/statuses"
    await world.done("town-b", "PUT", place, json={"statuses": found})
    return {}


async def _renovation(world: World) -> str:
    home = await world.done("town-b", "POST", "/v1/households", json=household(world.next(), VILLAGE_B))
    place = f"/v1/households/{home['id']}/renovations"
    return str((await world.done("town-b", "POST", place, json=RENOVATION))["id"])


async def _renovated(world: World) -> dict[str, Any]:
    await _renovation(world)
    return {"params": {"year": 2026}}


async def _wish(world: World) -> dict[str, Any]:
    path = {"renovation_id": await _renovation(world)}
    return {"path": path, "json": {"wish": "undecided"}, "headers": {"If-Match": '"v1"'}}


GUARANTEES: dict[tuple[str, str], Case] = {
    ("GET", "/v1/shortfalls"): Case("list", "list", make=_lacking),
    ("GET", "/v1/shortfalls/counts"): Case("list", "list", make=_lacking),
    ("POST", "/v1/households/{household_id}/renovations"): Case(
        "object", "object", path=ids(household_id="household"), make=body(RENOVATION)
    ),
    ("GET", "/v1/renovations"): Case("list", "list", make=_renovated),
    ("GET", "/v1/renovations/completion"): Case("list", "list", make=_renovated),
    ("GET", "/v1/renovations/{renovation_id}"): Case("object", "object", make=fresh("renovation_id", _renovation)),
    ("PATCH", "/v1/renovations/{renovation_id}"): Case("object", "object", make=_wish),
    ("GET", "/v1/renovation-targets/{county_code}/{year}"): Case(
        "open", why=TARGETS, path=ids(county_code=f"={COUNTY}", year="=2026")
    ),
    ("PUT", "/v1/renovation-targets/{county_code}/{year}"): Case(
        "open", why=TARGETS, path=ids(county_code=f"={COUNTY}", year="=2026"), make=body({"targets": {}})
    ),
}
