"""Use cases of a plan's tasks: a revision of the plan keeps, changes, adds and cancels them; who does them says how."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from registry.households import service as households
from registry.plans import rules, store
from registry.plans.problems import IllegalTaskState, PlanTaskInvalid, PlanTaskNotFound
from registry.plans.rules import TaskState
from registry.plans.schemas import PlanTaskDetail, PlanTaskOut, PlanTaskPatch, PlanTaskQuery, PlanTaskStepOut, TaskSaid
from registry.plans.tables import Plan, PlanTask, PlanTaskStep
from servicekit import clock, etags
from servicekit.auth import Principal

_SAID = tuple(TaskSaid.model_fields)
_RESULT = ("state", "done_on", "evidence", "obstacle", "note")


async def of_episode(session: AsyncSession, episode_id: UUID) -> dict[str, PlanTask]:
    """Give the tasks that an episode's plans have had, by id."""
    return {str(task.id): task for task in await store.tasks_of(session, [episode_id])}


def standing(known: Mapping[str, PlanTask]) -> dict[str, dict[str, Any]]:
    """Give what the plan that holds says of its tasks, in JSON and in order, by id."""
    held = sorted((task.place, name) for name, task in known.items() if task.place is not None)
    return {name: known[name].model_dump(mode="json", include={"id", *_SAID}) for _, name in held}


def revise(session: AsyncSession, plan: Plan, known: Mapping[str, PlanTask]) -> dict[str, PlanTask]:
    """Make the tasks what a new revision of the plan says; give them all. One that it leaves out is cancelled."""
    tasks = dict(known)
    for place, task_said in enumerate(plan.tasks):
        values = {**task_said, "due_on": date.fromisoformat(task_said["due_on"])}
        values["person_id"] = UUID(member) if (member := task_said["person_id"]) else None
        name = values.pop("id")
        if name not in tasks:
            tasks[name] = PlanTask(
                id=UUID(name),
                episode_id=plan.episode_id,
                household_id=plan.household_id,
                place=place,
                state=TaskState.OPEN.value,
                version=0,
                created_at=plan.recorded_at,
                updated_at=plan.recorded_at,
                **values,
            )
            session.add(tasks[name])
        tasks[name].place = place
        if any(getattr(tasks[name], field) != value for field, value in values.items()) or name not in known:
            _change(session, plan.recorded_by, tasks[name], values, plan.recorded_at)
    for name in standing(known).keys() - {task_said["id"] for task_said in plan.tasks}:
        tasks[name].place = None
        if tasks[name].state == TaskState.OPEN:
            _change(session, plan.recorded_by, tasks[name], {"state": TaskState.CANCELLED.value}, plan.recorded_at)
    return tasks


async def list_tasks(
    session: AsyncSession, principal: Principal, wanted: PlanTaskQuery, after: str | None
) -> tuple[list[PlanTaskOut], str | None]:
    """Give a page of tasks of the caller's areas and department, and where the next one begins."""
    conditions, values = _reach(principal.within(wanted.area))
    for column, value in (("department", wanted.department), ("state", wanted.state)):
        if value is not None:
            conditions.append(f"t.{column} = :{column}")
            values[column] = value.value
    if wanted.overdue is not None:
        conditions.append(store.OVERDUE if wanted.overdue else f"NOT {store.OVERDUE}")
    if after is not None:
        conditions.append("t.id > CAST(:after AS uuid)")
        values["after"] = after
    rows = await store.task_page(session, conditions, values, today=clock.today(), limit=wanted.limit + 1)
    items = [PlanTaskOut.model_validate(dict(row)) for row in rows[: wanted.limit]]
    return items, items[-1].id if len(rows) > wanted.limit else None


async def show_task(session: AsyncSession, principal: Principal, task_id: UUID) -> PlanTaskDetail:
    """Give a task with everything that became of it.

    Raises:
        PlanTaskNotFound: there is none within the caller's areas and department.
    """
    conditions, values = _reach(principal)
    condition = "t.id = CAST(:id AS uuid)"
    rows = await store.task_page(
        session, [*conditions, condition], values | {"id": str(task_id)}, today=clock.today(), limit=1
    )
    for row in rows:
        steps = [
            PlanTaskStepOut(
                version=step.version, state=TaskState(step.state), changes=step.changes, by=step.client_id,
                at=step.recorded_at,
            )
            for step in await store.task_steps(session, row["id"])
        ]  # fmt: skip
        return PlanTaskDetail.model_validate({**row, "steps": steps})
    raise PlanTaskNotFound("no such task within your areas and department")


async def patch_task(
    session: AsyncSession,
    by: str,
    since: date | None,
    task_id: UUID,
    body: PlanTaskPatch,
    if_match: str | None,
) -> None:
    """Say what became of a task, or take it back: the plan that holds has it then, even if it had left it out.

    What is said already is not said again.

    Args:
        since: The first day on which help counts.
        if_match: ETag as it was read; None trusts the states, of which not each may follow each.

    Raises:
        PlanTaskNotFound, PreconditionFailed, IllegalTaskState, PlanTaskInvalid
    """
    task = await store.task(session, task_id)
    if task is None:
        raise PlanTaskNotFound("no such task")
    state = TaskState(task.state)
    turn = rules.task_turn(state, body.state)
    done_on = body.done_on or (task.done_on if turn.is_done else None)
    evidence = body.evidence or (task.evidence if turn.is_done else None)
    said = {
        "state": body.state.value,
        "done_on": done_on,
        "evidence": evidence,
        "obstacle": body.obstacle.value if body.obstacle else task.obstacle if turn.is_given_up else None,
        "note": body.note or (task.note if body.state is state else None),
    }
    if said == {name: getattr(task, name) for name in _RESULT}:
        return
    if if_match is not None:
        etags.require_match(if_match, task.version)
    if body.state is not state and body.state not in rules.TASK_MOVES[state]:
        legal = [str(to) for to in rules.TASK_MOVES[state]]
        raise IllegalTaskState(f"{state} may not be followed by {body.state}", legal_next=legal)
    faults = rules.done_faults(
        turn,
        "done_on",
        done_on,
        evidence=evidence,
        since=since,
        today=clock.today(),
    )
    faults += rules.obstacle_faults(turn, body.obstacle, body.note)
    if body.done_on is not None and not turn.is_done:
        faults.append(rules.remark("done_on.unexpected", "/done_on"))
    if faults:
        raise PlanTaskInvalid("the result lacks what it must say", errors=faults)
    if turn.takes_back and task.place is None:  # a revision left it out as done with
        task.place = len(standing(await of_episode(session, task.episode_id)))
    _change(session, by, task, said, clock.now())
    await session.flush()


def _reach(principal: Principal) -> tuple[list[str], dict[str, Any]]:
    clause, values = principal.area_clause("h.village_code", households.IN_GRID)
    conditions: list[str] = [clause]
    if principal.department is None:
        return conditions, dict(values)
    return [*conditions, "t.department = :own"], {**values, "own": principal.department.value}


def _change(session: AsyncSession, by: str, task: PlanTask, values: Mapping[str, Any], at: datetime) -> None:
    for name, value in values.items():
        setattr(task, name, value)
    task.version += 1
    task.updated_at = at
    session.add(
        PlanTaskStep(
            plan_task_id=task.id,
            version=task.version,
            state=task.state,
            changes={
                name: value.isoformat() if isinstance(value, date) else str(value) if isinstance(value, UUID) else value
                for name, value in values.items()
                if value is not None
            },
            client_id=by,
            recorded_at=at,
        )
    )
