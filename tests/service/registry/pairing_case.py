"""Households and helpers for the tests of pairings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx
from registry_world import TOWN, VILLAGE, household, member
from roster_case import Headers, appoint, made, person, unit

_SERIALS = iter(range(200, 490))
MONITORED = {"category": "1", "identified_on": "2026-01-10", "risk_types": ["01"]}


@dataclass
class Helper:
    """Somebody with a term as a helper."""

    id: str
    term: str


async def home(client: httpx.AsyncClient, headers: Headers, village: str = VILLAGE, **more: Any) -> str:
    """A household of its own number; monitored unless said otherwise."""
    serial = next(_SERIALS)
    body = household(f"99J{serial:07d}", member(serial), village_code=village, **({"monitor": MONITORED} | more))
    return str((await made(client, headers, "/v1/households", **body))["id"])


async def helper(client: httpx.AsyncClient, headers: Headers, area: str = TOWN, **more: Any) -> Helper:
    """Somebody of a township with a term as a helper."""
    staff = await person(client, headers, await unit(client, headers, area=TOWN if area.startswith(TOWN[:9]) else area))
    return Helper(staff, await appoint(client, headers, staff, "HELPER", area, **more))


def pairing(home_id: str, staff_id: str, from_on: str = "2026-01-15", **more: Any) -> dict[str, Any]:
    """The body of a pairing."""
    return {"household_id": home_id, "staff_id": staff_id, "from_on": from_on, "why": "年度结对"} | more
