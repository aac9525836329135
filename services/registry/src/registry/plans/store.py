"""Queries of plans and measures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import func
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


async def made_on(session: AsyncSession, episode_ids: Sequence[UUID]) -> dict[UUID, date]:
    """Give the days on which episodes' plans were first made."""
    first = func.min(Plan.made_on).label("made_on")
    query = select(Plan.episode_id, first).where(col(Plan.episode_id).in_(episode_ids))
    result = await session.execute(query.group_by(col(Plan.episode_id)))
    return {row.episode_id: row.made_on for row in result}


async def measures_of(session: AsyncSession, episode_ids: Sequence[UUID]) -> list[Measure]:
    """Give the measures of many episodes."""
    result = await session.execute(select(Measure).where(col(Measure.episode_id).in_(episode_ids)))
    return list(result.scalars())


async def measure(session: AsyncSession, measure_id: UUID) -> Measure | None:
    """Give a measure, or None."""
    return await session.get(Measure, measure_id, populate_existing=True)
