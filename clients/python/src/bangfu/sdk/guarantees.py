"""What households lack of the three guarantees and drinking water, and the renovation of houses."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import date
from typing import Any

from bangfu.sdk.http import Resource
from bangfu.sdk.models import Answer
from bangfu.sdk.titles import Title


class Shortfall(Answer):
    """What a household lacks of a guarantee, or lacked."""

    household_id: str
    area_code: str
    guarantee: str
    department: str
    since_on: date
    opened_on: date
    source: str
    due_on: date
    state: str
    is_overdue: bool
    age_days: int
    closed_on: date | None = None
    closed_by: str | None = None
    title: Title | None = None


class ShortfallTotal(Answer):
    """How many shortfalls there are of a guarantee."""

    guarantee: str
    department: str
    open: int
    overdue: int
    closed: int
    households: int
    opened_in_month: int
    closed_in_month: int
    oldest_days: int | None = None
    is_cleared: bool


class ShortfallCount(ShortfallTotal):
    """How many shortfalls of a guarantee an area has."""

    area_code: str
    area_path: list[str]


class ShortfallCounts(Answer):
    """Shortfalls by guarantee and area, and of each guarantee in all."""

    items: list[ShortfallCount]
    totals: list[ShortfallTotal]
    as_of: date


class Shortfalls(Resource):
    """`/v1/shortfalls`: opened and closed by the statuses that visits and departments' data set."""

    def list(self, **filters: Any) -> AsyncIterator[Shortfall]:
        """Yield shortfalls, those known longest first.

        Args:
            filters: `area`, `grid`, `guarantee`, `department`, `state`, `overdue`, `household_id`, `as_of`.
        """
        return self._http.items("/v1/shortfalls", Shortfall, **filters)

    async def counts(self, *, by: str = "village", **filters: Any) -> ShortfallCounts:
        """Count shortfalls by guarantee and area of a level: village, town or county."""
        return await self._http.get("/v1/shortfalls/counts", ShortfallCounts, by=by, **filters)


class Renovation(Answer):
    """The renovation of a household's house."""

    id: str
    household_id: str
    area_code: str
    kind: str
    year: int
    stage: str
    is_late: bool
    wish: str
    version: int
    title: Title | None = None


class RenovationCompletion(Answer):
    """How far a township has come with a kind of renovation."""

    area_code: str
    area_path: list[str]
    kind: str
    target: int | None = None
    listed: int
    finished: int
    accepted: int
    completion: str | None = None


class RenovationTargets(Answer):
    """The year's target of each township of a county, by kind."""

    county_code: str
    year: int
    targets: dict[str, dict[str, int]]
    version: int


class Renovations(Resource):
    """`/v1/renovations`: the list of renovations; only an acceptance makes a house safe."""

    async def add(self, household_id: str, renovation: Mapping[str, Any], *, key: str | None = None) -> Renovation:
        """Put a household on the list: `kind`, `year`, `wish`, and what is known already."""
        place = f"/v1/households/{household_id}/renovations"
        return await self._http.post(place, dict(renovation), Renovation, key=key)

    def list(self, **filters: Any) -> AsyncIterator[Renovation]:
        """Yield renovations; `area`, `grid`, `household_id`, `year`, `kind`, `stage`, `late` narrow."""
        return self._http.items("/v1/renovations", Renovation, **filters)

    async def get(self, renovation_id: str) -> tuple[Renovation, str]:
        """Give a renovation with its steps, and the ETag that a change must name."""
        return await self._http.versioned("GET", f"/v1/renovations/{renovation_id}", Renovation)

    async def change(self, renovation_id: str, changes: Mapping[str, Any], etag: str) -> tuple[Renovation, str]:
        """Say how it goes on: days, mode, subsidy, `acceptance`, `cancelled_because`."""
        place = f"/v1/renovations/{renovation_id}"
        return await self._http.versioned("PATCH", place, Renovation, dict(changes), etag=etag)

    def completion(self, *, year: int | None = None, area: str | None = None) -> AsyncIterator[RenovationCompletion]:
        """Yield how far each township has come with the year's target, by kind."""
        return self._http.items("/v1/renovations/completion", RenovationCompletion, year=year, area=area)

    async def targets(self, county_code: str, year: int) -> tuple[RenovationTargets, str]:
        """Give the targets of a county's year, and the ETag that a change must name."""
        return await self._http.versioned("GET", f"/v1/renovation-targets/{county_code}/{year}", RenovationTargets)

    async def set_targets(
        self, county_code: str, year: int, targets: Mapping[str, Mapping[str, int]], etag: str
    ) -> tuple[RenovationTargets, str]:
        """Set the targets of a county's year: households by township and kind."""
        place = f"/v1/renovation-targets/{county_code}/{year}"
        said = {"targets": {town: dict(kinds) for town, kinds in targets.items()}}
        return await self._http.versioned("PUT", place, RenovationTargets, said, etag=etag)
