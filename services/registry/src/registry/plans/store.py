"""Queries of plans and measures."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from registry.plans.tables import Measure, Plan


async def newest_plan(session: AsyncSession, episode_id: UUID) -> Plan | None:
    """Give the plan that holds, or None."""
    result = await session.execute(
        select(Plan).where(Plan.episode_id == episode_id).order_by(col(Plan.version).desc()).limit(1)
    )
    return result.scalars().first()


async def measures(session: AsyncSession, episode_id: UUID) -> list[Measure]:
    """Give the measures of an episode, oldest first."""
    result = await session.execute(select(Measure).where(Measure.episode_id == episode_id).order_by(col(Measure.id)))
    return list(result.scalars())


async def measure(session: AsyncSession, measure_id: UUID) -> Measure | None:
    """Give a measure, or None."""
    return await session.get(Measure, measure_id, populate_existing=True)
