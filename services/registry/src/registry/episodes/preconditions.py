"""What must have happened before a step: the preconditions that rows of `steps.py` name. Pure.

A fact that could not be read is missing here: what is wrong with it was said already.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from pydantic import ValidationError

from contracts.errors import FieldError
from contracts.hard_flaws import HARD_FLAWS
from contracts.parameters import Profile
from contracts.staff import VISITORS_OF
from contracts.vocabulary import EpisodeState, MonitorCategory, RiskType
from registry.episodes import deadlines
from registry.episodes.elimination import CONDITIONS
from registry.episodes.facts import QUERIES, Comparison, Consent, LookBack, Minutes, ObjectionAnswer, Publicity
from registry.episodes.situation import Move, Situation, Taken, refusal
from registry.household import UNNAMED_RISKS, category_fits
from servicekit import persons
from servicekit.calendar import add_months

S = EpisodeState
Check = Callable[[Situation, Move], list[FieldError]]


def both(*checks: Check) -> Check:
    """Give the check that finds what each of these finds."""
    return lambda situation, move: [error for check in checks for error in check(situation, move)]


def has_consent(situation: Situation, move: Move) -> bool:
    """Tell whether the signed application with authorisation to query (承诺授权书) is on record."""
    return "consent" in move.facts or _consent_of(situation) is not None


def lawful_comparison(situation: Situation, move: Move) -> list[FieldError]:
    """Check that the household agreed to what was looked up, and that each department answers once."""
    if not has_consent(situation, move):
        return [refusal("consent.missing")]
    results: list[Comparison] = move.facts.get("results", [])
    found: list[FieldError] = []
    departments = [result.department for result in results]
    for place, department in enumerate(departments):
        if department in departments[:place]:
            found.append(refusal("results.duplicate", f"/record/results/{place}/department"))
    consent: Consent | None = move.facts.get("consent") or _consent_of(situation)
    if consent is not None:
        for place, result in enumerate(results):
            found += _outside(situation.policy, consent, result, f"/record/results/{place}")
    return found + members_of_consent(situation, move)


def _outside(policy: Profile, consent: Consent, result: Comparison, pointer: str) -> list[FieldError]:
    """Give what of a department's comparison the household did not agree to: what was looked up, and when."""
    found: list[FieldError] = []
    asked = [(QUERIES.get(result.department), f"{pointer}/department")]
    if result.answers:
        asked = [
            (HARD_FLAWS[answered.question].query, f"{pointer}/answers/{place}/question")
            for place, answered in enumerate(result.answers)
        ]
    for query, where in asked:
        if query is not None and query not in consent.scope:
            found.append(refusal("consent.scope", where, zh=query.label, en=query.english))
    days = timedelta(days=policy.whole("episodes.consent_days"))
    ends_on = consent.valid_until or consent.signed_on + days
    if not consent.signed_on <= result.compared_on <= ends_on:
        key = "consent.dates"
        found.append(refusal(key, f"{pointer}/compared_on", since=consent.signed_on, until=ends_on))
    return found


def members_of_consent(situation: Situation, move: Move) -> list[FieldError]:
    """Check that a consent covers members of the household and nobody else."""
    consent: Consent | None = move.facts.get("consent")
    return [
        refusal("consent.member", f"/record/consent/members/{place}")
        for place, member in enumerate(consent.members if consent else ())
        if str(member) not in situation.members
    ]


def answered(situation: Situation, move: Move) -> list[FieldError]:
    """Check that whoever raised an objection was told what became of it; who is anonymous cannot be."""
    answer: ObjectionAnswer | None = move.facts.get("finding")
    raised = situation.steps[-1].record.get("objection") if situation.steps else None
    by = raised.get("by") if isinstance(raised, dict) else None  # the first release kept a text
    if answer is not None and answer.told_on is None and by in ("villager", "organisation"):
        return [refusal("finding.untold", "/record/finding/told_on")]
    return []


def _consent_of(situation: Situation) -> Consent | None:
    given = next((step.record["consent"] for step in reversed(situation.steps) if step.record.get("consent")), None)
    return Consent.model_validate(given) if given is not None else None


def visit_and_comparison(situation: Situation, _: Move) -> list[FieldError]:
    """Check that the household was visited and compared, in whatever order."""
    found: list[FieldError] = []
    if situation.newest(S.VISITED) is None:
        found.append(refusal("visit.missing"))
    if situation.newest(S.COMPARED) is None:
        found.append(refusal("comparison.missing"))
    return found


def votes(situation: Situation, move: Move) -> list[FieldError]:
    """Check that the review was held in its turn, with its quorum, and agreed.

    Source: 村民委员会组织法 art. 26: two thirds of the members, more than half of those present.
    """
    minutes: Minutes | None = move.facts.get("minutes")
    if minutes is None:
        return []
    found: list[FieldError] = []
    if situation.steps and minutes.held_on < situation.steps[-1].occurred_on:
        found.append(refusal("minutes.early", "/record/minutes/held_on"))
    share = situation.policy.number("episodes.review_quorum")
    if minutes.present < share * minutes.members:
        numbers = {"present": minutes.present, "members": minutes.members, "share": share}
        found.append(refusal("minutes.quorum", "/record/minutes/present", **numbers))
    if minutes.votes_for * 2 <= minutes.present:
        found.append(refusal("minutes.majority", "/record/minutes/votes_for"))
    return found


