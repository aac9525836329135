"""Campaigns of visits, their tasks and coverage, and rounds of grids."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import date
from typing import Any

from bangfu.sdk.http import Resource
from bangfu.sdk.models import Answer


class Campaigns(Resource):
    """`/v1/campaigns`, `/v1/visit-rounds`: who is to be visited, and who was.

    The result of a task is a contact with the campaign's id: `pairings.record_contact`, or a step of a batch.
    """

    def list(
        self, *, area: str | None = None, kind: str | None = None, state: str | None = None
    ) -> AsyncIterator[Answer]:
        """Yield campaigns that meet an area, newest first: ahead, running, over, cancelled."""
        return self._http.items("/v1/campaigns", Answer, area=area, kind=kind, state=state)

    async def open(self, campaign: Mapping[str, Any], *, key: str | None = None) -> Answer:
        """Open a campaign: kind, name, area_code, from_on, until_on, form_version."""
        return await self._http.post("/v1/campaigns", dict(campaign), Answer, key=key)

    async def get(self, campaign_id: str) -> Answer:
        """Read a campaign."""
        return await self._http.get(f"/v1/campaigns/{campaign_id}", Answer)

    async def cancel(self, campaign_id: str, reason: str) -> Answer:
        """Cancel a campaign that was opened by mistake; what was told stays."""
        return await self._http.post(f"/v1/campaigns/{campaign_id}/cancel", {"reason": reason}, Answer)

    def tasks(self, campaign_id: str, **filters: Any) -> AsyncIterator[Answer]:
        """Yield the households that a campaign concerns, by village: area, grid, state, undone."""
        return self._http.items(f"/v1/campaigns/{campaign_id}/tasks", Answer, **filters)

    async def coverage(self, campaign_id: str, *, area: str | None = None, by: str = "village") -> Answer:
        """Tell how many households were visited of those due, by village, town or county."""
        return await self._http.get(f"/v1/campaigns/{campaign_id}/coverage", Answer, area=area, by=by)

    async def round(self, *, area: str | None = None, on: date | None = None, by: str = "village") -> Answer:
        """Tell how many households of the grids were visited, or telephoned, in the round of a day."""
        day = on.isoformat() if on else None
        return await self._http.get("/v1/visit-rounds", Answer, area=area, on=day, by=by)
