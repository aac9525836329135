"""What the routes of figures compare with the caller's areas and department."""

from __future__ import annotations

import asyncio
from typing import Any

from .route_case import Case, Make
from .two_townships import TOWN_B, World

_OF_COUNTY = "figures are computed for a county: no caller of a township asks for it (tests/service/alerts/figures)"
_SHEET = "a county's: only it makes one; a township has its rows (tests/service/alerts/sheets)"
_DRAWN = "a county's: only it draws; a township has its households (tests/service/alerts/inspections)"
_OWN_PART = "a department has its own part, and is refused where there is none (tests/service/alerts/figures)"


def _computed(name: str) -> Make:
    """The figures of the month that is over, which the services compute by themselves."""

    async def make(world: World) -> dict[str, Any]:
        catalogue: dict[str, str | None] = {}
        while catalogue.get(name) is None:
            found = await world.done("town-b", "GET", "/v1/indicators")
            catalogue = {item["id"]: item["latest"] for item in found["items"]}
            await asyncio.sleep(0.2)
        return {"path": {"indicator_id": name}, "params": {"period": catalogue[name], "area_code": TOWN_B}}

    return make


FIGURES: dict[tuple[str, str], Case] = {
    ("GET", "/v1/indicators"): Case("open", why="the catalogue is the same for everybody"),
    ("GET", "/v1/indicators/{indicator_id}/values"): Case("object", why=_OWN_PART, make=_computed("clues_raised")),
    ("POST", "/v1/indicators/recomputations"): Case("open", why=_OF_COUNTY),
    ("GET", "/v1/indicators/recomputations/{request_id}"): Case("open", why=_OF_COUNTY),
    ("GET", "/v1/sheet-kinds"): Case("open", why="the kinds are the same for everybody"),
    ("GET", "/v1/sheets"): Case("open", why=_SHEET),
    ("GET", "/v1/sheets/{kind}/{period}"): Case("open", why=_SHEET),
    ("POST", "/v1/sheets/{kind}/{period}/freeze"): Case("open", why=_SHEET),
    ("POST", "/v1/sheets/{kind}/{period}/issue"): Case("open", why=_SHEET),
    ("GET", "/v1/inspections"): Case("open", why=_DRAWN),
    ("POST", "/v1/inspections"): Case("open", why=_DRAWN),
    ("GET", "/v1/inspections/{inspection_id}"): Case("open", why=_DRAWN),
    ("GET", "/v1/inspections/{inspection_id}/tasks"): Case("open", why=_DRAWN),
    ("GET", "/v1/inspections/{inspection_id}/checklist"): Case("open", why=_DRAWN),
    ("GET", "/v1/inspection-tasks/{task_id}"): Case("open", why=_DRAWN),
    ("POST", "/v1/inspection-tasks/{task_id}/result"): Case("open", why=_DRAWN),
    ("GET", "/v1/indicator-members/alerts/{indicator_id}"): Case(
        "object", why=_OWN_PART, make=_computed("clues_raised")
    ),
    ("GET", "/v1/indicator-members/registry/{indicator_id}"): Case(
        "object", why=_OWN_PART, make=_computed("households_identified")
    ),
    ("GET", "/v1/indicator-members/sharing/{indicator_id}"): Case(
        "object", why=_OWN_PART, make=_computed("deliveries_on_time")
    ),
}
