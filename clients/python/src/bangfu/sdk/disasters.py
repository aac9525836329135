"""Disasters and accidents: whom they hit, what was given at once, what is still owed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date
from typing import Any

from bangfu.sdk.http import Resource
from bangfu.sdk.models import Answer
from bangfu.sdk.titles import Title


class Disaster(Answer):
    """A disaster; `totals` and `villages` where one is read."""

    id: str
    kind: str
    risk_type: str
    name: str
    areas: list[str]
    from_on: date
    to_on: date | None = None
    version: int
    closed_at: str | None = None
    totals: dict[str, int] = {}
    villages: list[dict[str, Any]] = []


class Affected(Answer):
    """A household that a disaster hit, and how far it is."""

    id: str
    household_id: str
    area_code: str
    title: Title | None = None
    harm: dict[str, Any] = {}
    state: str
    helped_on: date | None = None
    clue_id: str
    episode_id: str | None = None
    has_green_channel: bool = False
    debts_due_on: date | None = None
    version: int
    help: list[dict[str, Any]] = []


class Disasters(Resource):
    """`/v1/disasters`: help first, the procedure after, until nothing is owed."""

    def list(self, **filters: Any) -> AsyncIterator[Disaster]:
        """Yield disasters, the newest first; `area` and `is_open` narrow."""
        return self._http.items("/v1/disasters", Disaster, **filters)

    async def get(self, disaster_id: str) -> tuple[Disaster, str]:
        """Read a disaster with its counts by village, and its ETag."""
        return await self._http.versioned("GET", f"/v1/disasters/{disaster_id}", Disaster)

    async def declare(self, disaster: Mapping[str, Any], *, key: str | None = None) -> Disaster:
        """Declare a disaster or accident for a county."""
        return await self._http.post("/v1/disasters", dict(disaster), Disaster, key=key)

    async def correct(self, disaster_id: str, changes: Mapping[str, Any], *, etag: str) -> tuple[Disaster, str]:
        """Correct name, areas, last day or note."""
        return await self._http.versioned("PATCH", f"/v1/disasters/{disaster_id}", Disaster, dict(changes), etag=etag)

    async def close(self, disaster_id: str, reason: str, *, etag: str) -> tuple[Disaster, str]:
        """Close a disaster once nothing is owed.

        Raises:
            Conflict: households are owed something; the problem counts them by state.
        """
        return await self._http.versioned(
            "POST", f"/v1/disasters/{disaster_id}/close", Disaster, {"reason": reason}, etag=etag
        )

    async def take_households(
        self, disaster_id: str, items: Sequence[Mapping[str, Any]], *, key: str | None = None
    ) -> Answer:
        """Take in households that it hit, at most 200; `items` of the answer say what became of each."""
        body = {"items": [dict(item) for item in items]}
        return await self._http.post(f"/v1/disasters/{disaster_id}/households", body, Answer, key=key)

    async def take_zone(self, disaster_id: str, zone: Mapping[str, Any], *, key: str | None = None) -> Answer:
        """Take in every household of an area or hazard zone."""
        return await self._http.post(f"/v1/disasters/{disaster_id}/zones", dict(zone), Answer, key=key)

    def households(self, disaster_id: str, **filters: Any) -> AsyncIterator[Affected]:
        """Yield the households that it hit; `area`, `state` and `helped` narrow."""
        return self._http.items(f"/v1/disasters/{disaster_id}/households", Affected, **filters)

    async def household(self, disaster_id: str, affected_id: str) -> tuple[Affected, str]:
        """Read one of them with what it was given, and its ETag."""
        return await self._http.versioned("GET", f"/v1/disasters/{disaster_id}/households/{affected_id}", Affected)

    async def give_help(
        self, disaster_id: str, affected_id: str, what: str, given_on: date, *, key: str | None = None
    ) -> Affected:
        """Record what a household was given at once."""
        body = {"what": what, "given_on": given_on.isoformat()}
        return await self._http.post(
            f"/v1/disasters/{disaster_id}/households/{affected_id}/help", body, Affected, key=key
        )

    async def remove(self, disaster_id: str, affected_id: str, reason: str, *, etag: str) -> tuple[Affected, str]:
        """Take a household off the list to which it came by mistake."""
        body = {"reason": reason}
        return await self._http.versioned(
            "POST", f"/v1/disasters/{disaster_id}/households/{affected_id}/remove", Affected, body, etag=etag
        )

    async def write_off(self, disaster_id: str, affected_id: str, reason: str, *, etag: str) -> tuple[Affected, str]:
        """Write off what a household is owed and will not get."""
        body = {"reason": reason}
        return await self._http.versioned(
            "POST", f"/v1/disasters/{disaster_id}/households/{affected_id}/write-off", Affected, body, etag=etag
        )
