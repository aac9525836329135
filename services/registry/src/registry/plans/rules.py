"""Measures and plans: which measure fits which risk, and what a plan must contain. Pure.

Source: national form of measures and check rules; F-A07, F-A20, F-A28, F-A29, F-A30.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from contracts.errors import FieldError
from contracts.plan_codes import MeasureCategory
from contracts.vocabulary import Labelled, LabourLevel, RiskType
from registry.household import labour_class
from registry.plans.texts import TEXTS
from servicekit.clock import CHINA


class MeasureState(Labelled):
    """措施状态."""

    PLANNED = "planned", "计划", "planned"
    IN_PROGRESS = "in_progress", "实施中", "in progress"
    IMPLEMENTED = "implemented", "已落实", "implemented"
    STOPPED = "stopped", "已终止", "stopped"
    NOT_SUITABLE = "not_suitable", "不适用", "not suitable"


class Obstacle(Labelled):
    """措施或任务无法落实的原因 [A]."""

    NOT_ELIGIBLE = "not_eligible", "不符合条件", "the conditions are not met"
    DECLINED = "declined", "农户不愿意或书面放弃", "the household does not want it"
    EXHAUSTED = "exhausted", "名额、资金或岗位已用完", "places, funds or posts are used up"
    CHANGED = "changed", "户情变化,不再需要", "the household's situation has changed"
    UNFIT = "unfit", "措施与实际不符", "it does not fit the household"


class GoesOn(Labelled):
    """帮扶措施在风险消除后延续到何时."""

    CONTRACT = "contract", "合同期满", "until the contract ends"
    STAGE = "stage", "学段结束", "until the stage of schooling is finished"
    AGREED = "agreed", "约定日期", "until the day that was agreed"


class TaskState(Labelled):
    """计划任务状态."""

    OPEN = "open", "待办理", "to be done"
    DONE = "done", "已办结", "done"
    CANNOT = "cannot", "无法办理", "it cannot be done"
    CANCELLED = "cancelled", "已取消", "the plan was revised without it"


C = MeasureCategory
_DEVELOPMENT = frozenset({C.INDUSTRY, C.EMPLOYMENT, C.FINANCE, C.PUBLIC_POST})
_ANY = frozenset(C)

# Training alone is not a development measure (check rule 5_12_011).
TRAINING = ("技能培训", "培训")

FITTING: dict[RiskType, frozenset[MeasureCategory]] = {
    RiskType.ILLNESS: frozenset({C.HEALTH, C.SECURITY, C.SOCIAL}),
    RiskType.DISASTER: frozenset({C.HOUSING, C.SECURITY, C.SOCIAL, C.LIVING}),
    RiskType.DISABILITY: frozenset({C.SECURITY, C.SOCIAL}),
    RiskType.NO_LABOUR: frozenset({C.SECURITY, C.PUBLIC_POST}),
    RiskType.ACCIDENT: frozenset({C.HOUSING, C.SECURITY, C.SOCIAL, C.LIVING}),
    RiskType.PROJECT_FAILED: frozenset({C.INDUSTRY, C.FINANCE}),
    RiskType.UNSTABLE_WORK: frozenset({C.EMPLOYMENT, C.PUBLIC_POST}),
    RiskType.SCHOOLING_COST: frozenset({C.COMPULSORY_EDUCATION, C.EDUCATION, C.SOCIAL}),
    RiskType.HOUSING: frozenset({C.HOUSING, C.RESETTLEMENT}),
    RiskType.WATER: frozenset({C.WATER}),
    RiskType.DROPOUT: frozenset({C.COMPULSORY_EDUCATION}),
    # Kinds of clue whose cause is not named: what raises income or carries rigid expenditure [A].
    RiskType.INCOME: _DEVELOPMENT | {C.SECURITY, C.SOCIAL},
    RiskType.EXPENDITURE: frozenset({C.HEALTH, C.COMPULSORY_EDUCATION, C.EDUCATION, C.SECURITY, C.SOCIAL}),
    RiskType.RELIEF: _ANY,
    RiskType.POLICY_GAP: _ANY,
    RiskType.DATA: _ANY,
    RiskType.OTHER: _ANY,
}

MOVES: dict[MeasureState, tuple[MeasureState, ...]] = {
    MeasureState.PLANNED: (
        MeasureState.IN_PROGRESS,
        MeasureState.IMPLEMENTED,
        MeasureState.STOPPED,
        MeasureState.NOT_SUITABLE,
    ),
    MeasureState.IN_PROGRESS: (MeasureState.IMPLEMENTED, MeasureState.STOPPED, MeasureState.NOT_SUITABLE),
    # Continuing measures (credit, public posts) end one day. What was said to be implemented by mistake goes on.
    MeasureState.IMPLEMENTED: (MeasureState.STOPPED, MeasureState.IN_PROGRESS),
    MeasureState.STOPPED: (),
    MeasureState.NOT_SUITABLE: (),
}

TASK_MOVES: dict[TaskState, tuple[TaskState, ...]] = {
    TaskState.OPEN: (TaskState.DONE, TaskState.CANNOT),
    # What was said by mistake is taken back.
    TaskState.DONE: (TaskState.OPEN,),
    TaskState.CANNOT: (TaskState.OPEN,),
    TaskState.CANCELLED: (),
}


def fits(category: MeasureCategory, risk: RiskType) -> bool:
    """Tell whether a measure of the category answers the risk."""
    return category in FITTING[risk]


def is_development_measure(category: MeasureCategory, item: str) -> bool:
    """Tell whether a measure counts as a development measure: M01-M04, and more than training."""
    return category in _DEVELOPMENT and item.strip() not in TRAINING


@dataclass(frozen=True)
class PlannedTask:
    """What the checks need to know of a task or a measure."""

    category: MeasureCategory | None
    item: str
    risk_types: tuple[RiskType, ...]


def remark(key: str, pointer: str, **values: object) -> FieldError:
    """Say what a plan or a measure lacks; `key` is one of `texts.TEXTS`."""
    return FieldError.told(TEXTS, key, pointer, **values)


def remarks(
    *,
    risks: Sequence[RiskType],
    labour: Sequence[LabourLevel],
    is_willing: bool,
    has_relief: bool,
    tasks: Iterable[PlannedTask],
    excused: Collection[RiskType] = (),
) -> tuple[list[FieldError], list[FieldError]]:
    """Check a plan against the household's risks and labour; give what refuses it, and what is recorded as a warning.

    A household with labour that is willing must get a development measure: only cash is 一兜了之 and refused. Each
    risk is answered by a task or a measure, or it is written why not. Everything else is a warning.

    Args:
        excused: Risks for which the plan says why nothing is planned.
    """
    planned = list(tasks)
    errors: list[FieldError] = []
    warnings: list[FieldError] = []
    kind = labour_class(labour)
    has_development = any(
        task.category is not None and is_development_measure(task.category, task.item) for task in planned
    )
    if kind == "capable" and is_willing and not has_development:
        errors.append(remark("plan.no_development_measure", "/tasks"))
    if kind == "weak" and not has_development:
        warnings.append(remark("plan.development_recommended", "/tasks"))
    if kind == "none" and not has_relief and not any(task.category is C.SECURITY for task in planned):
        warnings.append(remark("plan.no_security", "/tasks"))
    errors += [
        remark("plan.risk_uncovered", "/tasks", zh=risk.label, en=risk.english)
        for risk in risks
        if risk not in excused and not any(task.category is not None and fits(task.category, risk) for task in planned)
    ]
    return errors, warnings


def may_move(state: MeasureState, to: MeasureState) -> bool:
    """Tell whether a measure may go from one state to another."""
    return to in MOVES[state]


@dataclass(frozen=True)
class Turn:
    """What a result says, of a measure or of a task.

    Attributes:
        is_done: It is done, then.
        is_given_up: It is not to be done, and was not; `gives_up` where that is new.
        takes_back: It was not done, or could be done, after all.
    """

    is_done: bool
    is_given_up: bool
    gives_up: bool
    takes_back: bool


def measure_turn(state: MeasureState, to: MeasureState) -> Turn:
    """Say what a measure's going from one state to another is."""
    given_up = to in (MeasureState.STOPPED, MeasureState.NOT_SUITABLE) and state is not MeasureState.IMPLEMENTED
    return Turn(
        is_done=to is MeasureState.IMPLEMENTED,
        is_given_up=given_up,
        gives_up=given_up and to is not state,
        takes_back=(state, to) == (MeasureState.IMPLEMENTED, MeasureState.IN_PROGRESS),
    )


