"""What is wrong in the register, until it is mended."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from pydantic import AwareDatetime

from bangfu.sdk.http import Resource
from bangfu.sdk.models import Answer
from bangfu.sdk.titles import HouseholdHead, Title


class Said(Answer):
    """A text in both languages."""

    zh: str
    en: str


class QualityRule(Answer):
    """A rule of data quality."""

    code: str
    level: str
    scope: str
    title: Said
    advice: Said
    parameters: list[str]


class QualityError(Answer):
    """What a rule found of a member, a household or its episode."""

    id: str
    rule: str
    level: str | None = None
    rule_title: Said | None = None
    advice: Said | None = None
    scope: str
    household_id: str
    area_code: str
    person: HouseholdHead | None = None
    episode_id: str | None = None
    evidence: dict[str, Any]
    state: str
    opened_at: AwareDatetime
    closed_at: AwareDatetime | None = None
    title: Title | None = None


class QualityCount(Answer):
    """How many errors of a rule an area has."""

    rule: str
    level: str | None = None
    rule_title: Said | None = None
    area_code: str
    area_name: str | None = None
    open: int
    accepted: int
    households: int
    oldest_days: int | None = None


class QualityRun(Answer):
    """How far a look at every household of an area is."""

    id: str
    area_code: str
    state: str
    households: int | None = None
    checked: int
    opened: int
    closed: int


class Quality(Resource):
    """`/v1/quality`: rules of data quality, what they found, since when; it closes once it is mended."""

    def rules(self) -> AsyncIterator[QualityRule]:
        """Yield every rule."""
        return self._http.items("/v1/quality/rules", QualityRule)

    def errors(self, **filters: Any) -> AsyncIterator[QualityError]:
        """Yield errors, the oldest first; `rule`, `level` (`check`: counter-checks), `state`, `area`, `grid` narrow."""
        return self._http.items("/v1/quality/errors", QualityError, **filters)

    async def error(self, error_id: str) -> QualityError:
        """Read one error, open or closed; the duty of a counter-check names it."""
        return await self._http.get(f"/v1/quality/errors/{error_id}", QualityError)

    def counts(self, *, by: str = "village", **filters: Any) -> AsyncIterator[QualityCount]:
        """Yield errors by rule and area of a level: village, town or county."""
        return self._http.items("/v1/quality/counts", QualityCount, by=by, **filters)

    async def accept(self, error_id: str, reason: str) -> QualityError:
        """Say as a person that a warning is true as it is; it is listed no more until its facts change.

        What a counter-check found the county accepts.
        """
        return await self._http.post(f"/v1/quality/errors/{error_id}/accept", {"reason": reason}, QualityError)

    async def run(self, area_code: str | None = None) -> QualityRun:
        """Have every household of an area looked at now."""
        body = {} if area_code is None else {"area_code": area_code}
        return await self._http.post("/v1/quality/runs", body, QualityRun)

    async def progress(self, run_id: str) -> QualityRun:
        """Read how far a run is."""
        return await self._http.get(f"/v1/quality/runs/{run_id}", QualityRun)

    def of_household(self, household_id: str) -> AsyncIterator[QualityError]:
        """Yield what was found of a household: what is open, then what was."""
        return self._http.items(f"/v1/households/{household_id}/quality", QualityError)

    async def check(self, household_id: str) -> list[QualityError]:
        """Look at a household now; give what is found of it."""
        found = await self._http.post(f"/v1/households/{household_id}/quality", None, _OfHousehold)
        return found.items


class _OfHousehold(Answer):
    items: list[QualityError]