def notice(situation: Situation, move: Move) -> list[FieldError]:
    """Check that the notice begins on the day of the step and stays up for the days that policy asks."""
    posted: Publicity | None = move.facts.get("publicity")
    if posted is None:
        return []
    if posted.starts_on != move.occurred_on:
        return [refusal("publicity.start", "/record/publicity/starts_on")]
    days = situation.policy.whole("clock.publicity_days")
    least = posted.starts_on + timedelta(days=days)
    if posted.ends_on < least:
        return [refusal("publicity.planned", "/record/publicity/ends_on", days=days, least=least)]
    return []


def publicity_over(posted: EpisodeState) -> Check:
    """Give the check that the newest notice of a kind was up long enough, by its dates and by our own clock."""

    def check(situation: Situation, move: Move) -> list[FieldError]:
        notice_ = situation.newest(posted)
        if notice_ is None:
            return [refusal("publicity.missing")]
        closes = max(deadlines.publicity_closes(notice_.occurred_on, situation.policy), _day_after(notice_))
        if move.occurred_on < closes:
            days = situation.policy.whole("clock.publicity_days")
            return [refusal("publicity.too_short", "/occurred_on", days=days, closes=closes)]
        days = situation.policy.whole("episodes.publicity_recorded_days")
        earliest = notice_.recorded_on + timedelta(days=days)
        if move.recorded_on < earliest:
            return [refusal("publicity.recorded", on=notice_.recorded_on, days=days, earliest=earliest)]
        return []

    return check


def _day_after(notice_: Taken) -> date:
    try:
        return Publicity.model_validate(notice_.record.get("publicity")).ends_on + timedelta(days=1)
    except ValidationError:  # the first release kept the place alone
        return notice_.occurred_on


def decided(situation: Situation, move: Move) -> tuple[MonitorCategory | None, tuple[RiskType, ...], list[FieldError]]:
    """Read the county's decision: the category and the named risks."""
    found: list[FieldError] = []
    category: MonitorCategory | None = move.facts.get("category")
    if category is not None and not category_fits(category, situation.hh_type):
        found.append(refusal("category.conflict", "/record/category"))
    if category is MonitorCategory.SUDDEN_DIFFICULTY and situation.is_below_line:
        found.append(refusal("category.income", "/record/category"))
    known = [risk for risk in situation.risk_types if risk not in UNNAMED_RISKS]
    risks: tuple[RiskType, ...] = tuple(move.facts.get("risk_types", known))
    if any(risk in UNNAMED_RISKS for risk in risks) or not risks:
        found.append(refusal("risk_types.unnamed", "/record/risk_types"))
    if len(set(risks)) != len(risks):
        found.append(refusal("risk_types.duplicate", "/record/risk_types"))
    if RiskType.OTHER in risks and not (move.note or "").strip():
        found.append(refusal("note.missing", "/note"))
    return category, risks, found


def approval(situation: Situation, move: Move) -> list[FieldError]:
    """Check all that the county's decision rests on, and the decision itself."""
    found: list[FieldError] = []
    if not has_consent(situation, move):
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
    """Check the conditions of elimination, all of them (see `elimination`)."""
    return [fault for condition in CONDITIONS for fault in condition.check(situation, move)]


def as_proposed(situation: Situation, move: Move) -> list[FieldError]:
    """Check that the exit is the one that was proposed."""
    to = S(situation.steps[-1].record["exit"]["to"])
    return [] if to is move.to else [refusal("exit.other", "/to", zh=to.label, en=to.english)]


def where_it_was(situation: Situation, move: Move) -> list[FieldError]:
    """Check that a proposal to exit that is not accepted leads back to the state before it."""
    before = situation.steps[-1].previous
    if situation.state is not S.EXIT_PROPOSED or before is None or before is move.to:
        return []
    return [refusal("return.other", "/to", zh=before.label, en=before.english)]


def lookback_due(situation: Situation, move: Move) -> list[FieldError]:
    """Check that some weeks lie between two look-backs, by their dates and by our own clock."""
    days = situation.policy.whole("episodes.lookback_gap_days")
    last = situation.steps[-1]
    occurs, records = last.occurred_on + timedelta(days=days), last.recorded_on + timedelta(days=days)
    if move.occurred_on < occurs or move.recorded_on < records:
        return [refusal("lookback.too_early", "/occurred_on", days=days, earliest=max(occurs, records))]
    return []


def both_levels(situation: Situation, move: Move) -> list[FieldError]:
    """Check that those who took the look-back were there, since the step before, each for the level that is named."""
    found: LookBack | None = move.facts.get("lookback")
    if found is None:
        return []
    faults: list[FieldError] = []
    if found.persons != {persons.one_form(actor) for actor in move.actors}:
        faults.append(refusal("lookback.actors", "/actors"))
    for number, visit in enumerate(found.visits):
        pointer = f"/record/lookback/visits/{number}"
        if visit.visited_on <= situation.steps[-1].occurred_on:
            faults.append(refusal("lookback.before", f"{pointer}/visited_on"))
        if persons.is_person(move.client_id):
            place = persons.Place(situation.area_code, visit.visited_on, situation.grid)
            roles = VISITORS_OF[visit.level]
            faults += persons.faults(visit.persons, situation.people, place, f"{pointer}/persons", roles=roles)
    return faults


def lookbacks(situation: Situation, move: Move) -> list[FieldError]:
    """Check that a year of look-backs found the household stable, each recorded in its time."""
    count = situation.policy.whole("episodes.lookbacks")
    stable = 0
    for taken in situation.since(S.ELIMINATED):
        stable = stable + 1 if taken.record["lookback"]["finding"] == "stable" else 0
    if stable < count:
        return [refusal("lookbacks.missing", count=count, found=stable)]
    eliminated = situation.newest(S.ELIMINATED)
    if eliminated and move.occurred_on < add_months(eliminated.occurred_on, 12):
        return [refusal("lookbacks.too_early", "/occurred_on")]
    return []
