"""Queries of incomes."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from registry.incomes.tables import Income


async def record(
    session: AsyncSession,
    household_id: str,
    year: int,
    amounts: dict[str, Decimal],
    *,
    population: int,
    at: datetime,
    by: str,
) -> None:
    """Supersede the year's current version and write the next one."""
    place: dict[str, Any] = {"household": household_id, "year": year}
    await session.execute(
        text(
            "UPDATE income SET superseded_at = :at WHERE household_id = CAST(:household AS uuid) AND year = :year"
            " AND superseded_at IS NULL"
        ),
        place | {"at": at},
    )
    names = ", ".join(amounts)
    values = ", ".join(f":{name}" for name in amounts)
    await session.execute(
        text(
            f"INSERT INTO income (household_id, year, version, {names}, population, recorded_at, recorded_by)"
            f" SELECT CAST(:household AS uuid), :year, COALESCE(max(version), 0) + 1, {values}, :population, :at, :by"
            " FROM income WHERE household_id = CAST(:household AS uuid) AND year = :year"
        ),
        place | amounts | {"population": population, "at": at, "by": by},
    )


async def history(session: AsyncSession, household_id: str) -> list[Income]:
    """Give every version of every year, newest first."""
    result = await session.execute(
        select(Income)
        .where(Income.household_id == household_id)
        .order_by(col(Income.year).desc(), col(Income.version).desc())
    )
    return list(result.scalars())


async def newest_per_capita(session: AsyncSession, household_id: str) -> Decimal | None:
    """Give the per-capita net income of the newest year, or None."""
    result = await session.execute(
        select(col(Income.per_capita_net))
        .where(Income.household_id == household_id, col(Income.superseded_at).is_(None))
        .order_by(col(Income.year).desc())
        .limit(1)
    )
    return result.scalars().first()
