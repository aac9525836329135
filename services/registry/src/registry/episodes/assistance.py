"""Use cases of assistance within an episode: the plan makes it PLANNED, the first measure ASSISTING."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.vocabulary import EpisodeState, StaffRole
from registry.aid import service as aid
from registry.episodes import channels, duties, store
from registry.episodes import service as episodes
from registry.episodes.situation import Move
from registry.episodes.steps import STEPS
from registry.episodes.tables import Episode
from registry.households import service as households
from registry.plans import service as plans
from registry.roster import service as roster
from servicekit import clock, persons
from servicekit.auth import Principal
from servicekit.problems import FieldError

S = EpisodeState


async def put_plan(session: AsyncSession, principal: Principal, episode_id: str, body: plans.PlanIn) -> plans.PlanOut:
    """Make or revise the plan; the first one carries the episode on.

    Raises:
        EpisodeNotFound, NotMonitoredYet
        PlanInvalid: among others, a person names a helper, or somebody for a task, who has no term there today.
        PlanOfTownship: the caller is a department, which takes measures and makes no plan.
    """
    if principal.department is not None:
        raise plans.PlanOfTownship("a plan is made by the township or the bureau")
    episode, place = await episodes.require(session, principal, episode_id, lock=True)
    named = {"/helper": body.helper} | {f"/tasks/{index}/person": task.person for index, task in enumerate(body.tasks)}
    found = await _unfit(session, principal, place, named, {"/helper": StaffRole.HELPER})
    if found:
        raise plans.PlanInvalid("somebody who is named may not stand there", errors=found)
    plan = await plans.put_plan(session, principal.actor, await _case(session, episode), body)
    if episode.state == S.MONITORED:
        record = {"plan_version": plan.version}
        who = persons.party(principal.actor, (body.helper,))
        move = Move(S.PLANNED, clock.today(), who, record, principal.actor, clock.today())
        await episodes.move_to(session, principal, episode, place, move)
    else:  # what a measure that cannot be done left to be planned
        await duties.follow(session, "CAST(:id AS uuid)", {"id": str(episode.id)})
    return plan


async def show_plan(session: AsyncSession, principal: Principal, episode_id: str) -> plans.PlanOut:
    """Give the plan that holds, with what it still lacks; to a department with its own tasks only.

    Raises:
        EpisodeNotFound
        PlanNotFound: there is none, or none with a task of the caller's department.
    """
    episode, _ = await episodes.require(session, principal, episode_id)
    plan = await plans.show_plan(session, await _case(session, episode))
    tasks = [task for task in plan.tasks if principal.sees(task.department)]
    if not tasks:
        raise plans.PlanNotFound("this episode has no plan with a task of your department")
    return plan.model_copy(update={"tasks": tasks})


async def draft_plan(session: AsyncSession, principal: Principal, episode_id: str) -> plans.PlanDraft:
    """Give what a plan may begin with: packages for the household's risks, liaisons, who helps it today (F-A08).

    Raises:
        EpisodeNotFound, NotMonitoredYet
        PlanOfTownship: the caller is a department.
    """
    if principal.department is not None:
        raise plans.PlanOfTownship("a plan is made by the township or the bureau")
    episode, place = await episodes.require(session, principal, episode_id)
    draft, without = await plans.draft_plan(session, await _case(session, episode))
    liaisons = await roster.liaisons(session, place.area_code)
    return plans.PlanDraft.model_validate(
        {
            "episode_id": episode_id,
            "needs": draft.needs,
            "tasks": [task | {"person": liaisons.get(task["department"])} for task in draft.tasks],
            "helper": await households.helper_of(session, str(episode.household_id)),
            "without_package": without,
        }
    )


async def add_measure(
    session: AsyncSession, principal: Principal, episode_id: str, body: plans.MeasureIn
) -> plans.MeasureOut:
    """Plan a measure.

    Raises:
        EpisodeNotFound, NotMonitoredYet, MeasureMismatch, MeasureInvalid
        WrongDepartment: a department plans its own measures only.
    """
    if principal.department is not None:
        principal.require_department(body.responsible_department)
    episode, place = await episodes.require(session, principal, episode_id, lock=True)
    named = {"/responsible_person": body.responsible_person}
    found = await _unfit(session, principal, place, named)
    if found:
        raise plans.MeasureInvalid("who is named may not stand there", errors=found)
    measure = await plans.add_measure(session, principal.actor, await _case(session, episode), body)
    await duties.follow(session, "CAST(:id AS uuid)", {"id": str(episode.id)})
    return measure


async def patch_measure(
    session: AsyncSession, principal: Principal, measure_id: UUID, body: plans.MeasurePatch, if_match: str | None
) -> plans.MeasureOut:
    """Carry a measure on; the first one that begins carries the episode on.

    Raises:
        MeasureNotFound, EpisodeNotFound, PreconditionFailed, IllegalMeasureState, MeasureInvalid
        WrongDepartment: it is another department's to say; the bureau may for each.
    """
    episode_id = await plans.episode_of(session, measure_id)
    episode, place = await episodes.require(session, principal, str(episode_id), lock=True)
    principal.require_department((await plans.show_measure(session, measure_id)).responsible_department)
    case = await _case(session, episode)
    measure = await plans.patch_measure(session, principal.actor, case, measure_id, body, if_match)
    begins = body.state in (plans.MeasureState.IN_PROGRESS, plans.MeasureState.IMPLEMENTED)
    if begins and episode.state == S.PLANNED:
        last_step = (await store.steps(session, episode.id))[-1].occurred_on
        begun_on = max(measure.implemented_on or clock.today(), last_step)
        record = {"measure_id": str(measure_id)}
        who = persons.party(principal.actor, (measure.responsible_person,))
        move = Move(S.ASSISTING, begun_on, who, record, principal.actor, clock.today())
        await episodes.move_to(session, principal, episode, place, move)
    await duties.follow(session, "CAST(:id AS uuid)", {"id": str(episode.id)})
    return measure


async def episode_of(session: AsyncSession, measure_id: UUID) -> UUID:
    """Give the episode that a measure belongs to.

    Raises:
        MeasureNotFound
    """
    return await plans.episode_of(session, measure_id)


async def is_others(session: AsyncSession, principal: Principal, measure_id: UUID) -> bool:
    """Tell whether a measure of the signed-in person's department has somebody else as the one responsible.

    Raises:
        MeasureNotFound
    """
    measure = await plans.show_measure(session, measure_id)
    return _is_others(principal, measure.responsible_department, measure.responsible_person)


def _is_others(principal: Principal, department: str, responsible: str) -> bool:
    is_own = principal.person is not None and principal.department == department
    return is_own and responsible != principal.actor


async def show_measure(session: AsyncSession, principal: Principal, measure_id: UUID) -> plans.MeasureOut:
    """Give a measure.

    Raises:
        MeasureNotFound, EpisodeNotFound
    """
    return await _require_measure(session, principal, measure_id)


async def list_measures(session: AsyncSession, principal: Principal, episode_id: str) -> plans.MeasuresOut:
    """Give the measures of an episode; to a department its own.

    Raises:
        EpisodeNotFound
    """
    episode, _ = await episodes.require(session, principal, episode_id)
    planned = await plans.list_measures(session, episode.id)
    return plans.MeasuresOut(
        items=[each for each in planned.items if principal.sees(each.responsible_department)],
        of_departments=[
            each
            for each in await aid.current(session, principal, episode.household_id)
            if each.given_on is None or episode.identified_on is None or each.given_on >= episode.identified_on
        ],
    )


async def continuing(session: AsyncSession, principal: Principal, household_id: str) -> plans.ContinuingsOut:
    """Give the measures of a household that go on after elimination; to a department its own.

    Raises:
        HouseholdNotFound
    """
    await households.require(session, principal, household_id)
    eliminated = await store.eliminated_on(session, UUID(household_id))
    found = await plans.continuing(session, eliminated, clock.today())
    return plans.ContinuingsOut(items=[each for each in found.items if principal.sees(each.responsible_department)])


async def patch_task(
    session: AsyncSession, principal: Principal, task_id: UUID, body: plans.PlanTaskPatch, if_match: str | None
) -> plans.PlanTaskDetail:
    """Say what became of a task.

    Raises:
        PlanTaskNotFound, PreconditionFailed, IllegalTaskState, PlanTaskInvalid
        WrongDepartment: it is a department's to say; the bureau may for each.
    """
    task = await plans.show_task(session, principal, task_id)
    principal.require_department(task.department)
    episode, _ = await episodes.require(session, principal, task.episode_id, lock=True)
    case = await _case(session, episode)
    await plans.patch_task(session, principal.actor, case.helped_from, task_id, body, if_match)
    await duties.follow(session, "CAST(:id AS uuid)", {"id": str(episode.id)})
    return await plans.show_task(session, principal, task_id)


def is_others_task(principal: Principal, task: plans.PlanTaskDetail) -> bool:
    """Tell whether a task of the signed-in person's department has somebody else as the one responsible."""
    return _is_others(principal, task.department, task.person)


