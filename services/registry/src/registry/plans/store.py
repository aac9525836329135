"""Queries of plans and measures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
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


class Revision(NamedTuple):
    """A version of an episode's plan: the day on which the plan was first made, and when this version was recorded."""

    episode_id: UUID
    made_on: date
    recorded_at: datetime


async def revisions(session: AsyncSession, episode_ids: Sequence[UUID]) -> list[Revision]:
    """Give every version of the plans of many episodes."""
    columns = (col(Plan.episode_id), col(Plan.made_on), col(Plan.recorded_at))
    query = select(*columns).where(col(Plan.episode_id).in_(episode_ids))
    return [Revision(row.episode_id, row.made_on, row.recorded_at) for row in await session.execute(query)]


async def measures_of(session: AsyncSession, episode_ids: Sequence[UUID]) -> list[Measure]:
    """Give the measures of many episodes."""
    result = await session.execute(select(Measure).where(col(Measure.episode_id).in_(episode_ids)))
    return list(result.scalars())


async def measure(session: AsyncSession, measure_id: UUID) -> Measure | None:
    """Give a measure, or None."""
    return await session.get(Measure, measure_id, populate_existing=True)
