"""The state machine of an episode: which step may follow, what it needs, and who may take it. Pure.

Source: identification 识别认定 and risk elimination 风险消除 as in 秦安县, 枞阳县, 平江县, 维西县 (rules 4.3-4.7).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from contracts.vocabulary import (
    EpisodeState,
    HouseholdType,
    LabourLevel,
    MonitorCategory,
    RiskType,
)
from registry.episodes import deadlines
from registry.episodes.deadlines import Clock
from registry.household import UNNAMED_RISKS, category_fits, labour_class
from servicekit.calendar import add_months

S = EpisodeState

_ELIM = (S.ELIM_PROPOSED, S.ELIM_VISITED, S.ELIM_REVIEWED, S.ELIM_PUBLICISED, S.ELIM_TOWN, S.ELIM_COUNTY)

TRANSITIONS: dict[EpisodeState, tuple[EpisodeState, ...]] = {
    S.APPLIED: (S.VISITED, S.COMPARED, S.WITHDRAWN),
    S.VISITED: (S.COMPARED, S.REJECTED),
    S.COMPARED: (S.REVIEWED, S.VISITED, S.REJECTED),
    S.REVIEWED: (S.PUBLICISED, S.REJECTED),
    S.PUBLICISED: (S.TOWN_AUDITED, S.OBJECTED),
    S.OBJECTED: (S.REVIEWED, S.REJECTED),
    S.TOWN_AUDITED: (S.COUNTY_APPROVED, S.VISITED, S.REJECTED),
    S.COUNTY_APPROVED: (S.ANNOUNCED, S.TOWN_AUDITED, S.REJECTED),
    S.ANNOUNCED: (S.MONITORED,),
    S.MONITORED: (S.PLANNED, S.ENDED_NATURAL, S.CORRECTED),
    S.PLANNED: (S.ASSISTING, S.ENDED_NATURAL, S.CORRECTED),
    S.ASSISTING: (S.ELIM_PROPOSED, S.ENDED_NATURAL, S.CORRECTED),
    S.ELIM_PROPOSED: (S.ELIM_VISITED, S.ASSISTING),
    S.ELIM_VISITED: (S.ELIM_REVIEWED, S.ASSISTING),
    S.ELIM_REVIEWED: (S.ELIM_PUBLICISED, S.ASSISTING),
    S.ELIM_PUBLICISED: (S.ELIM_TOWN, S.ASSISTING),
    S.ELIM_TOWN: (S.ELIM_COUNTY, S.ASSISTING),
    S.ELIM_COUNTY: (S.ELIMINATED, S.ASSISTING),
    S.ELIMINATED: (S.STABLE, S.ASSISTING),
    S.STABLE: (),
    S.WITHDRAWN: (),
    S.REJECTED: (),
    S.ENDED_NATURAL: (),
    S.CORRECTED: (),
}

# The household counts as monitored from the entry in the register until the risk is eliminated.
MONITORING = frozenset({S.MONITORED, S.PLANNED, S.ASSISTING, *_ELIM})
# An ended episode stays as it is; a new risk or an appeal opens another one.
ENDED = frozenset({S.ELIMINATED, S.STABLE, S.WITHDRAWN, S.REJECTED, S.ENDED_NATURAL, S.CORRECTED})

WRITE, AUDIT, APPROVE = "episodes:write", "episodes:audit", "episodes:approve"
_AUDITED = frozenset({S.TOWN_AUDITED, S.ANNOUNCED, S.ELIM_TOWN})
_APPROVED = frozenset({S.COUNTY_APPROVED, S.ELIM_COUNTY, S.CORRECTED})
_TWO_VISITORS = frozenset({S.VISITED, S.ELIM_VISITED})
# Steps that the plan and the measures take by themselves.
BY_PLAN = frozenset({S.PLANNED})


def scope_for(state: EpisodeState, to: EpisodeState) -> str:
    """Give the scope that a step needs: whoever collects may not audit, whoever audits may not approve.

    Returning or refusing a case is the decision of the level that has it on its desk.
    """
    if to in _APPROVED or (state is S.COUNTY_APPROVED and to in (S.TOWN_AUDITED, S.REJECTED)):
        return APPROVE
    if state is S.TOWN_AUDITED and to in (S.VISITED, S.REJECTED):
        return APPROVE
    if to in _AUDITED or to is S.REJECTED:
        return AUDIT
    return WRITE


@dataclass(frozen=True)
class Step:
    """A step that was taken."""

    state: EpisodeState
    occurred_on: date
    actors: tuple[str, ...]
    record: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class MeasureFact:
    """What elimination needs to know of a measure."""

    category: str
    is_implemented: bool
    fits: frozenset[RiskType]


@dataclass(frozen=True)
class Situation:
    """All that a decision about the next step depends on.

    Attributes:
        per_capita_net: Of the newest income year, in yuan; None when no income is registered.
        statuses: The four statuses that are known: True is safe.
        has_relief: Whether a member has 低保 or 特困.
    """

    state: EpisodeState
    found_on: date
    identified_on: date | None
    risk_types: tuple[RiskType, ...]
    hh_type: HouseholdType
    labour: tuple[LabourLevel, ...]
    steps: tuple[Step, ...]
    clock: Clock
    verifiers_min: int
    monitoring_line: Decimal
    per_capita_net: Decimal | None = None
    statuses: Mapping[str, bool] = field(default_factory=dict)
    measures: tuple[MeasureFact, ...] = ()
    has_plan: bool = False


@dataclass(frozen=True)
class Move:
    """A step that somebody wants to take."""

    to: EpisodeState
    occurred_on: date
    actors: tuple[str, ...]
    record: Mapping[str, Any] = field(default_factory=dict)
    note: str | None = None


@dataclass(frozen=True)
class Refusal:
    """Why a step is not possible. `pointer` is set where the request's own content is at fault."""

    code: str
    message: str
    pointer: str | None = None


