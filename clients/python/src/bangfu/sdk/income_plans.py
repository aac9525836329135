"""Income plans of households, and how far the year's cohorts have come."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from bangfu.sdk.http import Resource
from bangfu.sdk.models import Answer


class IncomePlans(Resource):
    """`/v1/income-cohorts`, `/v1/households/{id}/income-plans`: who needs a plan of the year, and who has one."""

    async def put(self, household_id: str, plan: Mapping[str, Any]) -> Answer:
        """Make or revise a household's plan: year, needs, measures, target, responsible."""
        return await self._http.call("PUT", f"/v1/households/{household_id}/income-plan", Answer, json=dict(plan))

    async def of_household(self, household_id: str) -> Answer:
        """Read the revisions of a household's plan, the one that holds first."""
        return await self._http.get(f"/v1/households/{household_id}/income-plans", Answer)

    async def progress(self, *, area: str | None = None, year: int | None = None, by: str = "village") -> Answer:
        """Tell how many households have their plan, by village, town or county, by cohort, and by why incomes fell."""
        return await self._http.get("/v1/income-cohorts", Answer, area=area, year=year, by=by)

    def households(self, **filters: Any) -> AsyncIterator[Answer]:
        """Yield the households that need a plan: area, year, cohort, reason, is_planned."""
        return self._http.items("/v1/income-cohorts/households", Answer, **filters)
