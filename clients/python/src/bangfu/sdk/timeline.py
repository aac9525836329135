"""The file of a household (一户一档) as one list by time, merged from the services that tell of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import Any

from pydantic import AwareDatetime

from bangfu.sdk.http import Resource
from bangfu.sdk.problems import Forbidden, NotFound
from bangfu.sdk.titles import Answer


class Said(Answer):
    """The same words in Chinese and English."""

    zh: str
    en: str


class Changed(Answer):
    """A field that changed."""

    field: str
    title: Said
    before: Any
    after: Any
    person_id: str | None = None
    year: int | None = None


class TimelineEntry(Answer):
    """Something that happened to a household, or that somebody did about it."""

    id: str
    kind: str
    title: Said
    text: Said
    at: AwareDatetime
    occurred_on: date | None = None
    household_id: str
    by: str | None = None
    persons: list[str] = []
    link: str
    why: str | None = None
    facts: dict[str, Any] = {}
    changes: list[Changed] = []


class _Page(Answer):
    household_ids: list[str]


class Timeline(Resource):
    """`/v1/households/{id}/timeline`, `/v1/clues/timeline` and `/v1/findings/timeline`: newest first.

    Filters are `kind`, `recorded_from`, `recorded_to` and `limit`, the items of a request.
    """

    def registered(self, household_id: str, **filters: Any) -> AsyncIterator[TimelineEntry]:
        """Yield what the registry tells: record, incomes, statuses, steps, plans, measures, helpers."""
        return self._http.items(f"/v1/households/{household_id}/timeline", TimelineEntry, **filters)

    def clues(self, household_id: str, **filters: Any) -> AsyncIterator[TimelineEntry]:
        """Yield what alerts tells: clues, verifications, policy gaps, duties."""
        return self._http.items("/v1/clues/timeline", TimelineEntry, household_id=household_id, **filters)

    def findings(self, household_id: str, **filters: Any) -> AsyncIterator[TimelineEntry]:
        """Yield what sharing tells: findings and corrections."""
        return self._http.items("/v1/findings/timeline", TimelineEntry, household_id=household_id, **filters)

    async def of(
        self, household_id: str, *, refused: list[str] | None = None, **filters: Any
    ) -> AsyncIterator[TimelineEntry]:
        """Yield all of it by time, newest first, with what was found about households that were merged into it.

        Args:
            refused: Takes what the caller may not read of the file, in words; without it that is an error.

        Raises:
            NotFound: outside the caller's areas.
            Forbidden: the caller may not read a part.
        """
        path = f"/v1/households/{household_id}/timeline"
        family = (await self._http.get(path, _Page, limit=1)).household_ids
        parts = [
            ("registry", self.registered(household_id, **filters)),
            ("clues", self.clues(household_id, **filters)),
            *((f"findings of {each}", self.findings(each, **filters)) for each in family),
        ]
        async for entry in _merged(parts, refused):
            yield entry


async def _merged(
    parts: Sequence[tuple[str, AsyncIterator[TimelineEntry]]], refused: list[str] | None
) -> AsyncIterator[TimelineEntry]:
    """Yield the entries of lists that go by time, as one that does."""
    heads: dict[int, TimelineEntry] = {}
    for place in range(len(parts)):
        await _advance(parts, place, heads, refused)
    while heads:
        newest = max(heads, key=lambda place: (heads[place].at, heads[place].id))
        yield heads.pop(newest)
        await _advance(parts, newest, heads, refused)


async def _advance(
    parts: Sequence[tuple[str, AsyncIterator[TimelineEntry]]],
    place: int,
    heads: dict[int, TimelineEntry],
    refused: list[str] | None,
) -> None:
    name, entries = parts[place]
    try:
        async for entry in entries:
            heads[place] = entry
            return
    except (Forbidden, NotFound) as problem:
        if refused is None:
            raise
        refused.append(f"{name}: {problem.code}")
