"""Use cases of plans and measures; they carry the episode on from MONITORED to PLANNED and ASSISTING."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.vocabulary import EpisodeState, LabourLevel, RiskType
from registry.episodes import service as episodes
from registry.episodes import store as episode_store
from registry.episodes.rules import MONITORING, Move
from registry.episodes.tables import Episode
from registry.households import service as households
from registry.plans import rules, store
from registry.plans.problems import (
    IllegalMeasureState,
    MeasureInvalid,
    MeasureMismatch,
    MeasureNotFound,
    NotMonitoredYet,
    PlanInvalid,
    PlanNotFound,
)
from registry.plans.rules import MeasureCategory, MeasureState, PlannedTask
from registry.plans.schemas import MeasureIn, MeasureOut, MeasurePatch, MeasuresOut, PlanIn, PlanOut, WarningOut
from registry.plans.tables import Measure, MeasureStep, Plan
from servicekit import clock, etags, ids
from servicekit.auth import Principal
from servicekit.problems import FieldError

S = EpisodeState


async def put_plan(session: AsyncSession, principal: Principal, episode_id: str, body: PlanIn) -> PlanOut:
    """Make or revise the plan; the first one moves the episode from MONITORED to PLANNED.

    The same again as the plan that holds changes nothing: a caller that got no answer repeats a PUT.

    Raises:
        EpisodeNotFound, NotMonitoredYet
        PlanInvalid: a household with labour that is willing has no development measure (F-A28).
    """
    episode, place = await episodes.require(session, principal, episode_id, lock=True)
    _require_monitored(episode)
    found = await _remarks(session, episode, body)
    errors = [
        FieldError(pointer="/tasks", code=remark.code, detail=remark.message) for remark in found if remark.is_error
    ]
    if errors:
        raise PlanInvalid("the plan lacks what the household must get", errors=errors)
    before = await store.newest_plan(session, episode.id)
    needs = [need.model_dump(mode="json") for need in body.needs]
    tasks = [task.model_dump(mode="json") for task in body.tasks]
    wanted = (body.helper, body.is_willing, needs, tasks)
    if before is not None and (before.helper, before.is_willing, before.needs, before.tasks) == wanted:
        return await _plan_out(session, episode, place.area_code, before, found)
    plan = Plan(
        episode_id=episode.id,
        version=before.version + 1 if before else 1,
        household_id=episode.household_id,
        helper=body.helper,
        is_willing=body.is_willing,
        needs=needs,
        tasks=tasks,
        made_on=before.made_on if before else clock.today(),
        recorded_at=clock.now(),
        recorded_by=principal.client_id,
    )
    session.add(plan)
    await session.flush()
    if episode.state == S.MONITORED:
        move = Move(S.PLANNED, clock.today(), (body.helper,), {"plan_version": plan.version})
        await episodes.move_to(session, principal, episode, place, move)
    return await _plan_out(session, episode, place.area_code, plan, found)


async def show_plan(session: AsyncSession, principal: Principal, episode_id: str) -> PlanOut:
    """Give the plan that holds, with what it still lacks.

    Raises:
        EpisodeNotFound, PlanNotFound
    """
    episode, place = await episodes.require(session, principal, episode_id)
    plan = await store.newest_plan(session, episode.id)
    if plan is None:
        raise PlanNotFound("this episode has no plan yet")
    body = PlanIn.model_validate(plan.model_dump(include={"needs", "tasks", "helper", "is_willing"}))
    return await _plan_out(session, episode, place.area_code, plan, await _remarks(session, episode, body))


async def add_measure(session: AsyncSession, principal: Principal, episode_id: str, body: MeasureIn) -> MeasureOut:
    """Plan a measure.

    Raises:
        EpisodeNotFound, NotMonitoredYet
        MeasureMismatch: it names a risk that it does not answer, or that the episode does not have (F-A07).
    """
    episode, _ = await episodes.require(session, principal, episode_id, lock=True)
    _require_monitored(episode)
    errors = []
    for place, risk in enumerate(body.risk_types):
        if risk.value not in episode.risk_types:
            message = f"该户没有“{risk.label}”风险 / the episode does not have this risk"
            errors.append(FieldError(pointer=f"/risk_types/{place}", code="risk_types.foreign", detail=message))
        elif not rules.fits(body.category, risk):
            message = f"“{body.category.label}”不对应“{risk.label}” / this category does not answer the risk"
            errors.append(FieldError(pointer=f"/risk_types/{place}", code="measure.mismatch", detail=message))
    if errors:
        raise MeasureMismatch("the measure does not answer the risks that it names", errors=errors)
    if body.person_id is not None:
        await _require_member(session, episode, body.person_id)
    now = clock.now()
    measure = Measure(
        id=UUID(ids.new_id()),
        episode_id=episode.id,
        household_id=episode.household_id,
        person_id=body.person_id,
        category=body.category.value,
        item=body.item,
        risk_types=[risk.value for risk in body.risk_types],
        responsible_department=body.responsible_department.value,
        responsible_person=body.responsible_person,
        planned_on=body.planned_on,
        state=MeasureState.PLANNED.value,
        implemented_on=None,
        amount=body.amount,
        evidence=None,
        version=1,
        created_at=now,
        updated_at=now,
    )
    session.add(measure)
    await session.flush()
    _remember(session, principal, measure, body.model_dump(mode="json"))
    await session.flush()
    return _measure_out(measure)


async def patch_measure(
    session: AsyncSession, principal: Principal, measure_id: str, body: MeasurePatch, if_match: str | None
) -> MeasureOut:
    """Carry a measure on; the first one that begins moves the episode from PLANNED to ASSISTING.

    Args:
        if_match: ETag as it was read; None trusts the state machine, which refuses steps that no longer fit.

    Raises:
        MeasureNotFound, PreconditionFailed, IllegalMeasureState, MeasureInvalid
    """
    measure = await store.measure(session, UUID(measure_id))
    if measure is None:
        raise MeasureNotFound("no such measure within your areas")
    episode, place = await episodes.require(session, principal, str(measure.episode_id), lock=True)
    await session.refresh(measure)
    if if_match is not None:
        etags.require_match(if_match, measure.version)
    state = MeasureState(measure.state)
    if body.state is not state and not rules.may_move(state, body.state):
        legal = [str(to) for to in rules.MOVES[state]]
        raise IllegalMeasureState(f"{state} may not be followed by {body.state}", legal_next=legal)
    implemented_on = body.implemented_on or measure.implemented_on
    evidence = body.evidence or measure.evidence
    faults = rules.implementation_faults(
        body.state,
        implemented_on,
        evidence=evidence,
        identified_on=episode.identified_on,
        today=clock.today(),
    )
    if faults:
        raise MeasureInvalid(
            "the measure lacks what its state needs",
            errors=[FieldError(pointer=pointer, code=code, detail=message) for pointer, code, message in faults],
        )
    measure.state = body.state.value
    measure.implemented_on = implemented_on
    measure.evidence = evidence
    measure.amount = body.amount if body.amount is not None else measure.amount
    measure.version += 1
    measure.updated_at = clock.now()
    _remember(session, principal, measure, body.model_dump(mode="json", exclude_none=True))
    await session.flush()
    begins = body.state in (MeasureState.IN_PROGRESS, MeasureState.IMPLEMENTED)
    if begins and episode.state == S.PLANNED:
        last_step = (await episode_store.steps(session, episode.id))[-1].occurred_on
        begun_on = max(implemented_on or clock.today(), last_step)
        move = Move(S.ASSISTING, begun_on, (measure.responsible_person,), {"measure_id": measure_id})
        await episodes.move_to(session, principal, episode, place, move)
    return _measure_out(measure)


async def show_measure(session: AsyncSession, principal: Principal, measure_id: str) -> MeasureOut:
    """Give a measure.

    Raises:
        MeasureNotFound
    """
    measure = await store.measure(session, UUID(measure_id))
    if measure is None:
        raise MeasureNotFound("no such measure within your areas")
    await episodes.require(session, principal, str(measure.episode_id))
    return _measure_out(measure)


async def list_measures(session: AsyncSession, principal: Principal, episode_id: str) -> MeasuresOut:
    """Give the measures of an episode."""
    episode, _ = await episodes.require(session, principal, episode_id)
    return MeasuresOut(items=[_measure_out(measure) for measure in await store.measures(session, episode.id)])


def _require_monitored(episode: Episode) -> None:
    if EpisodeState(episode.state) not in MONITORING:
        raise NotMonitoredYet(f"the episode is in {episode.state}")


async def _require_member(session: AsyncSession, episode: Episode, person_id: UUID) -> None:
    if not await households.is_member(session, str(episode.household_id), str(person_id)):
        error = FieldError(pointer="/person_id", code="person_id.foreign", detail="不是本户成员 / not a member")
        raise MeasureInvalid("the person is not a member of the household", errors=[error])


async def _remarks(session: AsyncSession, episode: Episode, body: PlanIn) -> list[rules.Remark]:
    labour, has_relief = await episode_store.labour_of(session, str(episode.household_id))
    measures = await store.measures(session, episode.id)
    return rules.remarks(
        risks=[RiskType(risk) for risk in episode.risk_types],
        labour=[LabourLevel(level) for level in labour],
        is_willing=body.is_willing,
        has_relief=has_relief,
        tasks=[
            *(PlannedTask(task.category, task.title, tuple(task.risk_types)) for task in body.tasks),
            *(
                PlannedTask(MeasureCategory(measure.category), measure.item, ())
                for measure in measures
                if measure.state not in (MeasureState.NOT_SUITABLE, MeasureState.STOPPED)
            ),
        ],
    )


async def _plan_out(
    session: AsyncSession, episode: Episode, area_code: str, plan: Plan, found: Sequence[rules.Remark]
) -> PlanOut:
    due_on = await episodes.plan_due_on(session, episode, area_code)
    return PlanOut(
        episode_id=str(plan.episode_id),
        household_id=str(plan.household_id),
        version=plan.version,
        needs=plan.needs,
        tasks=plan.tasks,
        helper=plan.helper,
        is_willing=plan.is_willing,
        made_on=plan.made_on,
        due_on=due_on,
        is_late=_is_late(plan.made_on, due_on),
        warnings=[WarningOut(code=remark.code, message=remark.message) for remark in found if not remark.is_error],
    )


def _is_late(made_on: date, due_on: date | None) -> bool:
    return due_on is not None and made_on > due_on


def _remember(session: AsyncSession, principal: Principal, measure: Measure, changes: dict[str, Any]) -> None:
    session.add(
        MeasureStep(
            measure_id=measure.id,
            version=measure.version,
            state=measure.state,
            changes=changes,
            client_id=principal.client_id,
            recorded_at=clock.now(),
        )
    )


def _measure_out(measure: Measure) -> MeasureOut:
    category = MeasureCategory(measure.category)
    return MeasureOut.model_validate(
        measure.model_dump(exclude={"id", "episode_id", "household_id", "person_id", "created_at"})
        | {
            "id": str(measure.id),
            "episode_id": str(measure.episode_id),
            "household_id": str(measure.household_id),
            "person_id": str(measure.person_id) if measure.person_id else None,
            "is_development": rules.is_development_measure(category, measure.item),
        }
    )
