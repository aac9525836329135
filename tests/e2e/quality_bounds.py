"""What the routes of data quality compare with the caller's areas."""

from __future__ import annotations

from typing import Any

from .route_case import Case, body, fresh, ids
from .two_townships import TOWN_B, VILLAGE_B, World, household


async def _wrong(world: World) -> str:
    """Something that is wrong in B: a household of next to no income."""
    poor = household(world.next(), VILLAGE_B, incomes=[{"year": 2026, "wage": "350.00"}])
    made = await world.done("town-b", "POST", "/v1/households", json=poor)
    found = await world.done("town-b", "POST", f"/v1/households/{made['id']}/quality")
    return next(str(each["id"]) for each in found["items"] if each["rule"] == "Q-H11")


async def _listed(world: World) -> dict[str, Any]:
    await _wrong(world)
    return {}


async def _run(world: World) -> str:
    return str((await world.done("town-b", "POST", "/v1/quality/runs", json={"area_code": TOWN_B}))["id"])


_REASON = {"reason": "走查:入户核实收入属实"}

QUALITY: dict[tuple[str, str], Case] = {
    ("GET", "/v1/quality/rules"): Case("open", why="declarations, the same for everybody"),
    ("GET", "/v1/quality/errors"): Case("list", make=_listed),
    ("GET", "/v1/quality/counts"): Case("list", make=_listed),
    ("POST", "/v1/quality/errors/{error_id}/accept"): Case("object", make=fresh("error_id", _wrong, json=_REASON)),
    ("POST", "/v1/quality/runs"): Case("object", make=body({"area_code": TOWN_B})),
    ("GET", "/v1/quality/runs/{run_id}"): Case("object", make=fresh("run_id", _run)),
    ("GET", "/v1/households/{household_id}/quality"): Case("object", path=ids(household_id="household")),
    ("POST", "/v1/households/{household_id}/quality"): Case("object", path=ids(household_id="household")),
}
