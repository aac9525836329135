"""Counter-checks of villages and townships."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from pydantic import AwareDatetime

from bangfu.sdk.http import Resource
from bangfu.sdk.models import Answer
from bangfu.sdk.quality import Said
from bangfu.sdk.titles import Title


class BehindCheck(Answer):
    """A household behind a finding."""

    household_id: str
    title: Title | None = None


class AreaCheck(Answer):
    """What a counter-check found in a village or township; `households` of one that is read by itself."""

    id: str
    code: str
    title: Said | None = None
    advice: Said | None = None
    area_code: str
    area_path: list[str]
    cause: str | None = None
    site: str | None = None
    evidence: dict[str, Any]
    state: str
    opened_at: AwareDatetime
    closed_at: AwareDatetime | None = None
    answered_at: AwareDatetime | None = None
    answered_by: str | None = None
    answer: str | None = None
    households: list[BehindCheck] = []
    households_total: int | None = None


class AreaLook(Answer):
    """What was looked at."""

    counties: list[str]
    open: int


class AreaChecks(Resource):
    """`/v1/area-checks`: where cases gather, and where figures look capped."""

    def list(self, **filters: Any) -> AsyncIterator[AreaCheck]:
        """Yield findings, the oldest first; `code`, `area`, `state` narrow."""
        return self._http.items("/v1/area-checks", AreaCheck, **filters)

    async def get(self, check_id: str) -> AreaCheck:
        """Read one with the households behind it; the duty V02 names it."""
        return await self._http.get(f"/v1/area-checks/{check_id}", AreaCheck)

    async def look(self, area_code: str | None = None) -> AreaLook:
        """Look now; else it is looked once an hour."""
        body = {} if area_code is None else {"area_code": area_code}
        return await self._http.post("/v1/area-checks", body, AreaLook)

    async def answer(self, check_id: str, answer: str) -> AreaCheck:
        """Say as the county what is behind a finding."""
        return await self._http.post(f"/v1/area-checks/{check_id}/answer", {"answer": answer}, AreaCheck)
