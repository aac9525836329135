"""What must have happened before a step: the preconditions that rows of `steps.py` name. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from contracts.vocabulary import EpisodeState, MonitorCategory, RiskType
from registry.episodes import deadlines
from registry.episodes.situation import Move, Refusal, Situation
from registry.household import UNNAMED_RISKS, category_fits, labour_class
from servicekit.calendar import add_months

S = EpisodeState


def consent_of(situation: Situation, move: Move) -> bool:
    """Tell whether the signed application with authorisation to query (承诺授权书) is on record."""
    records = [step.record for step in situation.steps] + [move.record]
    return any(record.get("consent_signed_on") for record in records)


def visit_and_comparison(situation: Situation, _: Move) -> list[Refusal]:
    """Check that the household was visited and compared, in whatever order."""
    found: list[Refusal] = []
    if situation.newest(S.VISITED) is None:
        found.append(Refusal("visit.missing", "尚未入户核实 / the household has not been visited"))
    if situation.newest(S.COMPARED) is None:
        found.append(Refusal("comparison.missing", "尚未信息比对 / the comparison has not been made"))
    return found


def publicity_over(posted: EpisodeState) -> Callable[[Situation, Move], list[Refusal]]:
    """Give the check that the newest notice of a kind was up long enough."""

    def check(situation: Situation, move: Move) -> list[Refusal]:
        notice = situation.newest(posted)
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


def approval(situation: Situation, move: Move) -> list[Refusal]:
    """Check all that the county's decision rests on, and the decision itself."""
    found: list[Refusal] = []
    if not consent_of(situation, move):
        message = "缺少申请承诺授权(record.consent_signed_on) / the signed consent is not on record"
        found.append(Refusal("consent.missing", message))
    found += visit_and_comparison(situation, move)
    if situation.newest(S.REVIEWED) is None:
        found.append(Refusal("minutes.missing", "缺少评议记录 / the minutes of the review are missing"))
    return found + decided(situation, move)[2]


def plan(situation: Situation, _: Move) -> list[Refusal]:
    """Check that there is a plan."""
    return [] if situation.has_plan else [Refusal("plan.missing", "尚未制定帮扶计划 / there is no plan yet")]


def measure(situation: Situation, _: Move) -> list[Refusal]:
    """Check that there is a measure."""
    return [] if situation.has_measure else [Refusal("measure.missing", "尚无帮扶措施 / there is no measure yet")]


def elimination(situation: Situation, move: Move) -> list[Refusal]:
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
        found += [
            Refusal(
                "measure.missing", f"风险 {risk.label} 没有已落实的对应措施 / no implemented measure for {risk.english}"
            )
            for risk in situation.risk_types
            if risk not in situation.answered
        ]
    return found


def four_lookbacks(situation: Situation, move: Move) -> list[Refusal]:
    """Check that a year of quarterly look-backs found the household stable."""
    lookbacks = move.record.get("lookbacks")
    stable = (
        [entry for entry in lookbacks if isinstance(entry, Mapping) and entry.get("finding") == "stable"]
        if (isinstance(lookbacks, list))
        else []
    )
    if len(stable) < 4:
        message = "须有四次季度回头看且均稳定 / four stable quarterly look-backs are needed"
        return [Refusal("lookbacks.missing", message, "/record/lookbacks")]
    eliminated = situation.newest(S.ELIMINATED)
    if eliminated and move.occurred_on < add_months(eliminated.occurred_on, 12):
        return [Refusal("lookbacks.too_early", "风险消除未满一年 / a year has not passed yet", "/occurred_on")]
    return []