async def _require_measure(session: AsyncSession, principal: Principal, measure_id: UUID) -> plans.MeasureOut:
    """Give a measure of the caller's areas and department.

    Raises:
        MeasureNotFound, EpisodeNotFound
    """
    await episodes.require(session, principal, str(await plans.episode_of(session, measure_id)))
    measure = await plans.show_measure(session, measure_id)
    if not principal.sees(measure.responsible_department):
        raise plans.MeasureNotFound("no such measure of your department")
    return measure


async def _unfit(
    session: AsyncSession,
    principal: Principal,
    place: store.Place,
    named: Mapping[str, str],
    roles: Mapping[str, StaffRole] | None = None,
) -> Sequence[FieldError]:
    """Give what is wrong with those whom a signed-in person names, by pointer; a machine's names are its own."""
    if principal.person is None:
        return []
    people = await roster.known(session, named.values())
    here = persons.Place(place.area_code, clock.today(), place.grid)
    found = []
    for pointer, name in named.items():
        role = (roles or {}).get(pointer)
        known = people.get(persons.staff_id_of(name) or "")
        found.append(persons.why_not(known, here, pointer, roles=None if role is None else (role,)))
    return [fault for fault in found if fault is not None]


async def _case(session: AsyncSession, episode: Episode) -> plans.Case:
    is_green, identified_on = await channels.is_opened(session, episode.id), episode.identified_on
    return plans.Case(
        episode_id=episode.id,
        household_id=episode.household_id,
        risk_types=episode.risk_types,
        helped_from=episode.found_on if is_green else identified_on,
        is_helped=STEPS[EpisodeState(episode.state)].monitors or (is_green and episode.is_active),
        plan_due_on=await episodes.plan_due_on(session, episode),
    )
