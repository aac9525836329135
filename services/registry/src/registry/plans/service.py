"""Use cases of plans and measures. The episode that they belong to takes its steps itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.plan_codes import MeasureCategory
from contracts.vocabulary import RiskType
from registry.attachments import service as attachments
from registry.households import service as households
from registry.plans import packages, plan_tasks, rules, store
from registry.plans.case import Case, require_helped
from registry.plans.drafts import draft_plan
from registry.plans.plan_tasks import list_tasks, patch_task, show_task
from registry.plans.problems import (
    IllegalMeasureState,
    IllegalTaskState,
    MeasureInvalid,
    MeasureMismatch,
    MeasureNotFound,
    MeasureNotYours,
    NotMonitoredYet,
    PlanInvalid,
    PlanNotFound,
    PlanOfTownship,
    PlanTaskInvalid,
    PlanTaskNotFound,
    PlanTaskNotYours,
)
from registry.plans.progress import Progress, progress, progress_of
from registry.plans.rules import FITTING, TRAINING, MeasureState, PlannedTask, TaskState
from registry.plans.schemas import (
    ContinuingOut,
    ContinuingsOut,
    MeasureIn,
    MeasureOut,
    MeasurePatch,
    MeasuresOut,
    PackagesOut,
    PlanDraft,
    PlanIn,
    PlanOut,
    PlanTaskDetail,
    PlanTaskOut,
    PlanTaskPage,
    PlanTaskPatch,
    PlanTaskQuery,
    PlanTaskRow,
    PlanTaskShown,
    Task,
    WarningOut,
)
from registry.plans.tables import Measure, MeasureStep, Plan, PlanTask
from registry.plans.timeline import TIMELINE
from servicekit import clock, etags, ids
from servicekit.problems import FieldError

__all__ = [
    "FITTING", "TIMELINE", "TRAINING", "Case", "ContinuingsOut", "IllegalMeasureState", "IllegalTaskState", "MeasureIn",
    "MeasureInvalid", "MeasureMismatch", "MeasureNotFound", "MeasureNotYours", "MeasureOut", "MeasurePatch",
    "MeasureState", "MeasuresOut", "NotMonitoredYet", "PackagesOut", "PlanDraft", "PlanIn", "PlanInvalid",
    "PlanNotFound", "PlanOfTownship", "PlanOut", "PlanTaskDetail", "PlanTaskInvalid", "PlanTaskNotFound",
    "PlanTaskNotYours", "PlanTaskOut", "PlanTaskPage", "PlanTaskPatch", "PlanTaskQuery", "PlanTaskRow",
    "PlanTaskShown", "Progress", "add_measure", "continuing", "draft_plan", "episode_of", "list_measures", "list_tasks",
    "packages", "patch_measure", "patch_task", "progress", "progress_of", "put_plan", "show_measure", "show_plan",
    "show_task",
]  # fmt: skip


async def put_plan(session: AsyncSession, by: str, case: Case, body: PlanIn) -> PlanOut:
    """Make or revise the plan.

    The same again as the plan that holds changes nothing: a caller that got no answer repeats a PUT.

    Raises:
        NotMonitoredYet
        PlanInvalid: a household with labour that is willing has no development measure (F-A28), nothing answers a risk
            and it is not said why, or it names a risk or member that is not the household's.
    """
    require_helped(case)
    before = await store.newest_plan(session, case.episode_id)
    known = await plan_tasks.of_episode(session, case.episode_id)
    standing = plan_tasks.standing(known)
    excused = [entry.risk_type for entry in body.uncovered]
    errors, warnings = await _remarks(session, case, body.tasks, excused, is_willing=body.is_willing)
    settled = [name for name, task in known.items() if task.state != TaskState.OPEN]
    errors += await _foreign(session, case, body)
    errors += rules.task_faults([task.model_dump(mode="json") for task in body.tasks], standing, settled)
    if errors:
        raise PlanInvalid("the plan lacks what the household must get", errors=errors)
    needs = [need.model_dump(mode="json") for need in body.needs]
    tasks = rules.identified([task.model_dump(mode="json") for task in body.tasks], standing)
    uncovered = [entry.model_dump(mode="json") for entry in body.uncovered]
    wanted = (body.helper, body.is_willing, needs, uncovered, tasks)
    held = before and (before.helper, before.is_willing, before.needs, before.uncovered, [*standing.values()])
    if before is not None and held == wanted:
        return _plan_out(case, before, known, warnings)
    plan = Plan(
        episode_id=case.episode_id,
        version=before.version + 1 if before else 1,
        household_id=case.household_id,
        helper=body.helper,
        is_willing=body.is_willing,
        needs=needs,
        tasks=[{**task, "id": task["id"] or ids.new_id()} for task in tasks],
        uncovered=uncovered,
        made_on=before.made_on if before else clock.today(),
        recorded_at=clock.now(),
        recorded_by=by,
    )
    session.add(plan)
    known = plan_tasks.revise(session, plan, known)
    await session.flush()
    return _plan_out(case, plan, known, warnings)


async def show_plan(session: AsyncSession, case: Case) -> PlanOut:
    """Give the plan that holds, with what it still lacks.

    Raises:
        PlanNotFound
    """
    plan = await store.newest_plan(session, case.episode_id)
    if plan is None:
        raise PlanNotFound("this episode has no plan yet")
    known = await plan_tasks.of_episode(session, case.episode_id)
    tasks = [Task.model_validate(said) for said in plan_tasks.standing(known).values()]
    excused = [RiskType(entry["risk_type"]) for entry in plan.uncovered]
    errors, warnings = await _remarks(session, case, tasks, excused, is_willing=plan.is_willing)
    return _plan_out(case, plan, known, [*errors, *warnings])


async def add_measure(session: AsyncSession, by: str, case: Case, body: MeasureIn) -> MeasureOut:
    """Plan a measure.

    Raises:
        NotMonitoredYet
        MeasureMismatch: it names a risk that it does not answer, or that the episode does not have (F-A07).
    """
    require_helped(case)
    found: list[FieldError] = []
    for place, risk in enumerate(body.risk_types):
        names = {"zh": risk.label, "category": body.category.label}
        if risk.value not in case.risk_types:
            found.append(rules.remark("risk_types.foreign", f"/risk_types/{place}", **names))
        elif not rules.fits(body.category, risk):
            found.append(rules.remark("measure.mismatch", f"/risk_types/{place}", **names))
    if found:
        raise MeasureMismatch("the measure does not answer the risks that it names", errors=found)
    if body.person_id is not None:
        await _require_member(session, case, body.person_id)
    now = clock.now()
    measure = Measure(
        id=UUID(ids.new_id()),
        episode_id=case.episode_id,
        household_id=case.household_id,
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
        continues_until=body.continues_until,
        evidence=None,
        version=1,
        created_at=now,
        updated_at=now,
    )
    session.add(measure)
    await session.flush()
    _remember(session, by, measure, body.model_dump(mode="json"))
    await session.flush()
    return _measure_out(measure)


async def episode_of(session: AsyncSession, measure_id: UUID) -> UUID:
    """Give the episode that a measure belongs to.

    Raises:
        MeasureNotFound
    """
    return (await _measure(session, measure_id)).episode_id


async def patch_measure(
    session: AsyncSession, by: str, case: Case, measure_id: UUID, body: MeasurePatch, if_match: str | None
) -> MeasureOut:
    """Carry a measure on. One that was said to be implemented by mistake goes on; what it closed opens again.

    Args:
        if_match: ETag as it was read; None trusts the state machine, which refuses steps that no longer fit.

    Raises:
        MeasureNotFound, PreconditionFailed, IllegalMeasureState, MeasureInvalid
    """
    measure = await _measure(session, measure_id)
    if if_match is not None:
        etags.require_match(if_match, measure.version)
    state = MeasureState(measure.state)
    if body.state is not state and not rules.may_move(state, body.state):
        legal = [str(to) for to in rules.MOVES[state]]
        raise IllegalMeasureState(f"{state} may not be followed by {body.state}", legal_next=legal)
    implemented_on = body.implemented_on or measure.implemented_on
    evidence = body.evidence or measure.evidence
    turn = rules.measure_turn(state, body.state)
    faults = rules.done_faults(
        turn,
        "implemented_on",
        implemented_on,
        evidence=evidence,
        since=case.helped_from,
        today=clock.today(),
    )
    faults += rules.obstacle_faults(turn, body.obstacle, body.note)
    kept = await attachments.hold(session, case.household_id, body.attachments)
    faults += rules.attachment_faults(body.attachments, kept)
    if body.implemented_on is not None and not turn.is_done:
        faults.append(rules.remark("implemented_on.unexpected", "/implemented_on"))
    until = body.continues_until or measure.continues_until
    faults += rules.until_faults(implemented_on, until)
    if faults:
        raise MeasureInvalid("the measure lacks what its state needs", errors=faults)
    if turn.takes_back:
        implemented_on = evidence = measure.entered_at = None
    elif turn.is_done and state is not body.state:
        measure.entered_at = clock.now()
    measure.state = body.state.value
    measure.implemented_on = implemented_on
    measure.evidence = evidence
    measure.attachments = list(dict.fromkeys([*measure.attachments, *body.attachments]))
    measure.obstacle = body.obstacle.value if body.obstacle else measure.obstacle
    measure.note = body.note or measure.note
    measure.continues_until = until
    measure.amount = body.amount if body.amount is not None else measure.amount
    measure.version += 1
    measure.updated_at = clock.now()
    _remember(session, by, measure, body.model_dump(mode="json", exclude_none=True, exclude_defaults=True))
    named = attachments.UseKind.MEASURE
    await attachments.name(session, case.household_id, body.attachments, named, str(measure.id))
    await session.flush()
    return _measure_out(measure)


async def show_measure(session: AsyncSession, measure_id: UUID) -> MeasureOut:
    """Give a measure.

    Raises:
        MeasureNotFound
    """
    return _measure_out(await _measure(session, measure_id))


async def list_measures(session: AsyncSession, episode_id: UUID) -> MeasuresOut:
    """Give the measures of an episode."""
    return MeasuresOut(items=[_measure_out(measure) for measure in await store.measures(session, episode_id)])


async def continuing(session: AsyncSession, eliminated: Mapping[UUID, date], today: date) -> ContinuingsOut:
    """Give the measures that go on although the risk of their episode is eliminated.

    Args:
        eliminated: Day of elimination by episode.
    """
    found = []
    for measure in await store.measures_of(session, [*eliminated]):
        until = measure.continues_until
        why = rules.goes_on(MeasureCategory(measure.category), MeasureState(measure.state), until)
        ended_on = eliminated[measure.episode_id]
        if why is not None and (until is None or until >= ended_on):
            more = {"eliminated_on": ended_on, "goes_on": why, "is_running": until is None or until >= today}
            found.append(ContinuingOut.model_validate(_measure_out(measure).model_dump() | more))
    return ContinuingsOut(items=sorted(found, key=lambda each: (each.continues_until or date.max, each.id)))


async def _measure(session: AsyncSession, measure_id: UUID) -> Measure:
    measure = await store.measure(session, measure_id)
    if measure is None:
        raise MeasureNotFound("no such measure within your areas")
    return measure


async def _foreign(session: AsyncSession, case: Case, body: PlanIn) -> list[FieldError]:
    """Give the risks and members that a plan names and that are not the household's."""
    risks = [(f"/needs/{place}", need.risk_type) for place, need in enumerate(body.needs)]
    risks += [(f"/uncovered/{place}", entry.risk_type) for place, entry in enumerate(body.uncovered)]
    found = [
        rules.remark("risk_types.foreign", f"{pointer}/risk_type", zh=risk.label)
        for pointer, risk in risks
        if risk.value not in case.risk_types
    ]
    members = {str(member.id) for member in await households.members(session, str(case.household_id))}
    named = [(f"/needs/{place}", need.person_id) for place, need in enumerate(body.needs)]
    named += [(f"/tasks/{place}", task.person_id) for place, task in enumerate(body.tasks)]
    return found + [
        rules.remark("person_id.foreign", f"{pointer}/person_id")
        for pointer, person_id in named
        if person_id is not None and str(person_id) not in members
    ]


