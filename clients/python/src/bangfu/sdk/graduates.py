"""Graduates of former poor households, and their plans."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from bangfu.sdk.http import Resource
from bangfu.sdk.models import Answer


class Graduates(Resource):
    """`/v1/graduates`: a file and a plan each (一人一档、一人一策)."""

    def list(self, **filters: Any) -> AsyncIterator[Answer]:
        """Yield graduates by village: area, is_planned."""
        return self._http.items("/v1/graduates", Answer, **filters)

    async def get(self, person_id: str) -> Answer:
        """Read a graduate's file, with all revisions of the plan."""
        return await self._http.get(f"/v1/graduates/{person_id}", Answer)

    async def put_plan(self, person_id: str, plan: Mapping[str, Any]) -> Answer:
        """Make or revise a graduate's plan: needs, measures, responsible."""
        return await self._http.call("PUT", f"/v1/graduates/{person_id}/plan", Answer, json=dict(plan))
