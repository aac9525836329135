"""Queries of the month's reports on rectification."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, func, select

from alerts.rectification_reports.schemas import ReportQuery
from alerts.rectification_reports.tables import RectificationReport
from servicekit.auth import Principal


async def get(session: AsyncSession, report_id: str) -> RectificationReport | None:
    """Give a report."""
    return await session.get(RectificationReport, report_id)


async def last_version(session: AsyncSession, area_code: str, period: str) -> int:
    """Give the version of an area's last report for a month, 0 where there is none; who asks is alone until it ends."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"),
        {"name": f"rectification_report {area_code} {period}"},
    )
    found = await session.execute(
        select(func.max(RectificationReport.version)).where(
            col(RectificationReport.area_code) == area_code, col(RectificationReport.period) == period
        )
    )
    return int(found.scalar_one() or 0)


async def given(session: AsyncSession, area_code: str) -> set[str]:
    """Give the months for which an area has given a report."""
    found = await session.execute(
        select(RectificationReport.period).where(col(RectificationReport.area_code) == area_code)
    )
    return set(found.scalars())


async def page(
    session: AsyncSession, principal: Principal, wanted: ReportQuery, *, before: str | None, limit: int
) -> list[RectificationReport]:
    """Give reports of the caller's areas, the newest first; none to a department."""
    scope, parameters = principal.within(wanted.area).area_clause("r.area_code")
    where, values = [scope], dict[str, Any](parameters)
    if principal.department is not None:
        where.append("false")
    if wanted.period is not None:
        where.append("r.period = :period")
        values["period"] = wanted.period
    if before is not None:
        where.append("r.id < CAST(:before AS uuid)")
        values["before"] = before
    query = select(RectificationReport).from_statement(
        text(
            f"SELECT r.* FROM rectification_report r WHERE {' AND '.join(where)} ORDER BY r.id DESC LIMIT :limit"
        ).bindparams(**values, limit=limit)
    )
    return list((await session.execute(query)).scalars())
