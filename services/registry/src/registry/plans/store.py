"""Queries of plans, their tasks, and measures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from registry.plans.tables import Measure, Plan, PlanTask, PlanTaskStep

_TASKS = """
SELECT t.id::text AS id, t.episode_id::text AS episode_id, t.household_id::text AS household_id, h.hh_no,
    h.village_code AS area_code, t.title AS task_title, t.category, t.risk_types, t.department, t.person, t.person_id,
    t.due_on,
    t.state, {overdue} AS is_overdue, t.done_on, t.evidence, t.obstacle, t.note, t.version, t.updated_at
FROM plan_task t JOIN household h ON h.id = t.household_id JOIN episode e ON e.id = t.episode_id
WHERE {where} ORDER BY t.id LIMIT :limit
"""
OVERDUE = "(t.state = 'open' AND t.due_on < :today AND e.is_active)"


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
    is_willing: bool


async def revisions(session: AsyncSession, episode_ids: Sequence[UUID]) -> list[Revision]:
    """Give every version of the plans of many episodes."""
    columns = (col(Plan.episode_id), col(Plan.made_on), col(Plan.recorded_at), col(Plan.is_willing))
    query = select(*columns).where(col(Plan.episode_id).in_(episode_ids))
    return [Revision(*row) for row in await session.execute(query)]


async def measures_of(session: AsyncSession, episode_ids: Sequence[UUID]) -> list[Measure]:
    """Give the measures of many episodes."""
    result = await session.execute(select(Measure).where(col(Measure.episode_id).in_(episode_ids)))
    return list(result.scalars())


async def measure(session: AsyncSession, measure_id: UUID) -> Measure | None:
    """Give a measure, or None."""
    return await session.get(Measure, measure_id, populate_existing=True)


async def tasks_of(session: AsyncSession, episode_ids: Sequence[UUID]) -> list[PlanTask]:
    """Give the tasks of the plans of many episodes, those that were cancelled included."""
    result = await session.execute(select(PlanTask).where(col(PlanTask.episode_id).in_(episode_ids)))
    return list(result.scalars())


async def task(session: AsyncSession, task_id: UUID) -> PlanTask | None:
    """Give a task, or None."""
    return await session.get(PlanTask, task_id, populate_existing=True)


async def task_page(
    session: AsyncSession, conditions: Sequence[str], parameters: dict[str, Any], *, today: date, limit: int
) -> Sequence[Any]:
    """Give tasks with where their households live, in order of their ids (time-ordered)."""
    statement = text(_TASKS.format(where=" AND ".join(conditions), overdue=OVERDUE))
    result = await session.execute(statement, parameters | {"today": today, "limit": limit})
    return result.mappings().all()


async def task_steps(session: AsyncSession, task_id: str) -> list[PlanTaskStep]:
    """Give what became of a task, in order."""
    steps = select(PlanTaskStep).where(PlanTaskStep.plan_task_id == UUID(task_id)).order_by(col(PlanTaskStep.version))
    return list((await session.execute(steps)).scalars())
