"""Indicators: what a county came to each month, by village and township, and the list behind each number."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from bangfu.sdk.http import Resource
from bangfu.sdk.models import Answer


class Indicators(Resource):
    """`/v1/indicators`: the catalogue, figures by period and area, and computing them again."""

    async def catalogue(self) -> Answer:
        """Read every indicator with its definition, unit, period and dimensions."""
        return await self._http.get("/v1/indicators", Answer)

    async def values(self, indicator_id: str, period: str, **filters: Any) -> Answer:
        """Read a page of figures; `area_code`, `level`, `dimension`, `version`, `cursor`, `limit` choose.

        `state` is `pending` while the figures are not computed: that is not zero.
        """
        return await self._http.get(f"/v1/indicators/{indicator_id}/values", Answer, period=period, **filters)

    def registry_members(self, indicator_id: str, period: str, **filters: Any) -> AsyncIterator[Answer]:
        """Yield the rows behind a number of the registry; filters are those of the number's link `members`."""
        return self._http.items(f"/v1/indicator-members/registry/{indicator_id}", Answer, period=period, **filters)

    def sharing_members(self, indicator_id: str, period: str, **filters: Any) -> AsyncIterator[Answer]:
        """Yield the rows behind a number of sharing, likewise."""
        return self._http.items(f"/v1/indicator-members/sharing/{indicator_id}", Answer, period=period, **filters)

    def alerts_members(self, indicator_id: str, period: str, **filters: Any) -> AsyncIterator[Answer]:
        """Yield the rows behind a number of alerts, likewise."""
        return self._http.items(f"/v1/indicator-members/alerts/{indicator_id}", Answer, period=period, **filters)

    async def recompute(self, period: str, indicator_ids: Sequence[str], why: str, *, key: str | None = None) -> Answer:
        """Have figures of a period computed again, as a person; earlier versions stay."""
        body = {"period": period, "indicator_ids": list(indicator_ids), "why": why}
        return await self._http.post("/v1/indicators/recomputations", body, Answer, key=key)

    async def recomputation(self, request_id: str) -> Answer:
        """Read how far a recomputation is."""
        return await self._http.get(f"/v1/indicators/recomputations/{request_id}", Answer)


class Funds(Resource):
    """`/v1/funds`: how far funds are spent, against the milestones of the year."""

    async def list(self, **filters: Any) -> Answer:
        """Read a page of funds; `period` (default: the newest), `area`, `fund_source`, `status`, `cursor`, `limit`."""
        return await self._http.get("/v1/funds", Answer, **filters)


class Projects(Resource):
    """`/v1/projects`: projects with their five dates, and what of the money one entity has."""

    async def list(self, **filters: Any) -> Answer:
        """Read a page of projects; `period`, `area`, `year`, `late`, `late_step`, `cursor`, `limit` choose."""
        return await self._http.get("/v1/projects", Answer, **filters)

    async def concentration(self, **filters: Any) -> Answer:
        """Read what the greatest entities have of a year's money for industry; `period`, `area`, `year` choose."""
        return await self._http.get("/v1/projects/concentration", Answer, **filters)