def refusals(situation: Situation, move: Move, today: date) -> list[Refusal]:
    """Give everything that stands against a legal step; empty when it may be taken."""
    found = [*_dates(situation, move, today), *_actors(situation, move), *_record(situation, move)]
    precondition = _PRECONDITIONS.get(move.to)
    if precondition is not None:
        found += precondition(situation, move)
    return found


def _dates(situation: Situation, move: Move, today: date) -> list[Refusal]:
    if move.occurred_on > today:
        return [Refusal("occurred_on.future", "日期在将来 / the date is in the future", "/occurred_on")]
    if situation.steps and move.occurred_on < situation.steps[-1].occurred_on:
        message = "早于上一环节的日期 / before the date of the previous step"
        return [Refusal("occurred_on.order", message, "/occurred_on")]
    return []


def _actors(situation: Situation, move: Move) -> list[Refusal]:
    actors = {actor for actor in move.actors if actor.strip()}
    if not actors:
        return [Refusal("actors.missing", "须写明经办人 / name who took the step", "/actors")]
    if move.to in _TWO_VISITORS and len(actors) < situation.verifiers_min:
        least = situation.verifiers_min
        return [Refusal("actors.too_few", f"入户须至少{least}人 / a visit needs {least} persons", "/actors")]
    barred: set[str] = set()
    if scope_for(situation.state, move.to) == AUDIT and move.to in (S.TOWN_AUDITED, S.ELIM_TOWN):
        barred = _actors_of(situation, S.VISITED, S.REVIEWED, S.ELIM_VISITED, S.ELIM_REVIEWED)
    elif move.to in (S.COUNTY_APPROVED, S.ELIM_COUNTY):
        barred = _actors_of(
            situation, S.VISITED, S.REVIEWED, S.TOWN_AUDITED, S.ELIM_VISITED, S.ELIM_REVIEWED, S.ELIM_TOWN
        )
    if actors & barred:
        message = "核实、评议人员不得审核或审定同一户 / who verified a case may not audit or approve it"
        return [Refusal("actors.separation_of_duty", message, "/actors")]
    return []


def _actors_of(situation: Situation, *states: EpisodeState) -> set[str]:
    return {actor for step in situation.steps if step.state in states for actor in step.actors}


_RECORDS: dict[EpisodeState, tuple[tuple[str, str, str], ...]] = {
    S.COMPARED: (("results", "各部门比对结果", "the result of each department's comparison"),),
    S.REVIEWED: (("minutes", "民主评议记录", "the minutes of the review"),),
    S.PUBLICISED: (("place", "公示地点", "where the notice was posted"),),
    S.OBJECTED: (("objection", "异议内容", "the objection"),),
    S.REJECTED: (("reason", "不予纳入理由", "the written reason"),),
    S.WITHDRAWN: (("reason", "撤回原因", "the reason"),),
    S.CORRECTED: (("reason", "清退理由", "the reason"),),
    S.ENDED_NATURAL: (("reason", "减少原因", "the reason"),),
    S.ELIM_PROPOSED: (("mode", "消除方式 assistance 或 natural", "the mode, assistance or natural"),),
    S.ELIM_REVIEWED: (("minutes", "评议记录", "the minutes of the review"),),
    S.ELIM_PUBLICISED: (("place", "公示地点", "where the notice was posted"),),
    S.ELIMINATED: (("contact", "监测联系人", "the contact person afterwards"),),
}


