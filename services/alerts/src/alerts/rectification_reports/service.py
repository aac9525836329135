"""Use cases of the month's report on rectification: figures of the ledger at the month's end, given by the county."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from sqlalchemy.ext.asyncio import AsyncSession

from alerts.access import service as access
from alerts.directory import service as directory
from alerts.duties import service as duties
from alerts.rectification import service as rectification
from alerts.rectification_reports import rules, store
from alerts.rectification_reports.problems import ReportNotFound, ReportTooEarly
from alerts.rectification_reports.schemas import ReportIn, ReportOut, ReportPage, ReportQuery
from alerts.rectification_reports.tables import RectificationReport
from alerts.scheduling import service as scheduling
from servicekit import areas, clock
from servicekit.auth import Principal
from servicekit.db import Database
from servicekit.ids import new_id
from servicekit.paging import encode_cursor

_FIRST = 1


async def give(session: AsyncSession, principal: Principal, said: ReportIn) -> ReportOut:
    """Keep the report of an area for a month that is over; a county's first one does its duty.

    Raises:
        NotSupervisor, OutsideArea, ReportTooEarly
    """
    access.require_supervisor(principal)
    principal.require_area(said.area_code)
    period, today = scheduling.period_of(said.period), clock.today()
    if today <= period.last:
        raise ReportTooEarly("the month is not over")
    report = RectificationReport(
        id=new_id(),
        version=1 + await store.last_version(session, said.area_code, said.period),
        rows=[dict(row) for row in await rectification.month(session, said.area_code, period.first, period.last)],
        given_on=today,
        given_by=principal.actor,
        given_at=clock.now(),
        **said.model_dump(),
    )
    session.add(report)
    await session.flush()
    if areas.level_of(said.area_code) == "county" and report.version == _FIRST:
        policy = (await directory.policies(session, today)).for_area(said.area_code)
        done = rules.duty(said.area_code, said.period, period.last, policy.report_days, today)
        await duties.take(session, [done])
    return _shown(report)


def calendar_job(database: Database) -> Callable[[], Awaitable[None]]:
    """Give the periodic job that asks each county for the report of a month with something to put right."""

    async def ask_for_reports() -> None:
        async with database.transaction() as session:
            counties = await rectification.counties(session)
        for county in counties:
            async with database.transaction() as session:
                await _ask(session, county)

    return ask_for_reports


async def _ask(session: AsyncSession, county: str) -> None:
    given, today = await store.given(session, county), clock.today()
    policy = (await directory.policies(session, today)).for_area(county)
    period = scheduling.period_with(today, scheduling.MONTH)
    for _ in range(rules.MONTHS_BACK):
        period = scheduling.before(period)
        if period.name not in given and await rectification.month(session, county, period.first, period.last):
            await duties.take(session, [rules.duty(county, period.name, period.last, policy.report_days, None)])


async def read(session: AsyncSession, principal: Principal, report_id: str) -> ReportOut:
    """Give a report.

    Raises:
        ReportNotFound
    """
    report = await store.get(session, report_id)
    if report is None or principal.department is not None or not principal.covers(report.area_code):
        raise ReportNotFound("no such report within your reach")
    return _shown(report)


async def list_page(session: AsyncSession, principal: Principal, wanted: ReportQuery, before: str | None) -> ReportPage:
    """Give a page of the reports of the caller's areas, the newest first.

    Raises:
        OutsideArea: the area is not the caller's.
    """
    found = await store.page(session, principal, wanted, before=before, limit=wanted.limit + 1)
    shown = found[: wanted.limit]
    return ReportPage(
        items=[_shown(report) for report in shown],
        next_cursor=encode_cursor([shown[-1].id]) if len(found) > wanted.limit else None,
    )


def _shown(report: RectificationReport) -> ReportOut:
    return ReportOut.model_validate(report.model_dump() | {"totals": rules.totals(report.rows)})