def task_turn(state: TaskState, to: TaskState) -> Turn:
    """Say what a task's going from one state to another is."""
    return Turn(
        is_done=to is TaskState.DONE,
        is_given_up=to is TaskState.CANNOT,
        gives_up=to is TaskState.CANNOT and to is not state,
        takes_back=to is TaskState.OPEN and to is not state,
    )


_UNTIL = {
    C.FINANCE: GoesOn.CONTRACT,
    C.PUBLIC_POST: GoesOn.CONTRACT,
    C.COMPULSORY_EDUCATION: GoesOn.STAGE,
    C.EDUCATION: GoesOn.STAGE,
}


def goes_on(category: MeasureCategory, state: MeasureState, until: date | None) -> GoesOn | None:
    """Tell until when a measure goes on after the risk is eliminated; None where it is over with it (F-G05).

    Credit and public posts go on until their contract ends, education until its stage is finished, others if agreed.
    """
    if state not in (MeasureState.IN_PROGRESS, MeasureState.IMPLEMENTED):
        return None
    return _UNTIL.get(category, GoesOn.AGREED if until is not None else None)


def until_faults(implemented_on: date | None, until: date | None) -> list[FieldError]:
    """Give what is wrong with the day until which a measure goes on."""
    if implemented_on is not None and until is not None and until < implemented_on:
        return [remark("continues_until.range", "/continues_until")]
    return []