def _record(situation: Situation, move: Move) -> list[Refusal]:
    needed = list(_RECORDS.get(move.to, ()))
    if move.to is S.ASSISTING and situation.state in (*_ELIM, S.ELIMINATED):
        needed.append(("reason", "退回帮扶的原因", "the reason for going back to assistance"))
    if move.to is S.REVIEWED and situation.state is S.OBJECTED:
        needed.append(("finding", "异议核查结论", "the finding about the objection"))
    return [
        Refusal("record.missing", f"record 缺少{chinese} / the record lacks {english}", f"/record/{name}")
        for name, chinese, english in needed
        if move.record.get(name) in (None, "", [], {})
    ]


def _has(situation: Situation, state: EpisodeState) -> bool:
    return any(step.state is state for step in situation.steps)


def consent_of(situation: Situation, move: Move) -> bool:
    """Tell whether the signed application with authorisation to query (承诺授权书) is on record."""
    records = [step.record for step in situation.steps] + [move.record]
    return any(record.get("consent_signed_on") for record in records)


def _reviewed(situation: Situation, _: Move) -> list[Refusal]:
    found: list[Refusal] = []
    if not _has(situation, S.VISITED):
        found.append(Refusal("visit.missing", "尚未入户核实 / the household has not been visited"))
    if not _has(situation, S.COMPARED):
        found.append(Refusal("comparison.missing", "尚未信息比对 / the comparison has not been made"))
    return found


def _publicity_over(posted: EpisodeState) -> Any:
    def check(situation: Situation, move: Move) -> list[Refusal]:
        notice = next((step for step in reversed(situation.steps) if step.state is posted), None)
        if notice is None:
            return [Refusal("publicity.missing", "尚未公示 / there has been no publicity")]
        closes = deadlines.publicity_closes(notice.occurred_on, situation.clock)
        if move.occurred_on < closes:
            days = situation.clock.publicity_days
            message = (
                f"公示须满{days}个整天,最早 {closes} / publicity lasts {days} full days, until {closes} at the earliest"
            )
            return [Refusal("publicity.too_short", message, "/occurred_on")]
        return []

    return check


def decided(situation: Situation, move: Move) -> tuple[MonitorCategory | None, tuple[RiskType, ...], list[Refusal]]:
    """Read the county's decision: the category and the named risks."""
    found: list[Refusal] = []
    category: MonitorCategory | None = None
    try:
        category = MonitorCategory(str(move.record.get("category", "")))
    except ValueError:
        message = "须写明监测对象类别 0、1 或 2 / name the category: 0, 1 or 2"
        found.append(Refusal("category.code", message, "/record/category"))
    if category is not None and not category_fits(category, situation.hh_type):
        message = "监测类别与户类型不符 / category and household type disagree"
        found.append(Refusal("category.conflict", message, "/record/category"))
    if (
        category is MonitorCategory.SUDDEN_DIFFICULTY
        and situation.per_capita_net is not None
        and situation.per_capita_net < situation.monitoring_line
    ):
        message = "突发严重困难户的收入应高于监测线 / the income of category 2 is at or above the line"
        found.append(Refusal("category.income", message, "/record/category"))
    given = move.record.get("risk_types", [str(risk) for risk in situation.risk_types if risk not in UNNAMED_RISKS])
    risks: tuple[RiskType, ...] = ()
    try:
        risks = tuple(RiskType(str(risk)) for risk in (given if isinstance(given, list) else [given]))
    except ValueError:
        found.append(Refusal("risk_types.code", "风险类型代码不存在 / unknown risk type", "/record/risk_types"))
    if any(risk in UNNAMED_RISKS for risk in risks) or (not risks and not found):
        message = "审定时须写明具体风险类型 / the decision must name the risks themselves"
        found.append(Refusal("risk_types.unnamed", message, "/record/risk_types"))
    if len(set(risks)) != len(risks):
        found.append(Refusal("risk_types.duplicate", "风险类型重复 / the same risk twice", "/record/risk_types"))
    if RiskType.OTHER in risks and not (move.note or "").strip():
        found.append(Refusal("note.missing", "风险类型为其他时须写说明 / other needs a note", "/note"))
    return category, risks, found


