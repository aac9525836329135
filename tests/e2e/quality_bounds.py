"""What the routes of data quality compare with the caller's areas."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from .route_case import Case, body, fresh, ids
from .two_townships import NDJSON, TOWN_B, VILLAGE_B, World, household


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


async def _gathered(world: World) -> str:
    """What a counter-check finds in B: as many monitored households as none of its villages should have."""
    ids = await _found(world)
    if not ids:
        watched = {"category": "1", "identified_on": "2026-11-01", "risk_types": ["01"]}
        homes = [household(world.next(), VILLAGE_B, monitor=watched) for _ in range(3)]
        lines = "\n".join(json.dumps(home, ensure_ascii=False) for home in homes).encode()
        await world.done("town-b", "POST", "/v1/imports", content=lines, headers=NDJSON)
    while not ids:  # the import goes on by itself
        await asyncio.sleep(0.2)
        ids = await _found(world)
    return ids[0]


async def _found(world: World) -> list[str]:
    await world.done("town-b", "POST", "/v1/area-checks", json={"area_code": TOWN_B})
    ids: list[str] = []
    for state in ("open", "answered"):
        params = {"area": TOWN_B, "state": state}
        page = await world.done("town-b", "GET", "/v1/area-checks", params=params)
        ids += [str(item["id"]) for item in page["items"]]
    return ids


async def _gathered_list(world: World) -> dict[str, Any]:
    await _gathered(world)
    return {}


_REASON = {"reason": "走查:入户核实收入属实"}

QUALITY: dict[tuple[str, str], Case] = {
    ("GET", "/v1/quality/rules"): Case("open", why="declarations, the same for everybody"),
    ("GET", "/v1/quality/errors"): Case("list", make=_listed),
    ("GET", "/v1/quality/errors/{error_id}"): Case("object", make=fresh("error_id", _wrong)),
    ("GET", "/v1/quality/counts"): Case("list", make=_listed),
    ("POST", "/v1/quality/errors/{error_id}/accept"): Case("object", make=fresh("error_id", _wrong, json=_REASON)),
    ("GET", "/v1/area-checks"): Case("list", make=_gathered_list),
    ("POST", "/v1/area-checks"): Case("object", make=body({"area_code": TOWN_B})),
    ("GET", "/v1/area-checks/{check_id}"): Case("object", make=fresh("check_id", _gathered)),
    ("POST", "/v1/area-checks/{check_id}/answer"): Case(
        "object", make=fresh("check_id", _gathered, json={"answer": "走查:已研判"})
    ),
    ("POST", "/v1/quality/runs"): Case("object", make=body({"area_code": TOWN_B})),
    ("GET", "/v1/quality/runs/{run_id}"): Case("object", make=fresh("run_id", _run)),
    ("GET", "/v1/households/{household_id}/quality"): Case("object", path=ids(household_id="household")),
    ("POST", "/v1/households/{household_id}/quality"): Case("object", path=ids(household_id="household")),
}
