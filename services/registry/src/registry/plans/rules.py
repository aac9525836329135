"""Measures and plans: which measure fits which risk, and what a plan must contain. Pure.

Source: national form of measures and check rules; F-A07, F-A20, F-A28, F-A29, F-A30.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from contracts.vocabulary import Labelled, LabourLevel, RiskType
from registry.household import labour_class


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
    # Continuing measures (credit, public posts) end one day; what was implemented is never planned again.
    MeasureState.IMPLEMENTED: (MeasureState.STOPPED,),
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


@dataclass(frozen=True)
class Remark:
    """Something a plan lacks. `is_error` refuses the plan; otherwise it is recorded with a warning."""

    code: str
    message: str
    is_error: bool


def remarks(
    *,
    risks: Sequence[RiskType],
    labour: Sequence[LabourLevel],
    is_willing: bool,
    has_relief: bool,
    tasks: Iterable[PlannedTask],
) -> list[Remark]:
    """Check a plan against the household's risks and labour.

    A household with labour that is willing must get a development measure: only cash is 一兜了之 and refused.
    Everything else is a warning: the plan may be completed while measures begin.
    """
    planned = list(tasks)
    found: list[Remark] = []
    kind = labour_class(labour)
    has_development = any(
        task.category is not None and is_development_measure(task.category, task.item) for task in planned
    )
    if kind == "capable" and is_willing and not has_development:
        message = (
            "有劳动能力且有意愿的户须至少安排一项产业、就业等开发式措施(M01-M04) / a development measure is required"
        )
        found.append(Remark("plan.no_development_measure", message, is_error=True))
    if kind == "weak" and not has_development:
        message = "弱劳力、半劳力户建议安排开发式措施 / a development measure is recommended"
        found.append(Remark("plan.development_recommended", message, is_error=False))
    if kind == "none" and not has_relief and not any(task.category is C.SECURITY for task in planned):
        message = "无劳动能力户须有低保、特困等兜底保障(M10) / social security is needed for a household without labour"
        found.append(Remark("plan.no_security", message, is_error=False))
    for risk in risks:
        if not any(task.category is not None and fits(task.category, risk) for task in planned):
            message = f"风险“{risk.label}”没有对应措施 / no task answers the risk: {risk.english}"
            found.append(Remark("plan.risk_uncovered", message, is_error=False))
    return found


def may_move(state: MeasureState, to: MeasureState) -> bool:
    """Tell whether a measure may go from one state to another."""
    return to in MOVES[state]


def implementation_faults(
    to: MeasureState, implemented_on: date | None, *, evidence: str | None, identified_on: date | None, today: date
) -> list[tuple[str, str, str]]:
    """Give what an implemented measure lacks, as (pointer, code, message)."""
    if to is not MeasureState.IMPLEMENTED:
        return []
    found: list[tuple[str, str, str]] = []
    if implemented_on is None:
        found.append(("/implemented_on", "implemented_on.missing", "须写明落实日期 / say when it was implemented"))
    elif implemented_on > today:
        found.append(("/implemented_on", "implemented_on.range", "落实日期在将来 / a date in the future"))
    elif identified_on is not None and implemented_on < identified_on:
        found.append(("/implemented_on", "implemented_on.range", "落实日期早于识别日期 / before identification"))
    if not (evidence or "").strip():
        found.append(("/evidence", "evidence.missing", "须附落实依据编号 / name the evidence"))
    return found
