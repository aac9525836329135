"""The file of a household (一户一档) as one list by time: every service's form of it, and its statement. Pure.

A feature says in a `Source` which rows of its tables are entries; a service puts the sources of its features together
and reads a page of them with one statement, by the indexes that lead from a household to the rows.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, Field, field_validator

from contracts.parameters import Words
from contracts.timeline import ENTRY_KINDS
from servicekit.differences import Changed
from servicekit.page_query import PageQuery
from servicekit.sql import any_of


class TimelineQuery(PageQuery):
    """Which entries a timeline shows; null means any."""

    kind: str | None = Field(
        default=None, max_length=32, description="code of docs/timeline.md; another service's: none"
    )
    recorded_from: AwareDatetime | None = Field(default=None, description="recorded at this instant or later")
    recorded_to: AwareDatetime | None = Field(default=None, description="recorded before this instant")
    limit: int = Field(default=50, ge=1, le=200, description="items a page")

    @field_validator("kind")
    @classmethod
    def _is_declared(cls, kind: str | None) -> str | None:
        if kind is not None and kind not in ENTRY_KINDS:
            raise ValueError("类型不存在 / no such kind of entry")
        return kind


class HouseholdTimelineQuery(TimelineQuery):
    """The same, of a household that the query names."""

    household_id: str = Field(min_length=1, max_length=64)


class TimelineEntry(BaseModel):
    """Something that happened to a household, or that somebody did about it."""

    id: str = Field(description="stays the same; entries of one instant are in the order of their ids")
    kind: str = Field(description="code of docs/timeline.md")
    title: Words
    text: Words = Field(description="made of declarations; what people wrote stays with the object")
    at: datetime = Field(description="记录时间 / when it was recorded; the list goes by it")
    occurred_on: date | None = Field(description="发生日期 / when it happened, where that is known")
    household_id: str = Field(description="another one's id where that was merged into the household")
    by: str | None = Field(
        description="who recorded it: staff:<id> of the roster, or a client; null: nobody, or unknown"
    )
    persons: list[str] = Field(description="who else took part, by the roster")
    link: str = Field(description="of the object that it is about")
    why: str | None = Field(description="依据 / the reason that was given, where one is asked for")
    facts: dict[str, Any] = Field(description="codes, days and numbers that the sentence is made of")
    changes: list[Changed] = Field(description="what changed, field by field")


class TimelinePage(BaseModel):
    """A page, newest first."""

    household_ids: list[str] = Field(description="the household and those that were merged into it")
    items: list[TimelineEntry]
    left_out: list[str] = Field(description="kinds of entries that this caller's scopes do not show")
    next_cursor: str | None = None


@dataclass(frozen=True, kw_only=True)
class Source:
    """Rows that are entries. All texts are SQL over `rows`; values come as parameters only.

    Attributes:
        kinds: Codes that `kind` may give.
        rows: What stands after FROM, with a condition that leads from `{OWN}` to the rows by an index.
        key: Columns that tell a row from the others of its kinds.
        at: When it was recorded.
        facts: What the sentence is made of, and codes that programs need.
        words: How a fact is said: its code list, or anything that gives words. What cannot be said is said as it is.
        before, after: JSON of the two that `compare` takes.
        scopes: The caller has one of them, or is not shown the entries.
    """

    kinds: tuple[str, ...]
    rows: str
    key: tuple[str, ...]
    at: str
    household: str
    link: str
    scopes: tuple[str, ...]
    kind: str = ""
    occurred_on: str = "CAST(NULL AS date)"
    by: str = "CAST(NULL AS text)"
    persons: str = "CAST(ARRAY[] AS text[])"
    why: str = "CAST(NULL AS text)"
    facts: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    before: str = "CAST(NULL AS json)"
    after: str = "CAST(NULL AS json)"
    compare: Callable[[Any, Any], list[Changed]] | None = None

    @property
    def kind_sql(self) -> str:
        """The kind of a row."""
        return self.kind or f"'{self.kinds[0]}'"


def own(kind: str = "uuid") -> str:
    """Give what a column of household ids is compared with, in the rows of a source."""
    return any_of("households", kind)


OF_DEPARTMENT = "(CAST(:own_department AS text) IS NULL OR {column} = :own_department)"
"""Condition of rows that concern a department: its own, or everybody's to who has none."""


def statement(sources: Sequence[Source], query: TimelineQuery, *, goes_on: bool) -> str:
    """Give the statement of a page: of each source no more than a page, the newest first."""
    branches = "\nUNION ALL\n".join(
        textwrap.indent(_branch(place, source, query, goes_on=goes_on), "  ") for place, source in enumerate(sources)
    )
    return f"SELECT * FROM (\n{branches}\n) told ORDER BY told.at DESC, told.id DESC LIMIT :limit"


def _branch(place: int, source: Source, query: TimelineQuery, *, goes_on: bool) -> str:
    name, at = source.kinds[0], source.at
    key = f"concat_ws('/', '{name}', {', '.join(source.key)}) COLLATE \"C\""
    facts = ", ".join(f"'{fact}', {value}" for fact, value in source.facts.items())
    conditions = [
        *([f"{source.kind_sql} = :kind"] if query.kind else []),
        *([f"{at} >= :recorded_from"] if query.recorded_from else []),
        *([f"{at} < :recorded_to"] if query.recorded_to else []),
        *([f"({at}, {key}) < (:before_at, :before_id)"] if goes_on else []),
    ]
    narrowed = "".join(f"\n  AND {condition}" for condition in conditions)
    return (
        f"(SELECT {place} AS source, {at} AS at, {key} AS id, {source.kind_sql} AS kind,\n"
        f"    ({source.household})::text AS household_id, {source.occurred_on} AS occurred_on, {source.by} AS by,\n"
        f"    {source.persons} AS persons, {source.link} AS link, {source.why} AS why,\n"
        f"    json_build_object({facts}) AS facts, {source.before} AS before, {source.after} AS after\n"
        f"FROM {source.rows}{narrowed}\n"
        "ORDER BY at DESC, id DESC LIMIT :limit)"
    )


def entry_of(source: Source, row: Any) -> TimelineEntry:
    kind = ENTRY_KINDS[row.kind]
    said = {name: _said(source.words.get(name), value) for name, value in row.facts.items()}
    return TimelineEntry(
        id=row.id,
        kind=row.kind,
        title=kind.title,
        text=kind.sentence(said),
        at=row.at,
        occurred_on=row.occurred_on,
        household_id=row.household_id,
        by=row.by,
        persons=row.persons,
        link=row.link,
        why=row.why,
        facts={name: value for name, value in row.facts.items() if not isinstance(value, dict)},
        changes=source.compare(row.before, row.after) if source.compare else [],
    )


def _said(say: Callable[[Any], Any] | None, value: Any) -> Any:
    if say is None or value is None:
        return value
    if isinstance(value, list):
        return [_said(say, each) for each in value]
    try:
        return say(value)
    except (KeyError, ValueError):  # a code of an older release
        return value
