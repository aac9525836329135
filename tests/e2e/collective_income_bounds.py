"""What the routes of collective income compare with the caller's areas (`route_bounds.CASES`)."""

from __future__ import annotations

from typing import Any

from .route_case import Case, ids
from .two_townships import VILLAGE_B, World

YEAR = ids(village_code=f"={VILLAGE_B}", year="=2026")


async def _record(world: World) -> dict[str, Any]:
    amount = f"{world.next()}.00"
    told = {"income": amount, "distributed": amount, "households": 1, "settled_on": "2026-11-01"}
    return {"json": told | {"evidence": "走查:分配方案"}}


COLLECTIVE: dict[tuple[str, str], Case] = {
    # registry: what villages distributed
    ("GET", "/v1/collective-incomes"): Case("list", marks=frozenset({VILLAGE_B})),
    ("GET", "/v1/collective-incomes/{village_code}/{year}"): Case("object", path=YEAR),
    ("PUT", "/v1/collective-incomes/{village_code}/{year}"): Case("object", path=YEAR, make=_record),
}