def _county_approved(situation: Situation, move: Move) -> list[Refusal]:
    found: list[Refusal] = []
    if not consent_of(situation, move):
        message = "缺少申请承诺授权(record.consent_signed_on) / the signed consent is not on record"
        found.append(Refusal("consent.missing", message))
    found += _reviewed(situation, move)
    if not _has(situation, S.REVIEWED):
        found.append(Refusal("minutes.missing", "缺少评议记录 / the minutes of the review are missing"))
    return found + decided(situation, move)[2]


def _planned(situation: Situation, _: Move) -> list[Refusal]:
    return [] if situation.has_plan else [Refusal("plan.missing", "尚未制定帮扶计划 / there is no plan yet")]


def _assisting(situation: Situation, _: Move) -> list[Refusal]:
    if situation.state in (*_ELIM, S.ELIMINATED) or situation.measures:
        return []
    return [Refusal("measure.missing", "尚无帮扶措施 / there is no measure yet")]


def _elim_proposed(situation: Situation, move: Move) -> list[Refusal]:
    """Check the conditions of elimination, all of them (domain rule 4.6)."""
    mode = move.record.get("mode")
    if mode not in ("assistance", "natural"):
        return [Refusal("mode.code", "消除方式应为 assistance 或 natural / unknown mode", "/record/mode")]
    found: list[Refusal] = []
    if situation.per_capita_net is None or situation.per_capita_net < situation.monitoring_line:
        message = "收入未稳定高于当年监测线 / income is not above this year's line"
        found.append(Refusal("income.below_line", message))
    for kind, label in (("education", "义务教育"), ("medical", "医疗"), ("housing", "住房"), ("water", "饮水")):
        if situation.statuses.get(kind) is not True:
            found.append(Refusal(f"status.{kind}", f"{label}安全未确认 / {kind} is not confirmed safe"))
    if labour_class(situation.labour) == "none":
        message = "无劳动能力户暂不标注消除,持续跟踪 / households without labour are kept under watch"
        found.append(Refusal("labour.none", message))
    if mode == "assistance":
        if situation.identified_on is not None:
            earliest = deadlines.earliest_elimination(situation.identified_on, situation.clock)
            if move.occurred_on < earliest:
                message = f"帮扶消除最早 {earliest} / elimination by assistance is possible from {earliest}"
                found.append(Refusal("elimination.too_early", message, "/occurred_on"))
        implemented = {risk for measure in situation.measures if measure.is_implemented for risk in measure.fits}
        found += [
            Refusal(
                "measure.missing", f"风险 {risk.label} 没有已落实的对应措施 / no implemented measure for {risk.english}"
            )
            for risk in situation.risk_types
            if risk not in implemented
        ]
    return found


def _stable(situation: Situation, move: Move) -> list[Refusal]:
    lookbacks = move.record.get("lookbacks")
    stable = (
        [entry for entry in lookbacks if isinstance(entry, Mapping) and entry.get("finding") == "stable"]
        if (isinstance(lookbacks, list))
        else []
    )
    if len(stable) < 4:
        message = "须有四次季度回头看且均稳定 / four stable quarterly look-backs are needed"
        return [Refusal("lookbacks.missing", message, "/record/lookbacks")]
    eliminated = next((step for step in reversed(situation.steps) if step.state is S.ELIMINATED), None)
    if eliminated and move.occurred_on < add_months(eliminated.occurred_on, 12):
        return [Refusal("lookbacks.too_early", "风险消除未满一年 / a year has not passed yet", "/occurred_on")]
    return []


_PRECONDITIONS: dict[EpisodeState, Any] = {
    S.REVIEWED: _reviewed,
    S.TOWN_AUDITED: lambda situation, move: (
        [] if situation.state is S.COUNTY_APPROVED else _publicity_over(S.PUBLICISED)(situation, move)
    ),
    S.COUNTY_APPROVED: _county_approved,
    S.PLANNED: _planned,
    S.ASSISTING: _assisting,
    S.ELIM_PROPOSED: _elim_proposed,
    S.ELIM_TOWN: _publicity_over(S.ELIM_PUBLICISED),
    S.STABLE: _stable,
}


@dataclass(frozen=True)
class Deadline:
    """A duty of the episode and its day."""

    code: str
    title: str
    due_on: date
    done_on: date | None
    is_estimate: bool = False

    def is_overdue(self, today: date) -> bool:
        """Tell whether the day passed without the duty done, or it was done late."""
        return (self.done_on or today) > self.due_on


def legal_next(state: EpisodeState) -> Sequence[EpisodeState]:
    """Give the states that may follow."""
    return TRANSITIONS[state]
