"""What the state machine needs to know of plans and measures."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.vocabulary import RiskType
from registry.episodes.rules import MeasureFact
from registry.plans import rules, store
from registry.plans.rules import MeasureCategory, MeasureState


async def plan_made_on(session: AsyncSession, episode_id: Any) -> date | None:
    """Give the day on which the first version of the plan was made, or None."""
    plan = await store.newest_plan(session, episode_id)
    return plan.made_on if plan else None


async def measure_facts(session: AsyncSession, episode_id: Any) -> tuple[MeasureFact, ...]:
    """Give the measures that count: neither stopped before they began nor unsuitable."""
    return tuple(
        MeasureFact(
            category=measure.category,
            is_implemented=measure.implemented_on is not None,
            fits=frozenset(risk for risk in RiskType if rules.fits(MeasureCategory(measure.category), risk)),
        )
        for measure in await store.measures(session, episode_id)
        if measure.state != MeasureState.NOT_SUITABLE
        and not (measure.state == MeasureState.STOPPED and measure.implemented_on is None)
    )


async def implemented_on(session: AsyncSession, episode_id: Any) -> tuple[date | None, date | None]:
    """Give the days of the first implemented measure and of the first development measure."""
    done = [
        (measure.implemented_on, rules.is_development_measure(MeasureCategory(measure.category), measure.item))
        for measure in await store.measures(session, episode_id)
        if measure.implemented_on is not None
    ]
    first = min((day for day, _ in done), default=None)
    development = min((day for day, is_development in done if is_development), default=None)
    return first, development
