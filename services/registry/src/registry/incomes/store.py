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


async def record(session: AsyncSession, income: Income) -> None:
    """Write a version that is the current one from its `recorded_at` on; the one before is superseded."""
    before = await current(session, income.household_id, income.year)
    income.version = before.version + 1 if before else 1
    if before is not None:
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


async def newest_per_capita(session: AsyncSession, household_id: UUID) -> Decimal | None:
    """Give the per-capita net income of the newest year, or None."""
    result = await session.execute(
        select(col(Income.per_capita_net))
        .where(Income.household_id == household_id, col(Income.superseded_at).is_(None))
        .order_by(col(Income.year).desc())
        .limit(1)
    )
    return result.scalars().first()
