"""Queries of incomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from contracts.vocabulary import IncomePeriod
from registry.incomes.tables import Income, IncomeSnapshot


async def current(session: AsyncSession, household_id: UUID, year: int) -> Income | None:
    """Give the current version of a year, or None."""
    result = await session.execute(
        select(Income).where(
            Income.household_id == household_id, Income.year == year, col(Income.superseded_at).is_(None)
        )
    )
    return result.scalar_one_or_none()


async def current_of(session: AsyncSession, household_id: UUID, kind: str, period_to: date) -> IncomeSnapshot | None:
    """Give the current version of a period, or None."""
    result = await session.execute(
        select(IncomeSnapshot).where(
            IncomeSnapshot.household_id == household_id,
            IncomeSnapshot.kind == kind,
            IncomeSnapshot.period_to == period_to,
            col(IncomeSnapshot.superseded_at).is_(None),
        )
    )
    return result.scalar_one_or_none()


async def record(session: AsyncSession, income: Income | IncomeSnapshot, *, is_late: bool = False) -> None:
    """Write a version that is the current one from its `recorded_at` on; the one before is superseded.

    Args:
        is_late: It was found before the current one, which stays; this one is superseded from the start.
    """
    versions: Sequence[Income | IncomeSnapshot]
    if isinstance(income, Income):
        versions = [row for row in await history(session, income.household_id) if row.year == income.year]
    else:
        of_all = await snapshots(session, [income.household_id])
        versions = [row for row in of_all if (row.kind, row.period_to) == (income.kind, income.period_to)]
    income.version = max((row.version for row in versions), default=0) + 1
    if is_late:
        income.superseded_at = income.recorded_at
    for before in versions:
        if before.superseded_at is None and not is_late:
            before.superseded_at = income.recorded_at
            await session.flush()  # before the next version: one of a period is current at any time
    session.add(income)
    await session.flush()
    await session.refresh(income)  # with the results of the formula


async def snapshots(session: AsyncSession, household_ids: Sequence[UUID]) -> list[IncomeSnapshot]:
    """Give every version of every period that is no year, newest first."""
    result = await session.execute(
        select(IncomeSnapshot)
        .where(col(IncomeSnapshot.household_id).in_(household_ids))
        .order_by(col(IncomeSnapshot.kind), col(IncomeSnapshot.period_to).desc(), col(IncomeSnapshot.version).desc())
    )
    return list(result.scalars())


async def quarters(
    session: AsyncSession, household_ids: Sequence[UUID], first: date, last: date
) -> list[IncomeSnapshot]:
    """Give the current quarters that end between two days, in order."""
    result = await session.execute(
        select(IncomeSnapshot)
        .where(
            col(IncomeSnapshot.household_id).in_(household_ids),
            IncomeSnapshot.kind == IncomePeriod.QUARTER,
            col(IncomeSnapshot.period_to).between(first, last),
            col(IncomeSnapshot.superseded_at).is_(None),
        )
        .order_by(col(IncomeSnapshot.period_to))
    )
    return list(result.scalars())


async def of_year(session: AsyncSession, household_ids: Sequence[UUID], year: int) -> list[Income]:
    """Give the current incomes of a year."""
    result = await session.execute(
        select(Income).where(
            col(Income.household_id).in_(household_ids), Income.year == year, col(Income.superseded_at).is_(None)
        )
    )
    return list(result.scalars())


_TO_DATE = """
WITH counted AS (
    SELECT CAST(extract(year FROM period_to) AS integer) AS year,
        CAST(extract(quarter FROM period_to) AS integer) AS number,
        row_number() OVER year_of AS place, sum(net) OVER year_of AS so_far
    FROM income_snapshot WHERE household_id = :home AND kind = 'quarter' AND superseded_at IS NULL
    WINDOW year_of AS (PARTITION BY extract(year FROM period_to) ORDER BY period_to)
)
UPDATE household h SET to_date_year = n.year, to_date_quarters = n.number, to_date_net = n.so_far
FROM (SELECT * FROM counted WHERE number = place ORDER BY year DESC, number DESC LIMIT 1) n WHERE h.id = :home
"""


async def add_up_to_date(session: AsyncSession, household_id: UUID) -> None:
    """Keep on the household what the quarters of the newest year bring, from the first one to the last before a gap."""
    await session.execute(text(_TO_DATE), {"home": household_id})


_WITH_A_QUARTER = """
SELECT h.id, h.hh_no, h.village_code, h.population FROM household h
WHERE {conditions} AND h.status = 'active' AND h.population > 0
  AND (CAST(:after_area AS text) IS NULL OR (h.village_code, h.id) > (:after_area, CAST(:after_id AS uuid)))
  AND EXISTS (SELECT FROM income_snapshot s WHERE s.household_id = h.id AND s.kind = 'quarter'
              AND s.period_to = :first_quarter AND s.superseded_at IS NULL)
ORDER BY h.village_code, h.id LIMIT :limit
"""


async def with_a_quarter(session: AsyncSession, conditions: str, values: Mapping[str, Any]) -> list[Any]:
    """Give households of which the first quarter of a year is registered, by village and id."""
    return list(await session.execute(text(_WITH_A_QUARTER.format(conditions=conditions)), values))


async def history(session: AsyncSession, household_id: UUID) -> list[Income]:
    """Give every version of every year, newest first."""
    result = await session.execute(
        select(Income)
        .where(Income.household_id == household_id)
        .order_by(col(Income.year).desc(), col(Income.version).desc())
    )
    return list(result.scalars())


async def newest(session: AsyncSession, household_id: UUID, since: int) -> Income | None:
    """Give the current income of the newest year, or None where none from `since` on is registered."""
    result = await session.execute(
        select(Income)
        .where(Income.household_id == household_id, col(Income.superseded_at).is_(None), col(Income.year) >= since)
        .order_by(col(Income.year).desc())
        .limit(1)
    )
    return result.scalars().first()
