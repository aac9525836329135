"""Use cases of the cohorts of a year: who is in them, how far each area has come, and the duties of villages (D13)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from registry.calendars import service as calendars
from registry.duties import service as duties
from registry.duty import Known
from registry.households import service as households
from registry.income_plans import cohort_sql, rules
from registry.income_plans.schemas import (
    CohortCount,
    MemberOut,
    MemberQuery,
    ProgressOut,
    ProgressQuery,
    ProgressRow,
    ReasonCount,
)
from registry.incomes import service as incomes
from registry.labels import service as labels
from registry.policy import service as policy
from registry.shares import percent
from registry.yearly import Yearly
from servicekit import areas, clock, locks
from servicekit.auth import Principal
from servicekit.db import Database
from servicekit.paging import encode_cursor

log = structlog.get_logger(__name__)

_MONTH = "clock.income_plan_month"


async def follow_county(session: AsyncSession, county: str) -> int:
    """Let the cohorts and duties of a county follow register, labels, incomes and plans; give how many duties did."""
    return await _follow(session, county, await duties.known_of_kind(session, rules.KIND, county[:6]))


async def follow_villages(session: AsyncSession, villages: Iterable[str]) -> None:
    """The same of villages whose households have moved, or have a plan now."""
    year = clock.today().year
    for village in sorted(villages):
        await locks.lock_on(session, locks.LockOn.COHORTS, village)
        ids = [f"{rules.KIND}-{village}-{each}" for each in (year - 1, year)]
        await _follow(session, village, await duties.known_of(session, ids))


async def _yearly(session: AsyncSession, area: str) -> Yearly:
    return Yearly(rules.KIND, (await policy.parameters_for(session, area, clock.today())).whole(_MONTH))


async def _follow(session: AsyncSession, area: str, known: dict[str, Known]) -> int:
    today = clock.today()
    yearly = await _yearly(session, area)
    # Labels of the year before tell of other incomes.
    if yearly.month and await labels.year_of(session) == today.year:
        await cohort_sql.follow(session, area, today.year, today)
        while compared := await cohort_sql.unreasoned(session, area, today.year):
            why = await incomes.why_fell(session, list(compared), today.year - 1)
            await cohort_sql.reason(session, today.year, compared, why)
    found = {
        year: await cohort_sql.tallies(session, area, year, due_on)
        for year in yearly.years(known, today)
        if (due_on := yearly.due_on(year)) is not None
    }
    changed = yearly.changed(found, known, today)
    await duties.announce(session, changed)
    return len(changed)


def follow_job(database: Database) -> Callable[[], Awaitable[None]]:
    """Give the periodic job that looks who is in the cohorts and how far each village has come."""

    async def follow_cohorts() -> None:
        async with database.transaction() as session:
            counties = await calendars.counties(session)
        for county in counties:
            async with database.transaction() as session:
                changed = await follow_county(session, county)
            if changed:
                log.info("income_cohorts.followed", duties=changed)

    return follow_cohorts


async def progress(session: AsyncSession, principal: Principal, wanted: ProgressQuery) -> ProgressOut:
    """Give how far the caller's areas have come with the plans of a year, by cohort and by why incomes fell.

    Raises:
        OutsideArea
    """
    caller = principal.within(wanted.area)
    year = wanted.year or clock.today().year
    yearly = await _yearly(session, areas.common_root(*caller.areas))
    clause, values = caller.area_clause("h.village_code", households.IN_GRID)
    found = await cohort_sql.progress(session, clause, {**values, "year": year}, wanted.by)
    rows = [_row(list(of_area)) for _, of_area in groupby(found, key=itemgetter("area_code"))]
    total = rows.pop() if rows else ProgressRow(area_code=None, area_path=[], cohorts=[])
    return ProgressOut(year=year, due_on=yearly.due_on(year), items=rows, total=total)


def _row(counts: Sequence[Any]) -> ProgressRow:
    """Give the row of an area, by its counts in order of cohort."""
    cohorts = [
        CohortCount(cohort=cohort, reasons=[_reason(each) for each in group], **_counted(group))
        for cohort, group in ((cohort, list(some)) for cohort, some in groupby(counts, key=itemgetter("cohort")))
    ]
    return ProgressRow(area_code=counts[0]["area_code"], area_path=counts[0]["area_path"], cohorts=cohorts)


def _reason(count: Any) -> ReasonCount:
    return ReasonCount(reason=count["reason"], **_counted([count]))


def _counted(counts: Sequence[Any]) -> dict[str, Any]:
    due, planned = (sum(count[name] for count in counts) for name in ("due", "planned"))
    return {"due": due, "planned": planned, "percent": percent(planned, due)}


async def members(
    session: AsyncSession, principal: Principal, wanted: MemberQuery, after: Sequence[str] | None
) -> tuple[list[MemberOut], int, str | None]:
    """Give a page of the caller's households in the cohorts of a year, how many there are, and where the next begins.

    Raises:
        OutsideArea
    """
    clause, bounds = principal.within(wanted.area).area_clause("h.village_code", households.IN_GRID)
    conditions, values = [clause], {**bounds, "year": wanted.year or clock.today().year}
    if wanted.cohort is not None:
        conditions.append(":cohort = ANY(m.cohorts)")
        values["cohort"] = wanted.cohort.value
    if wanted.reason is not None:
        conditions.append("m.reason = :reason")
        values["reason"] = wanted.reason.value
    if wanted.is_planned is not None:
        conditions.append("(done.on_day IS NOT NULL) = :is_planned")
        values["is_planned"] = wanted.is_planned
    values |= {"after_area": after[0] if after else None, "after": after[1] if after else None}
    rows, total = await cohort_sql.page(session, conditions, values | {"limit": wanted.limit + 1})
    items = [MemberOut.model_validate(dict(row)) for row in rows[: wanted.limit]]
    last = items[-1] if len(rows) > wanted.limit else None
    return items, total, encode_cursor([last.area_code, last.household_id]) if last else None
