"""Use cases of the counter-checks of areas: looking, listing, answering."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.parameters import Profile
from registry.area_checks import rules, store
from registry.area_checks.problems import AreaCheckNotFound, AreaCheckOver
from registry.area_checks.schemas import AreaCheckFound, AreaCheckOut, AreaCheckPage, AreaCheckQuery, BehindOut, LookOut
from registry.calendars import service as calendars
from registry.duties import service as duties
from registry.households import service as households
from registry.policy import service as policy
from servicekit import areas, clock, locks
from servicekit.auth import Principal
from servicekit.calendar import add_months
from servicekit.db import Database
from servicekit.paging import encode_cursor
from servicekit.titles import Titles, TitlesIn, TitlesOut, TitlesState

log = structlog.get_logger(__name__)

_HALF_YEAR = 6


async def look(session: AsyncSession, county: str) -> int:
    """Look at the villages and townships of a county; what is found opens, what is over closes; give what is open."""
    await locks.lock_on(session, locks.LockOn.AREA_CHECKS, county)
    now = clock.now()
    profile = await policy.parameters_for(session, county, clock.today())
    asked = _asked(county, profile)
    await store.evaluate(session, rules.load(), profile.values, asked, now)
    found = await store.checked(session, asked["low"], asked["high"], now)
    days = profile.whole("checks.area_answer_days")
    await duties.follow_checked(session, [(each, days) for each in found])
    return sum(each.ended_at is None for each in found)


def _asked(area_code: str, profile: Profile) -> dict[str, Any]:
    """Give what the queries ask: the area, the day, and how far is looked back."""
    today = clock.today()
    low, high = areas.range_of(area_code)
    month_end = today.replace(day=1)
    return {
        "county": areas.county_of(area_code),
        "low": low,
        "high": high,
        "today": today,
        "window": profile.whole("checks.window_days"),
        "cause_window": profile.whole("checks.cause_days"),
        "since": _midnight(add_months(today, -_HALF_YEAR)),
        "month": _midnight(add_months(month_end, -1)),
        "month_end": _midnight(month_end),
    }


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), clock.CHINA)


async def look_now(session: AsyncSession, principal: Principal, area_code: str | None) -> LookOut:
    """Look at every county of an area now.

    Raises:
        OutsideArea, AreaNeeded
    """
    area = principal.acting_area(area_code)
    meant = areas.county_of(area)
    counties = [
        county for county in await calendars.counties(session) if areas.is_within(county, area) or county == meant
    ]
    for county in counties:
        await look(session, county)
    clause, own = principal.within(area).area_clause("c.area_code")
    return LookOut(counties=counties, open=await store.total(session, [clause, store.of_state("open")], own))


async def page(
    session: AsyncSession, principal: Principal, wanted: AreaCheckQuery, after: UUID | None
) -> AreaCheckPage:
    """Give a page of findings in the caller's areas.

    Raises:
        OutsideArea: `area` is not within the caller's areas.
    """
    clause, own = principal.within(wanted.area).area_clause("c.area_code")
    conditions, values = [clause, store.of_state(wanted.state)], dict[str, Any](own)
    if wanted.code is not None:
        conditions.append("c.code = :code")
        values["code"] = wanted.code
    total = await store.total(session, conditions, values)
    if after is not None:
        conditions.append("c.id > :after")
        values["after"] = after
    rows = await store.shown(session, conditions, values, limit=wanted.limit + 1)
    items = [_out(row) for row in rows[: wanted.limit]]
    return AreaCheckPage(
        items=items,
        total=min(total, store.COUNTED),
        is_more=total > store.COUNTED,
        next_cursor=encode_cursor([items[-1].id]) if len(rows) > wanted.limit else None,
    )


async def one(session: AsyncSession, principal: Principal, check_id: UUID) -> AreaCheckFound:
    """Give a finding with the households behind it, as they are now.

    Raises:
        AreaCheckNotFound
    """
    row = await _row(session, principal, check_id)
    area = row["area_code"]
    profile = await policy.parameters_for(session, areas.county_of(area), clock.today())
    # Households of a site may live in another village than the one it stands in.
    low, high = areas.range_of(areas.county_of(area) if row["site"] else area)
    asked = _asked(area, profile) | {"low": low, "high": high, "on": clock.today()}
    clause, own = principal.area_clause("h.village_code", households.IN_GRID)
    behind, number = await store.behind(session, row, clause, own, asked)
    found = [BehindOut(household_id=household_id, area_code=code) for household_id, code in behind]
    return AreaCheckFound(**dict(_out(row)), households=found, households_total=number)


async def answer(session: AsyncSession, principal: Principal, check_id: UUID, said: str) -> AreaCheckOut:
    """Keep what the county judged; the duty is done, and the finding is not raised again while it lasts.

    Raises:
        AreaCheckNotFound, AreaCheckOver
    """
    await _row(session, principal, check_id)
    found = await store.lock(session, check_id)
    if found is None or found.closed_at is not None or found.answered_at is not None:
        raise AreaCheckOver("its facts are over, or somebody has answered")
    found.answered_at, found.answered_by, found.answer = clock.now(), principal.actor, said
    await session.flush()
    profile = await policy.parameters_for(session, areas.county_of(found.area_code), clock.today())
    about = await store.checked_one(session, check_id)
    await duties.follow_checked(session, [(about, profile.whole("checks.area_answer_days"))])
    return _out(await _row(session, principal, check_id))


async def titles(database: Database, principal: Principal, found: AreaCheckFound) -> Titles:
    """Give what the households behind a finding are recognised by."""
    wanted = TitlesIn(household_ids=[each.household_id for each in found.households])
    if not wanted.household_ids:
        return Titles(TitlesState.SHOWN, TitlesOut(households=[], areas=[]))
    told = await households.titles(database, principal, wanted)
    return Titles(TitlesState.SHOWN, TitlesOut.model_validate_json(told))


async def _row(session: AsyncSession, principal: Principal, check_id: UUID) -> RowMapping:
    clause, own = principal.area_clause("c.area_code")
    found = await store.shown(session, [clause, "c.id = :id"], {**own, "id": check_id}, limit=1)
    if not found:
        raise AreaCheckNotFound("no such finding within your areas")
    return found[0]


def _out(row: RowMapping) -> AreaCheckOut:
    check = rules.load().rules.get(row["code"])
    words = {"title": check.title if check else None, "advice": check.advice if check else None}
    return AreaCheckOut.model_validate({**row, **words})


def follow_job(database: Database) -> Callable[[], Awaitable[None]]:
    """Give the periodic job that looks at every county."""

    async def follow_areas() -> None:
        async with database.transaction() as session:
            counties = await calendars.counties(session)
        for county in counties:
            async with database.transaction() as session:
                found = await look(session, county)
            log.info("area_checks.looked", county=county, open=found)

    return follow_areas
