"""What stands below a village, or beside it: villagers' groups, grids, resettlement sites."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date
from typing import Any

from bangfu.sdk.http import Resource
from bangfu.sdk.models import Answer


class GridWorker(Answer):
    """A grid worker in office."""

    staff_id: str
    name: str | None = None


class PlaceWarning(Answer):
    """Something that is to be looked into."""

    code: str
    text: str


class Place(Answer):
    """A villagers' group, a grid or a resettlement site, and who is there."""

    id: str
    kind: str
    kind_label: str
    area_code: str
    area_path: list[str]
    name: str
    suffix: str | None = None
    site: str | None = None
    valid_from: date
    valid_to: date | None = None
    households: int
    persons: int
    households_declared: int | None = None
    persons_declared: int | None = None
    stations: list[str]
    grids: int
    workers: list[GridWorker]
    warnings: list[PlaceWarning]
    came_from: str | None = None
    version: int


class PlacesMade(Answer):
    """Places that were registered."""

    items: list[Place]


class UnlistedName(Answer):
    """A name that households write and no place has."""

    kind: str
    area_code: str
    area_path: list[str]
    name: str
    households: int


class Places(Resource):
    """`/v1/places`: groups, grids and sites, by village."""

    def list(self, **filters: Any) -> AsyncIterator[Place]:
        """Yield places by village and kind; `kind`, `area`, `as_of` narrow."""
        return self._http.items("/v1/places", Place, **filters)

    def unlisted(self, **filters: Any) -> AsyncIterator[UnlistedName]:
        """Yield names that households write and no place has; `kind` (grid) and `area` narrow."""
        return self._http.items("/v1/places/unlisted", UnlistedName, **filters)

    async def read(self, place_id: str) -> tuple[Place, str]:
        """Read one place, with the ETag that a change must name."""
        return await self._http.versioned("GET", f"/v1/places/{place_id}", Place)

    async def register(
        self, places: Sequence[Mapping[str, Any]], source_document: str, *, key: str | None = None
    ) -> PlacesMade:
        """Register up to 500 places, all or none."""
        body = {"source_document": source_document, "places": [dict(place) for place in places]}
        return await self._http.post("/v1/places", body, PlacesMade, key=key)

    async def change(self, place_id: str, changes: Mapping[str, Any], *, etag: str) -> Place:
        """Change what is known of a place as it was read, or end it."""
        place, _ = await self._http.versioned("PATCH", f"/v1/places/{place_id}", Place, dict(changes), etag=etag)
        return place