def entry_lag(implemented_on: date | None, entered_at: datetime | None) -> int | None:
    """Give the days from the day on which a measure was implemented until that was entered (F-A31)."""
    if implemented_on is None or entered_at is None:
        return None
    return (entered_at.astimezone(CHINA).date() - implemented_on).days


def obstacle_faults(turn: Turn, obstacle: Obstacle | None, note: str | None) -> list[FieldError]:
    """Give what is missing where something cannot be done, or a result is taken back."""
    found: list[FieldError] = []
    if turn.gives_up and obstacle is None:
        found.append(remark("obstacle.missing", "/obstacle"))
    if obstacle is not None and not turn.is_given_up:
        found.append(remark("obstacle.unexpected", "/obstacle"))
    if (turn.gives_up or turn.takes_back) and not note:
        found.append(remark("note.missing", "/note"))
    return found


def done_faults(
    turn: Turn, day: str, done_on: date | None, *, evidence: str | None, since: date | None, today: date
) -> list[FieldError]:
    """Give what is missing of something that is done.

    Args:
        day: The field with the date.
        since: The first day on which it counts.
    """
    if not turn.is_done:
        return []
    found: list[FieldError] = []
    if done_on is None:
        found.append(remark(f"{day}.missing", f"/{day}"))
    elif done_on > today:
        found.append(remark(f"{day}.range", f"/{day}"))
    elif since is not None and done_on < since:
        found.append(remark(f"{day}.range:early", f"/{day}"))
    if not (evidence or "").strip():
        found.append(remark("evidence.missing", "/evidence"))
    return found


def attachment_faults(named: Sequence[str], kept: Collection[str]) -> list[FieldError]:
    """Give which of the photos and scans that are named the household does not have."""
    return [
        remark("attachments.unknown", f"/attachments/{place}")
        for place, sha256 in enumerate(named)
        if sha256 not in kept
    ]


Said = Mapping[str, Any]  # a task as a revision of the plan holds it, in JSON


def identified(tasks: Sequence[Said], standing: Mapping[str, Said]) -> list[dict[str, Any]]:
    """Give the tasks of a revision with the ids of those of the plan that holds which they are; null where one is new.

    A task is the one that it names. Without a name it is one that says the same: a plan that is sent again is no
    other one.
    """
    given = {task["id"] for task in tasks}
    left = [said for name, said in standing.items() if name not in given]
    found = []
    for task in tasks:
        same = next((said for said in left if task["id"] is None and {**task, "id": said["id"]} == said), None)
        if same is not None:
            left.remove(same)
        found.append({**task, "id": same["id"] if same else task["id"]})
    return found


def task_faults(tasks: Sequence[Said], standing: Mapping[str, Said], settled: Collection[str]) -> list[FieldError]:
    """Give what is wrong with the ids that the tasks of a revision name.

    Args:
        settled: Tasks that have a result: what they say stays.
    """
    found: list[FieldError] = []
    seen: set[str] = set()
    for place, task in enumerate(tasks):
        name = task["id"]
        if name is None:
            continue
        if name not in standing:
            found.append(remark("task.unknown", f"/tasks/{place}/id"))
        elif name in seen:
            found.append(remark("task.repeated", f"/tasks/{place}/id"))
        elif name in settled and task != standing[name]:
            found.append(remark("task.settled", f"/tasks/{place}"))
        seen.add(name)
    return found
