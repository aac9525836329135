"""Queries of incomes."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from registry.incomes.tables import Income


async def current(session: AsyncSession, household_id: UUID, year: int) -> Income | None:
    """Give the current version of a year, or None."""
    result = await session.execute(
        select(Income).where(
            Income.household_id == household_id, Income.year == year, col(Income.superseded_at).is_(None)
        )
    )
    return result.scalar_one_or_none()


async def record(session: AsyncSession, income: Income, *, is_late: bool = False) -> None:
    """Write a version that is the current one from its `recorded_at` on; the one before is superseded.

    Args:
        is_late: It was found before the current one, which stays; this one is superseded from the start.
    """
    versions = [row for row in await history(session, income.household_id) if row.year == income.year]
    income.version = max((row.version for row in versions), default=0) + 1
    if is_late:
        income.superseded_at = income.recorded_at
    for before in versions:
        if before.superseded_at is None and not is_late:
            before.superseded_at = income.recorded_at
            await session.flush()  # before the next version: one of a year is current at any time
    session.add(income)
    await session.flush()
    await session.refresh(income)  # with the results of the formula


async def history(session: AsyncSession, household_id: UUID) -> list[Income]:
    """Give every version of every year, newest first."""
    result = await session.execute(
        select(Income)
        .where(Income.household_id == household_id)
        .order_by(col(Income.year).desc(), col(Income.version).desc())
    )
    return list(result.scalars())


async def newest_per_capita(session: AsyncSession, household_id: UUID, since: int) -> Decimal | None:
    """Give the per-capita net income of the newest year, or None where none from `since` on is registered."""
    result = await session.execute(
        select(col(Income.per_capita_net))
        .where(Income.household_id == household_id, col(Income.superseded_at).is_(None), col(Income.year) >= since)
        .order_by(col(Income.year).desc())
        .limit(1)
    )
    return result.scalars().first()
