"""Use cases of shortfalls: listing and counting what households lack, as it was known on a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.guarantees import OWNERS
from contracts.vocabulary import Guarantee
from registry.households import service as households
from registry.policy import service as policy
from registry.shortfalls import rules, store
from registry.shortfalls.schemas import (
    ShortfallCount,
    ShortfallCountQuery,
    ShortfallCounts,
    ShortfallOut,
    ShortfallQuery,
    ShortfallTotal,
)
from servicekit import clock
from servicekit.auth import IN_ANY_GRID, Principal
from servicekit.problems import FieldError, InvalidInput


class Found(NamedTuple):
    """A page of shortfalls, how many there are in all, as of which day, and where the next page begins."""

    items: list[ShortfallOut]
    total: int
    as_of: date
    rest: list[Any] | None


async def page(
    session: AsyncSession, principal: Principal, wanted: ShortfallQuery, after: Sequence[Any] | None
) -> Found:
    """Give a page of shortfalls of the caller's areas and department.

    Raises:
        OutsideArea: `area` is not within the caller's areas.
        InvalidInput: a day that is still to come.
    """
    asked = await _wanted(session, principal, wanted)
    conditions = [] if wanted.state == "any" else ["is_open" if wanted.state == "open" else "NOT is_open"]
    if wanted.overdue is not None:
        conditions.append("is_overdue" if wanted.overdue else "NOT is_overdue")
    values = dict(zip(("after_at", "after_id", "after_kind"), after, strict=True)) if after else {}
    rows, total = await store.page(session, asked, conditions, values, limit=wanted.limit + 1)
    shown = rows[: wanted.limit]
    rest = (
        [shown[-1]["opened_at"], shown[-1]["household"], shown[-1]["guarantee"]] if len(rows) > wanted.limit else None
    )
    return Found([_out(row, asked.as_of) for row in shown], total, asked.as_of, rest)


async def counts(session: AsyncSession, principal: Principal, wanted: ShortfallCountQuery) -> ShortfallCounts:
    """Count shortfalls by guarantee and area, and in all.

    Raises:
        OutsideArea, InvalidInput: as for a page.
    """
    asked = await _wanted(session, principal, wanted)
    rows = await store.counts(session, asked, wanted.by)
    tallies = [
        rules.Tally(
            Guarantee(row["guarantee"]),
            **{name: row[name] for name in rules.Tally.__dataclass_fields__ if name != "guarantee"},
        )
        for row in rows
    ]
    return ShortfallCounts(
        items=[
            ShortfallCount(
                **_total(tally, asked.as_of).model_dump(), area_code=row["area_code"], area_path=row["area_path"]
            )
            for row, tally in zip(rows, tallies, strict=True)
        ],
        totals=[_total(tally, asked.as_of) for tally in rules.totals(tallies, _guarantees(principal, wanted))],
        as_of=asked.as_of,
    )


def _guarantees(principal: Principal, wanted: ShortfallQuery | ShortfallCountQuery) -> list[Guarantee]:
    """Give those that are asked for, of the caller's department if it has one."""
    return [
        each
        for each in Guarantee
        if principal.sees(OWNERS[each])
        and wanted.guarantee in (None, each)
        and wanted.department in (None, OWNERS[each])
    ]


async def _wanted(
    session: AsyncSession, principal: Principal, wanted: ShortfallQuery | ShortfallCountQuery
) -> store.Wanted:
    today = clock.today()
    as_of = wanted.as_of or today
    if as_of > today:
        pointer = FieldError(pointer="query:as_of", code="as_of.range", detail="晚于今天 / a day that is still to come")
        raise InvalidInput("what will be lacking is not known", errors=[pointer])
    reader = principal.within(wanted.area)
    clause, own = reader.area_clause("h.village_code", households.IN_GRID)
    conditions, values = [clause, "u.kind = ANY(CAST(:kinds AS text[]))"], dict[str, Any](own)
    values["kinds"] = [each.value for each in _guarantees(principal, wanted)]
    if wanted.grid is not None:
        conditions.append("h.grid = :grid")
        values["grid"] = wanted.grid
    if isinstance(wanted, ShortfallQuery) and wanted.household_id is not None:
        conditions.append("h.id = CAST(:household AS uuid)")
        values["household"] = str(wanted.household_id)
    deadlines = await _deadlines(session, reader, as_of)
    return store.Wanted(" AND ".join(conditions), values, deadlines, rules.until(as_of), as_of)


async def _deadlines(session: AsyncSession, reader: Principal, on: date) -> list[dict[str, Any]]:
    """Give within how many days each county that the caller reaches mends what is lacking, as a day's profile says."""
    found = []
    for county in await store.counties(session, *reader.area_clause("a.code", IN_ANY_GRID)):
        profile = await policy.parameters_for(session, county, on)
        found += [
            {"county": county, "kind": each.value, "days": profile.whole(rules.limit_of(each))} for each in Guarantee
        ]
    return found


def _out(row: RowMapping, as_of: date) -> ShortfallOut:
    return ShortfallOut.model_validate(
        {
            **row,
            "household_id": row["household"],
            "department": OWNERS[Guarantee(row["guarantee"])],
            "state": "open" if row["is_open"] else "closed",
            "age_days": ((row["closed_on"] or as_of) - row["since_on"]).days,
        }
    )


def _total(tally: rules.Tally, as_of: date) -> ShortfallTotal:
    oldest = tally.oldest_since_on
    return ShortfallTotal(
        **vars(tally),
        department=OWNERS[tally.guarantee],
        oldest_days=(as_of - oldest).days if oldest else None,
        is_cleared=tally.open == 0,
    )
