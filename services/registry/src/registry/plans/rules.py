"""Measures and plans: which measure fits which risk, and what a plan must contain. Pure.

Source: national form of measures and check rules; F-A07, F-A20, F-A28, F-A29, F-A30.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from contracts.errors import FieldError
from contracts.vocabulary import Labelled, LabourLevel, RiskType
from registry.household import labour_class
from registry.plans.texts import TEXTS


class MeasureCategory(Labelled):
    """帮扶措施类别 [A codes]."""

    INDUSTRY = "M01", "产业帮扶", "production"
    EMPLOYMENT = "M02", "就业帮扶", "employment"
    FINANCE = "M03", "金融帮扶", "finance"
    PUBLIC_POST = "M04", "公益岗位帮扶", "public-interest post"
    HOUSING = "M05", "住房安全保障", "safe housing"
    WATER = "M06", "饮水安全保障", "safe drinking water"
    HEALTH = "M07", "健康帮扶", "health"
    COMPULSORY_EDUCATION = "M08", "义务教育保障", "compulsory education"
    EDUCATION = "M09", "教育帮扶", "other education"
    SECURITY = "M10", "综合保障", "social security"
    SOCIAL = "M11", "社会帮扶", "social help"
    RESETTLEMENT = "M12", "搬迁", "resettlement"
    LIVING = "M13", "生产生活条件改善", "living and working conditions"
    INFRASTRUCTURE = "M14", "基础设施建设", "infrastructure"

    @property
    def is_development(self) -> bool:
        """Tell whether the measure is of the development type (开发式)."""
        return self in _DEVELOPMENT


class MeasureState(Labelled):
    """措施状态."""

    PLANNED = "planned", "计划", "planned"
    IN_PROGRESS = "in_progress", "实施中", "in progress"
    IMPLEMENTED = "implemented", "已落实", "implemented"
    STOPPED = "stopped", "已终止", "stopped"
    NOT_SUITABLE = "not_suitable", "不适用", "not suitable"


class MeasureObstacle(Labelled):
    """措施无法落实的原因 [A]."""

    NOT_ELIGIBLE = "not_eligible", "不符合条件", "the conditions are not met"
    DECLINED = "declined", "农户不愿意或书面放弃", "the household does not want it"
    EXHAUSTED = "exhausted", "名额、资金或岗位已用完", "places, funds or posts are used up"
    CHANGED = "changed", "户情变化,不再需要", "the household's situation has changed"
    UNFIT = "unfit", "措施与实际不符", "it does not fit the household"


C = MeasureCategory
_DEVELOPMENT = frozenset({C.INDUSTRY, C.EMPLOYMENT, C.FINANCE, C.PUBLIC_POST})
_ANY = frozenset(C)

# Training alone is not a development measure (check rule 5_12_011).
_TRAINING = ("技能培训", "培训")

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


def fits(category: MeasureCategory, risk: RiskType) -> bool:
    """Tell whether a measure of the category answers the risk."""
    return category in FITTING[risk]


def is_development_measure(category: MeasureCategory, item: str) -> bool:
    """Tell whether a measure counts as a development measure: M01-M04, and more than training."""
    return category.is_development and item.strip() not in _TRAINING


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
) -> tuple[list[FieldError], list[FieldError]]:
    """Check a plan against the household's risks and labour; give what refuses it, and what is recorded as a warning.

    A household with labour that is willing must get a development measure: only cash is 一兜了之 and refused.
    Everything else is a warning: the plan may be completed while measures begin.
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
    warnings += [
        remark("plan.risk_uncovered", "/tasks", zh=risk.label, en=risk.english)
        for risk in risks
        if not any(task.category is not None and fits(task.category, risk) for task in planned)
    ]
    return errors, warnings


def may_move(state: MeasureState, to: MeasureState) -> bool:
    """Tell whether a measure may go from one state to another."""
    return to in MOVES[state]


def is_dropped(state: MeasureState, to: MeasureState) -> bool:
    """Tell whether a measure that was not implemented is given up: the township hears why."""
    return to in (MeasureState.STOPPED, MeasureState.NOT_SUITABLE) and state is not MeasureState.IMPLEMENTED


def is_correction(state: MeasureState, to: MeasureState) -> bool:
    """Tell whether a measure is taken back that was said to be implemented."""
    return (state, to) == (MeasureState.IMPLEMENTED, MeasureState.IN_PROGRESS)


def obstacle_faults(
    state: MeasureState, to: MeasureState, obstacle: MeasureObstacle | None, note: str | None
) -> list[FieldError]:
    """Give what is missing where a measure cannot be done, or was not done after all."""
    found: list[FieldError] = []
    gives_up = is_dropped(state, to) and to is not state
    if gives_up and obstacle is None:
        found.append(remark("obstacle.missing", "/obstacle"))
    if obstacle is not None and not is_dropped(state, to):
        found.append(remark("obstacle.unexpected", "/obstacle"))
    if (gives_up or is_correction(state, to)) and not note:
        found.append(remark("note.missing", "/note"))
    return found


def implementation_faults(
    to: MeasureState, implemented_on: date | None, *, evidence: str | None, identified_on: date | None, today: date
) -> list[FieldError]:
    """Give what an implemented measure lacks."""
    if to is not MeasureState.IMPLEMENTED:
        return []
    found: list[FieldError] = []
    if implemented_on is None:
        found.append(remark("implemented_on.missing", "/implemented_on"))
    elif implemented_on > today:
        found.append(remark("implemented_on.range", "/implemented_on"))
    elif identified_on is not None and implemented_on < identified_on:
        found.append(remark("implemented_on.range:early", "/implemented_on"))
    if not (evidence or "").strip():
        found.append(remark("evidence.missing", "/evidence"))
    return found
