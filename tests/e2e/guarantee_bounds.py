"""What the routes of the guarantees' shortfalls compare with the caller's areas and department."""

from __future__ import annotations

from typing import Any

from .route_case import Case
from .two_townships import World


async def _lacking(world: World) -> dict[str, Any]:
    """B's household has no safe water."""
    found = {"water": {"is_safe": False, "checked_on": "2026-11-10"}}
    place = f"/v1/households/{world.b['household']}/statuses"
    await world.done("town-b", "PUT", place, json={"statuses": found})
    return {}


GUARANTEES: dict[tuple[str, str], Case] = {
    ("GET", "/v1/shortfalls"): Case("list", "list", make=_lacking),
    ("GET", "/v1/shortfalls/counts"): Case("list", "list", make=_lacking),
}
