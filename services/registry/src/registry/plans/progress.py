"""How far the help of episodes has come, from their plans, tasks and measures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.plan_codes import MeasureCategory
from contracts.vocabulary import RiskType
from registry.duty import MEASURE, TASK, Promised
from registry.plans import rules, store
from registry.plans.rules import MeasureState, TaskState
from registry.plans.store import Revision
from registry.plans.tables import Measure, PlanTask
from servicekit.clock import CHINA


@dataclass(frozen=True)
class Progress:
    """How far the help of an episode has come.

    Attributes:
        plan_made_on: Day of the first version of the plan.
        has_measure: Whether a measure counts: neither unsuitable nor stopped before it began.
        first_on: Day of the first implemented measure.
        development_on: Day of the first development measure, or task of such a kind, that was done.
        is_willing: Whether the household wants to develop, as the newest plan says.
        answered: Risks that an implemented measure answers.
        promised: Measures and tasks: what is to be done by a day, by whom, those done or given up included.
    """

    plan_made_on: date | None
    has_measure: bool
    first_on: date | None
    development_on: date | None
    answered: frozenset[RiskType]
    promised: tuple[Promised, ...] = ()
    is_willing: bool = True


async def progress(session: AsyncSession, episode_id: UUID) -> Progress:
    """Give how far the help of an episode has come."""
    return (await progress_of(session, [episode_id]))[episode_id]


async def progress_of(session: AsyncSession, episode_ids: Sequence[UUID]) -> dict[UUID, Progress]:
    """Give how far the help of each of many episodes has come."""
    plans: dict[UUID, list[Revision]] = {episode_id: [] for episode_id in episode_ids}
    for revision in await store.revisions(session, episode_ids):
        plans[revision.episode_id].append(revision)
    measures: dict[UUID, list[Measure]] = {episode_id: [] for episode_id in episode_ids}
    for measure in await store.measures_of(session, episode_ids):
        measures[measure.episode_id].append(measure)
    tasks: dict[UUID, list[PlanTask]] = {episode_id: [] for episode_id in episode_ids}
    for task in await store.tasks_of(session, episode_ids):
        tasks[task.episode_id].append(task)
    return {
        episode_id: _progress(plans[episode_id], measures[episode_id], tasks[episode_id]) for episode_id in episode_ids
    }


def _progress(plans: Sequence[Revision], measures: Sequence[Measure], tasks: Sequence[PlanTask]) -> Progress:
    planned_at = sorted([*(plan.recorded_at for plan in plans), *(measure.created_at for measure in measures)])
    counting = [
        measure
        for measure in measures
        if measure.state != MeasureState.NOT_SUITABLE
        and not (measure.state == MeasureState.STOPPED and measure.implemented_on is None)
    ]
    done = [
        (measure.implemented_on, MeasureCategory(measure.category), measure.item)
        for measure in counting
        if measure.implemented_on is not None
    ]
    return Progress(
        plan_made_on=min((plan.made_on for plan in plans), default=None),
        has_measure=bool(counting),
        first_on=min((day for day, _, _ in done), default=None),
        development_on=min(
            (
                day
                for day, category, item in [*done, *_tasks_done(tasks)]
                if rules.is_development_measure(category, item)
            ),
            default=None,
        ),
        answered=frozenset(risk for risk in RiskType for _, category, _ in done if rules.fits(category, risk)),
        promised=(
            *(_measure(measure, planned_at) for measure in sorted(measures, key=lambda measure: measure.id)),
            *(_task(task, planned_at) for task in sorted(tasks, key=lambda task: task.id)),
        ),
        is_willing=max(plans, key=lambda plan: plan.recorded_at).is_willing if plans else True,
    )


def _tasks_done(tasks: Sequence[PlanTask]) -> list[tuple[date, MeasureCategory, str]]:
    return [
        (task.done_on, MeasureCategory(task.category), task.title)
        for task in tasks
        if task.done_on is not None and task.category is not None
    ]


def _measure(measure: Measure, planned_at: Sequence[datetime]) -> Promised:
    is_dropped = measure.state in (MeasureState.STOPPED, MeasureState.NOT_SUITABLE) and measure.implemented_on is None
    return Promised(
        kind=MEASURE,
        subject_id=str(measure.id),
        department=measure.responsible_department,
        agreed_on=_day(measure.created_at),
        planned_on=measure.planned_on,
        done_on=measure.implemented_on,
        dropped_on=_day(measure.updated_at) if is_dropped else None,
        is_returned=is_dropped and measure.obstacle is not None,
        replanned_on=_after(measure.updated_at, planned_at),
        person_id=str(measure.person_id) if measure.person_id else None,
    )


def _task(task: PlanTask, planned_at: Sequence[datetime]) -> Promised:
    is_returned = task.state == TaskState.CANNOT
    return Promised(
        kind=TASK,
        subject_id=str(task.id),
        department=task.department,
        agreed_on=_day(task.created_at),
        planned_on=task.due_on,
        done_on=task.done_on,
        dropped_on=_day(task.updated_at) if is_returned or task.state == TaskState.CANCELLED else None,
        is_returned=is_returned,
        replanned_on=_after(task.updated_at, planned_at),
    )


def _after(returned_at: datetime, planned_at: Sequence[datetime]) -> date | None:
    return next((_day(at) for at in planned_at if at > returned_at), None)


def _day(at: datetime) -> date:
    return at.astimezone(CHINA).date()