async def _require_member(session: AsyncSession, case: Case, person_id: UUID) -> None:
    if not await households.is_member(session, str(case.household_id), str(person_id)):
        found = [rules.remark("person_id.foreign", "/person_id")]
        raise MeasureInvalid("the person is not a member of the household", errors=found)


async def _remarks(
    session: AsyncSession, case: Case, tasks: Sequence[Task], excused: Sequence[RiskType], *, is_willing: bool
) -> tuple[list[FieldError], list[FieldError]]:
    labour, has_relief = await households.labour_of(session, str(case.household_id))
    measures = await store.measures(session, case.episode_id)
    return rules.remarks(
        risks=[RiskType(risk) for risk in case.risk_types],
        labour=labour,
        is_willing=is_willing,
        has_relief=has_relief,
        excused=excused,
        tasks=[
            *(PlannedTask(task.category, task.title, tuple(task.risk_types)) for task in tasks),
            *(
                PlannedTask(MeasureCategory(measure.category), measure.item, ())
                for measure in measures
                if measure.state not in (MeasureState.NOT_SUITABLE, MeasureState.STOPPED)
            ),
        ],
    )


def _plan_out(case: Case, plan: Plan, known: Mapping[str, PlanTask], warnings: Sequence[FieldError]) -> PlanOut:
    return PlanOut(
        episode_id=str(plan.episode_id),
        household_id=str(plan.household_id),
        version=plan.version,
        needs=plan.needs,
        tasks=[said | {"state": known[name].state} for name, said in plan_tasks.standing(known).items()],
        helper=plan.helper,
        is_willing=plan.is_willing,
        uncovered=plan.uncovered,
        made_on=plan.made_on,
        due_on=case.plan_due_on,
        is_late=case.plan_due_on is not None and plan.made_on > case.plan_due_on,
        warnings=[WarningOut(code=warning.code, message=warning.detail) for warning in warnings],
    )


def _remember(session: AsyncSession, by: str, measure: Measure, changes: dict[str, Any]) -> None:
    session.add(
        MeasureStep(
            measure_id=measure.id,
            version=measure.version,
            state=measure.state,
            changes=changes,
            client_id=by,
            recorded_at=clock.now(),
        )
    )


def _measure_out(measure: Measure) -> MeasureOut:
    category = MeasureCategory(measure.category)
    return MeasureOut.model_validate(
        measure.model_dump(exclude={"id", "episode_id", "household_id", "person_id", "created_at", "entered_at"})
        | {
            "id": str(measure.id),
            "episode_id": str(measure.episode_id),
            "household_id": str(measure.household_id),
            "person_id": str(measure.person_id) if measure.person_id else None,
            "entry_lag_days": rules.entry_lag(measure.implemented_on, measure.entered_at),
            "is_development": rules.is_development_measure(category, measure.item),
        }
    )
