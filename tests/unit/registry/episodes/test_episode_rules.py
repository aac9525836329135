"""The state machine of episodes as tables, with no database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from contracts.vocabulary import EpisodeState as S
from contracts.vocabulary import HouseholdType, LabourLevel, RiskType
from registry.episodes import deadlines, rules
from registry.episodes.deadlines import Clock
from registry.episodes.rules import MeasureFact, Move, Situation, Step
from servicekit.calendar import Limit

CLOCK = Clock(Limit(15), 5, 10, 30, 6, 6)
TODAY = date(2026, 11, 21)

LEGAL = """
APPLIED->VISITED COMPARED WITHDRAWN
VISITED->COMPARED REJECTED
COMPARED->REVIEWED VISITED REJECTED
REVIEWED->PUBLICISED REJECTED
PUBLICISED->TOWN_AUDITED OBJECTED
OBJECTED->REVIEWED REJECTED
TOWN_AUDITED->COUNTY_APPROVED VISITED REJECTED
COUNTY_APPROVED->ANNOUNCED TOWN_AUDITED REJECTED
ANNOUNCED->MONITORED
MONITORED->PLANNED ENDED_NATURAL CORRECTED
PLANNED->ASSISTING ENDED_NATURAL CORRECTED
ASSISTING->ELIM_PROPOSED ENDED_NATURAL CORRECTED
ELIM_PROPOSED->ELIM_VISITED ASSISTING
ELIM_VISITED->ELIM_REVIEWED ASSISTING
ELIM_REVIEWED->ELIM_PUBLICISED ASSISTING
ELIM_PUBLICISED->ELIM_TOWN ASSISTING
ELIM_TOWN->ELIM_COUNTY ASSISTING
ELIM_COUNTY->ELIMINATED ASSISTING
ELIMINATED->STABLE ASSISTING
"""


def situation(state: S, **changes: Any) -> Situation:
    return replace(
        Situation(
            state=state,
            found_on=date(2026, 11, 1),
            identified_on=date(2026, 1, 10),
            risk_types=(RiskType.ILLNESS,),
            hh_type=HouseholdType.FORMER_POOR,
            labour=(LabourLevel.ORDINARY,),
            steps=(),
            clock=CLOCK,
            verifiers_min=2,
            monitoring_line=Decimal(8500),
        ),
        **changes,
    )


def codes(case: Situation, move: Move) -> set[str]:
    return {refusal.code for refusal in rules.refusals(case, move, TODAY)}


def test_exactly_the_legal_transitions_exist() -> None:
    """F-A02."""
    table = {
        S(left): tuple(S(right) for right in rights.split())
        for left, rights in (line.split("->") for line in LEGAL.split("\n") if line)
    }
    assert {state: to for state, to in rules.TRANSITIONS.items() if to} == table
    assert rules.TRANSITIONS.keys() == set(S)


def test_an_ended_episode_is_not_monitored() -> None:
    assert not rules.ENDED & rules.MONITORING
    assert {state for state, to in rules.TRANSITIONS.items() if not to} <= rules.ENDED


@pytest.mark.parametrize(
    ("state", "to", "scope"),
    [
        (S.APPLIED, S.VISITED, "episodes:write"),
        (S.PUBLICISED, S.TOWN_AUDITED, "episodes:audit"),
        (S.COUNTY_APPROVED, S.ANNOUNCED, "episodes:audit"),
        (S.ELIM_PUBLICISED, S.ELIM_TOWN, "episodes:audit"),
        (S.TOWN_AUDITED, S.COUNTY_APPROVED, "episodes:approve"),
        (S.ELIM_TOWN, S.ELIM_COUNTY, "episodes:approve"),
        (S.ASSISTING, S.CORRECTED, "episodes:approve"),
        (S.TOWN_AUDITED, S.VISITED, "episodes:approve"),
        (S.TOWN_AUDITED, S.REJECTED, "episodes:approve"),
        (S.COUNTY_APPROVED, S.TOWN_AUDITED, "episodes:approve"),
        (S.VISITED, S.REJECTED, "episodes:audit"),
        (S.ANNOUNCED, S.MONITORED, "episodes:write"),
    ],
)
def test_each_level_has_its_own_steps(state: S, to: S, scope: str) -> None:
    assert rules.scope_for(state, to) == scope


@pytest.mark.parametrize(
    ("closed_on", "is_refused"), [(date(2026, 11, 15), True), (date(2026, 11, 16), False), (date(2026, 11, 20), False)]
)
def test_publicity_lasts_five_full_days(closed_on: date, is_refused: bool) -> None:
    """Posted on the 10th: the 11th to the 15th are the five full days, the 16th is the first to close."""
    steps = (Step(S.PUBLICISED, date(2026, 11, 10), ("v",)),)
    case = situation(S.PUBLICISED, steps=steps)
    assert ("publicity.too_short" in codes(case, Move(S.TOWN_AUDITED, closed_on, ("t",)))) is is_refused


def test_only_the_last_publicity_counts_after_an_objection() -> None:
    steps = (
        Step(S.PUBLICISED, date(2026, 11, 1), ("v",)),
        Step(S.OBJECTED, date(2026, 11, 8), ("v",)),
        Step(S.PUBLICISED, date(2026, 11, 18), ("v",)),
    )
    assert "publicity.too_short" in codes(
        situation(S.PUBLICISED, steps=steps), Move(S.TOWN_AUDITED, date(2026, 11, 20), ("t",))
    )


def test_review_needs_visit_and_comparison_also_in_parallel_mode() -> None:
    move = Move(S.REVIEWED, TODAY, ("v",), {"minutes": "x"})
    assert codes(situation(S.COMPARED, steps=(Step(S.COMPARED, TODAY, ("m",)),)), move) == {"visit.missing"}
    both = (Step(S.COMPARED, TODAY, ("m",)), Step(S.VISITED, TODAY, ("a", "b")))
    assert codes(situation(S.COMPARED, steps=both), move) == set()


def eliminable(**changes: Any) -> Situation:
    return situation(
        S.ASSISTING,
        per_capita_net=Decimal(9000),
        statuses=dict.fromkeys(("education", "medical", "housing", "water"), True),
        measures=(MeasureFact("M07", True, frozenset({RiskType.ILLNESS})),),
        **changes,
    )


PROPOSAL = Move(S.ELIM_PROPOSED, TODAY, ("v",), {"mode": "assistance"})


def test_elimination_needs_every_condition() -> None:
    """Domain rule 4.6."""
    assert codes(eliminable(), PROPOSAL) == set()
    assert codes(replace(eliminable(), per_capita_net=Decimal("8499.99")), PROPOSAL) == {"income.below_line"}
    assert codes(replace(eliminable(), per_capita_net=None), PROPOSAL) == {"income.below_line"}
    assert codes(replace(eliminable(), statuses={"education": True}), PROPOSAL) == {
        "status.medical",
        "status.housing",
        "status.water",
    }
    assert codes(replace(eliminable(), labour=(LabourLevel.NONE, LabourLevel.LOST)), PROPOSAL) == {"labour.none"}
    assert codes(replace(eliminable(), measures=()), PROPOSAL) == {"measure.missing"}
    planned = (MeasureFact("M07", False, frozenset({RiskType.ILLNESS})),)
    assert codes(replace(eliminable(), measures=planned), PROPOSAL) == {"measure.missing"}
    early = replace(eliminable(), identified_on=date(2026, 5, 22))
    assert codes(early, PROPOSAL) == {"elimination.too_early"}
    natural = replace(PROPOSAL, record={"mode": "natural"})
    assert codes(replace(early, measures=()), natural) == set(), "natural elimination needs no measure and no half year"
    assert codes(eliminable(), replace(PROPOSAL, record={"mode": "quick"})) == {"mode.code"}


def test_stability_needs_four_stable_lookbacks_and_a_year() -> None:
    """F-A10."""
    steps = (Step(S.ELIMINATED, date(2025, 11, 21), ("v",)),)
    four = {"lookbacks": [{"finding": "stable"}] * 4}
    case = situation(S.ELIMINATED, steps=steps)
    assert codes(case, Move(S.STABLE, TODAY, ("v",), four)) == set()
    assert codes(case, Move(S.STABLE, date(2026, 11, 20), ("v",), four)) == {"lookbacks.too_early"}
    three = {"lookbacks": [{"finding": "stable"}] * 3 + [{"finding": "relapse"}]}
    assert codes(case, Move(S.STABLE, TODAY, ("v",), three)) == {"lookbacks.missing"}
    assert codes(case, Move(S.STABLE, TODAY, ("v",))) == {"lookbacks.missing"}


def test_category_two_is_for_households_above_the_line() -> None:
    """F-A32: sudden serious difficulty means income at or above the monitoring line."""
    move = Move(S.COUNTY_APPROVED, TODAY, ("c",), {"category": "2"})
    poor, rich = (situation(S.TOWN_AUDITED, per_capita_net=Decimal(value)) for value in (8499, 8500))
    assert [refusal.code for refusal in rules.decided(poor, move)[2]] == ["category.income"]
    assert rules.decided(rich, move)[2] == []


def test_other_as_a_risk_needs_a_note() -> None:
    move = Move(S.COUNTY_APPROVED, TODAY, ("c",), {"category": "0", "risk_types": ["99"]})
    assert [refusal.code for refusal in rules.decided(situation(S.TOWN_AUDITED), move)[2]] == ["note.missing"]
    assert rules.decided(situation(S.TOWN_AUDITED), replace(move, note="赡养纠纷"))[2] == []


def test_deadlines_follow_the_state() -> None:
    common: dict[str, Any] = {"found_on": date(2026, 11, 1), "clock": CLOCK}
    assert deadlines.due_on(S.PUBLICISED, identified_on=None, **common) == date(2026, 11, 16)
    assert deadlines.due_on(S.MONITORED, identified_on=date(2026, 11, 10), **common) == date(2026, 11, 20)
    assert deadlines.due_on(S.PLANNED, identified_on=date(2026, 11, 10), **common) == date(2026, 12, 10)
    assert deadlines.due_on(S.ASSISTING, identified_on=date(2026, 11, 10), **common) is None
