"""What villages distributed of their collective income."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from bangfu.sdk.http import Resource
from bangfu.sdk.models import Answer


class CollectiveIncomes(Resource):
    """`/v1/collective-incomes`: what became of each village's collective income, by year."""

    def list(self, **filters: Any) -> AsyncIterator[Answer]:
        """Yield villages with what they said of a year: area, year, is_recorded."""
        return self._http.items("/v1/collective-incomes", Answer, **filters)

    async def put(self, village: str, year: int, record: Mapping[str, Any]) -> Answer:
        """Record, or correct, what became of it: income, distributed, households, settled_on, evidence."""
        return await self._http.call("PUT", f"/v1/collective-incomes/{village}/{year}", Answer, json=dict(record))

    async def get(self, village: str, year: int) -> Answer:
        """Read what a village said of a year, the revision that holds first."""
        return await self._http.get(f"/v1/collective-incomes/{village}/{year}", Answer)
