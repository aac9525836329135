"""Queries of income plans."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from registry.income_plans.tables import IncomePlan


async def plans(session: AsyncSession, household_ids: Sequence[str]) -> list[IncomePlan]:
    """Give all revisions of the plans of households, newest first."""
    result = await session.execute(
        select(IncomePlan)
        .where(col(IncomePlan.household_id).in_([UUID(each) for each in household_ids]))
        .order_by(col(IncomePlan.recorded_at).desc(), col(IncomePlan.version).desc())
    )
    return list(result.scalars())


async def newest(session: AsyncSession, household_id: UUID) -> IncomePlan | None:
    """Give the revision that holds."""
    result = await session.execute(
        select(IncomePlan)
        .where(IncomePlan.household_id == household_id)
        .order_by(col(IncomePlan.version).desc())
        .limit(1)
    )
    return result.scalar_one_or_none()
