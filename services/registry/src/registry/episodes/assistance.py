"""Use cases of assistance within an episode: the plan makes it PLANNED, the first measure ASSISTING."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.vocabulary import EpisodeState
from registry.episodes import service as episodes
from registry.episodes import store
from registry.episodes.situation import Move
from registry.episodes.steps import STEPS
from registry.episodes.store import Place
from registry.episodes.tables import Episode
from registry.plans import service as plans
from servicekit import clock
from servicekit.auth import Principal

S = EpisodeState


async def put_plan(session: AsyncSession, principal: Principal, episode_id: str, body: plans.PlanIn) -> plans.PlanOut:
    """Make or revise the plan; the first one carries the episode on.

    Raises:
        EpisodeNotFound, NotMonitoredYet, PlanInvalid
    """
    episode, place = await episodes.require(session, principal, episode_id, lock=True)
    plan = await plans.put_plan(session, principal.client_id, await _case(session, episode, place), body)
    if episode.state == S.MONITORED:
        move = Move(S.PLANNED, clock.today(), (body.helper,), {"plan_version": plan.version})
        await episodes.move_to(session, principal, episode, place, move)
    return plan


async def show_plan(session: AsyncSession, principal: Principal, episode_id: str) -> plans.PlanOut:
    """Give the plan that holds, with what it still lacks.

    Raises:
        EpisodeNotFound, PlanNotFound
    """
    episode, place = await episodes.require(session, principal, episode_id)
    return await plans.show_plan(session, await _case(session, episode, place))


async def add_measure(
    session: AsyncSession, principal: Principal, episode_id: str, body: plans.MeasureIn
) -> plans.MeasureOut:
    """Plan a measure.

    Raises:
        EpisodeNotFound, NotMonitoredYet, MeasureMismatch, MeasureInvalid
    """
    episode, place = await episodes.require(session, principal, episode_id, lock=True)
    return await plans.add_measure(session, principal.client_id, await _case(session, episode, place), body)


async def patch_measure(
    session: AsyncSession, principal: Principal, measure_id: UUID, body: plans.MeasurePatch, if_match: str | None
) -> plans.MeasureOut:
    """Carry a measure on; the first one that begins carries the episode on.

    Raises:
        MeasureNotFound, EpisodeNotFound, PreconditionFailed, IllegalMeasureState, MeasureInvalid
    """
    episode_id = await plans.episode_of(session, measure_id)
    episode, place = await episodes.require(session, principal, str(episode_id), lock=True)
    case = await _case(session, episode, place)
    measure = await plans.patch_measure(session, principal.client_id, case, measure_id, body, if_match)
    begins = body.state in (plans.MeasureState.IN_PROGRESS, plans.MeasureState.IMPLEMENTED)
    if begins and episode.state == S.PLANNED:
        last_step = (await store.steps(session, episode.id))[-1].occurred_on
        begun_on = max(measure.implemented_on or clock.today(), last_step)
        move = Move(S.ASSISTING, begun_on, (measure.responsible_person,), {"measure_id": str(measure_id)})
        await episodes.move_to(session, principal, episode, place, move)
    return measure


async def show_measure(session: AsyncSession, principal: Principal, measure_id: UUID) -> plans.MeasureOut:
    """Give a measure.

    Raises:
        MeasureNotFound, EpisodeNotFound
    """
    await episodes.require(session, principal, str(await plans.episode_of(session, measure_id)))
    return await plans.show_measure(session, measure_id)


async def list_measures(session: AsyncSession, principal: Principal, episode_id: str) -> plans.MeasuresOut:
    """Give the measures of an episode.

    Raises:
        EpisodeNotFound
    """
    episode, _ = await episodes.require(session, principal, episode_id)
    return await plans.list_measures(session, episode.id)


async def _case(session: AsyncSession, episode: Episode, place: Place) -> plans.Case:
    return plans.Case(
        episode_id=episode.id,
        household_id=episode.household_id,
        risk_types=episode.risk_types,
        identified_on=episode.identified_on,
        is_monitored=STEPS[EpisodeState(episode.state)].monitors,
        plan_due_on=await episodes.plan_due_on(session, episode, place.area_code),
    )
