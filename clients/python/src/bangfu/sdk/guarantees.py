"""What households lack of the three guarantees and drinking water."""

from __future__ import annotations

from collections.abc import AsyncIterator
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
