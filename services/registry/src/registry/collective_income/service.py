"""Use cases of the collective income of villages, and the duty to distribute it each year (D16)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from registry.calendars import service as calendars
from registry.collective_income import rules, store
from registry.collective_income.problems import CollectiveIncomeInvalid
from registry.collective_income.rules import Settled
from registry.collective_income.schemas import (
    CollectiveIncomeIn,
    CollectiveIncomeOut,
    CollectiveIncomeQuery,
    RevisionsOut,
    Totals,
    VillagePage,
    VillageRow,
)
from registry.collective_income.tables import CollectiveIncome
from registry.duties import service as duties
from registry.duty import Known
from registry.households import service as households
from registry.policy import service as policy
from registry.yearly import Yearly
from servicekit import areas, clock, locks
from servicekit.auth import IN_ANY_GRID, OutsideArea, Principal
from servicekit.db import Database
from servicekit.paging import encode_cursor

log = structlog.get_logger(__name__)

_MONTH = "clock.distribution_month"


async def put(
    session: AsyncSession, principal: Principal, village: str, year: int, body: CollectiveIncomeIn
) -> CollectiveIncomeOut:
    """Keep what became of a village's income of a year, or correct it; the village's duty is done.

    The same again changes nothing: a caller that got no answer repeats a PUT.

    Raises:
        OutsideArea: no such village within the caller's areas.
        CollectiveIncomeInvalid
    """
    principal.require_area(village)
    await locks.lock_on(session, locks.LockOn.COLLECTIVE, village)
    before = await store.revisions(session, village, year)
    if not before and not await households.is_valid_village(session, village):
        raise OutsideArea("no such village within your areas")
    told = body.model_dump()
    found = rules.faults(Settled(year, body.income, body.distributed, body.households, body.settled_on), clock.today())
    if found:
        raise CollectiveIncomeInvalid(f"{len(found)} thing(s) do not go together", errors=found)
    if before and before[0].model_dump(include=set(told)) == told:
        return _out(before[0])
    record = CollectiveIncome(
        village_code=village,
        year=year,
        version=len(before) + 1,
        **told,
        recorded_at=clock.now(),
        recorded_by=principal.actor,
    )
    session.add(record)
    await session.flush()
    ids = [f"{rules.KIND}-{village}-{each}" for each in sorted({year, clock.today().year})]
    await _follow(session, village, await duties.known_of(session, ids))
    return _out(record)


async def revisions(session: AsyncSession, principal: Principal, village: str, year: int) -> RevisionsOut:
    """Give what a village said of a year, the revision that holds first.

    Raises:
        OutsideArea
    """
    principal.require_reach(village)
    return RevisionsOut(items=[_out(each) for each in await store.revisions(session, village, year)])


async def page(
    session: AsyncSession, principal: Principal, wanted: CollectiveIncomeQuery, after: Sequence[str] | None
) -> VillagePage:
    """Give a page of the caller's villages with what they said of a year, and all of them added up.

    Raises:
        OutsideArea
    """
    caller = principal.within(wanted.area)
    today = clock.today()
    year = wanted.year or today.year
    month = (await policy.parameters_for(session, areas.common_root(*caller.areas), today)).whole(_MONTH)
    clause, bounds = caller.area_clause("a.code", IN_ANY_GRID)
    conditions, values = [clause], dict[str, Any](bounds)
    if wanted.is_recorded is not None:
        conditions.append("(c.village_code IS NOT NULL) = :is_recorded")
        values["is_recorded"] = wanted.is_recorded
    if wanted.has_balance is not None:
        conditions.append("(c.income > c.distributed) = :has_balance")
        values["has_balance"] = wanted.has_balance
    values |= {"year": year, "after": after[0] if after else None, "limit": wanted.limit + 1}
    rows, totals = await store.page(session, conditions, values)
    items = [VillageRow.model_validate(dict(row)) for row in rows[: wanted.limit]]
    cursor = encode_cursor([items[-1].village_code]) if len(rows) > wanted.limit else None
    return VillagePage(
        year=year,
        due_on=Yearly(rules.KIND, month).due_on(year),
        items=items,
        totals=Totals.model_validate(dict(totals)),
        next_cursor=cursor,
    )


async def follow_county(session: AsyncSession, county: str) -> int:
    """Announce what has changed in what the villages of a county have to distribute; give how many duties did."""
    return await _follow(session, county, await duties.known_of_kind(session, rules.KIND, county[:6]))


async def _follow(session: AsyncSession, area: str, known: dict[str, Known]) -> int:
    today = clock.today()
    yearly = Yearly(rules.KIND, (await policy.parameters_for(session, area, today)).whole(_MONTH))
    found = {year: await store.tallies(session, area, year) for year in yearly.years(known, today)}
    changed = yearly.changed(found, known, today)
    await duties.announce(session, changed)
    return len(changed)


def follow_job(database: Database) -> Callable[[], Awaitable[None]]:
    """Give the periodic job that looks which villages have to distribute their income."""

    async def follow_collective_income() -> None:
        async with database.transaction() as session:
            counties = await calendars.counties(session)
        for county in counties:
            async with database.transaction() as session:
                changed = await follow_county(session, county)
            if changed:
                log.info("collective_income.followed", duties=changed)

    return follow_collective_income


def _out(record: CollectiveIncome) -> CollectiveIncomeOut:
    return CollectiveIncomeOut.model_validate(record.model_dump() | {"balance": record.income - record.distributed})
