"""What must have happened before a step: the preconditions that rows of `steps.py` name. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from contracts.errors import FieldError
from contracts.vocabulary import EpisodeState, MonitorCategory, RiskType
from registry.episodes import deadlines
from registry.episodes.situation import Move, Situation, refusal
from registry.household import UNNAMED_RISKS, category_fits, labour_class
from servicekit.calendar import add_months

S = EpisodeState


def consent_of(situation: Situation, move: Move) -> bool:
    """Tell whether the signed application with authorisation to query (承诺授权书) is on record."""
    records = [step.record for step in situation.steps] + [move.record]
    return any(record.get("consent_signed_on") for record in records)


def visit_and_comparison(situation: Situation, _: Move) -> list[FieldError]:
    """Check that the household was visited and compared, in whatever order."""
    found: list[FieldError] = []
    if situation.newest(S.VISITED) is None:
        found.append(refusal("visit.missing"))
    if situation.newest(S.COMPARED) is None:
        found.append(refusal("comparison.missing"))
    return found


def publicity_over(posted: EpisodeState) -> Callable[[Situation, Move], list[FieldError]]:
    """Give the check that the newest notice of a kind was up long enough."""

    def check(situation: Situation, move: Move) -> list[FieldError]:
        notice = situation.newest(posted)
        if notice is None:
            return [refusal("publicity.missing")]
        closes = deadlines.publicity_closes(notice.occurred_on, situation.policy)
        if move.occurred_on < closes:
            days = situation.policy.whole("clock.publicity_days")
            return [refusal("publicity.too_short", "/occurred_on", days=days, closes=closes)]
        return []

    return check


def decided(situation: Situation, move: Move) -> tuple[MonitorCategory | None, tuple[RiskType, ...], list[FieldError]]:
    """Read the county's decision: the category and the named risks."""
    found: list[FieldError] = []
    category: MonitorCategory | None = None
    try:
        category = MonitorCategory(str(move.record.get("category", "")))
    except ValueError:
        found.append(refusal("category.code", "/record/category"))
    if category is not None and not category_fits(category, situation.hh_type):
        found.append(refusal("category.conflict", "/record/category"))
    if category is MonitorCategory.SUDDEN_DIFFICULTY and situation.is_below_line:
        found.append(refusal("category.income", "/record/category"))
    given = move.record.get("risk_types", [str(risk) for risk in situation.risk_types if risk not in UNNAMED_RISKS])
    risks: tuple[RiskType, ...] = ()
    try:
        risks = tuple(RiskType(str(risk)) for risk in (given if isinstance(given, list) else [given]))
    except ValueError:
        found.append(refusal("risk_types.code", "/record/risk_types"))
    if any(risk in UNNAMED_RISKS for risk in risks) or (not risks and not found):
        found.append(refusal("risk_types.unnamed", "/record/risk_types"))
    if len(set(risks)) != len(risks):
        found.append(refusal("risk_types.duplicate", "/record/risk_types"))
    if RiskType.OTHER in risks and not (move.note or "").strip():
        found.append(refusal("note.missing", "/note"))
    return category, risks, found


def approval(situation: Situation, move: Move) -> list[FieldError]:
    """Check all that the county's decision rests on, and the decision itself."""
    found: list[FieldError] = []
    if not consent_of(situation, move):
        found.append(refusal("consent.missing"))
    found += visit_and_comparison(situation, move)
    if situation.newest(S.REVIEWED) is None:
        found.append(refusal("minutes.missing"))
    return found + decided(situation, move)[2]


def plan(situation: Situation, _: Move) -> list[FieldError]:
    """Check that there is a plan."""
    return [] if situation.has_plan else [refusal("plan.missing")]


def measure(situation: Situation, _: Move) -> list[FieldError]:
    """Check that there is a measure."""
    return [] if situation.has_measure else [refusal("measure.missing")]


def elimination(situation: Situation, move: Move) -> list[FieldError]:
    """Check the conditions of elimination, all of them (domain rule 4.6)."""
    mode = move.record.get("mode")
    if mode not in ("assistance", "natural"):
        return [refusal("mode.code", "/record/mode")]
    found: list[FieldError] = []
    if situation.per_capita_net is None or situation.is_below_line:
        found.append(refusal("income.below_line"))
    unsafe = (kind for kind in ("education", "medical", "housing", "water") if situation.statuses.get(kind) is not True)
    found += [refusal(f"status.{kind}") for kind in unsafe]
    if labour_class(situation.labour) == "none":
        found.append(refusal("labour.none"))
    if mode == "assistance":
        if situation.identified_on is not None:
            earliest = deadlines.earliest_elimination(situation.identified_on, situation.policy)
            if move.occurred_on < earliest:
                found.append(refusal("elimination.too_early", "/occurred_on", earliest=earliest))
        found += [
            refusal("measure.missing:risk", zh=risk.label, en=risk.english)
            for risk in situation.risk_types
            if risk not in situation.answered
        ]
    return found


def four_lookbacks(situation: Situation, move: Move) -> list[FieldError]:
    """Check that a year of quarterly look-backs found the household stable."""
    lookbacks = move.record.get("lookbacks")
    stable = (
        [entry for entry in lookbacks if isinstance(entry, Mapping) and entry.get("finding") == "stable"]
        if (isinstance(lookbacks, list))
        else []
    )
    if len(stable) < 4:
        return [refusal("lookbacks.missing", "/record/lookbacks")]
    eliminated = situation.newest(S.ELIMINATED)
    if eliminated and move.occurred_on < add_months(eliminated.occurred_on, 12):
        return [refusal("lookbacks.too_early", "/occurred_on")]
    return []
