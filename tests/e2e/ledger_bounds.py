"""What the routes of funds and projects compare with the caller's areas and department."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from .route_case import Case
from .two_townships import NDJSON, PERIOD, TOWN_A, TOWN_B, World

_ENTITY = "{}走查合作社"


async def _ledgers(world: World) -> dict[str, Any]:
    """A fund and a project of each township, read by a comparison of the month."""
    for who, town in (("town-a", TOWN_A), ("town-b", TOWN_B)):
        fund = {
            "area_code": town, "fund_year": 2026, "fund_source": "central", "budget": "100.00", "spent": "30.00",
            "industry_budget": "60.00",
        }  # fmt: skip
        project = {
            "project_no": f"P{town}", "project_name": "走查大棚", "area_code": town, "project_year": 2026,
            "category": "industry", "entity": _ENTITY.format(town), "fund_source": "central", "amount": "100.00",
            "state": "planned",
        }  # fmt: skip
        for dataset, row in (("DS-FIN-PROGRESS", fund), ("DS-AGR-PROJ", project)):
            opened = await world.done(who, "POST", "/v1/deliveries", json={"dataset": dataset, "period": PERIOD})
            place, line = f"/v1/deliveries/{opened['id']}", json.dumps(row, ensure_ascii=False).encode()
            await world.done(who, "PUT", f"{place}/parts/1", content=line, headers=NDJSON)
            receipt = await world.done(who, "POST", f"{place}/commit", json={"part_count": 1})
            assert receipt["rows_accepted"] == 1, receipt
    run = await world.done("province", "POST", "/v1/comparison-runs", json={"period": PERIOD})
    while run["state"] in ("queued", "running"):
        await asyncio.sleep(0.2)
        run = await world.done("province", "GET", f"/v1/comparison-runs/{run['id']}")
    return {"params": {"period": PERIOD}}


_OF_B = frozenset({TOWN_B})
LEDGERS: dict[tuple[str, str], Case] = {
    ("GET", "/v1/funds"): Case("list", "object", make=_ledgers, marks=_OF_B),
    ("GET", "/v1/projects"): Case("list", "object", make=_ledgers, marks=_OF_B),
    ("GET", "/v1/projects/concentration"): Case(
        "list", "object", make=_ledgers, marks=frozenset({_ENTITY.format(TOWN_B)})
    ),
}
