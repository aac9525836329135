"""The state machine of episodes as tables, with no database."""

from __future__ import annotations

import inspect
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from contracts.parameters import NATION, resolve
from contracts.vocabulary import EpisodeState as S
from contracts.vocabulary import HouseholdType, LabourLevel, RiskType
from registry.episodes import preconditions, rules
from registry.episodes.preconditions import decided
from registry.episodes.situation import Move, Situation, Taken
from registry.episodes.steps import APPROVE, AUDIT, STEPS, WRITE, Step, is_return, legal_next, record_of, scope_for
from registry.episodes.texts import REFUSALS

POLICY = resolve([], NATION, date(2026, 11, 21))
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
            policy=POLICY,
        ),
        **changes,
    )


def codes(case: Situation, move: Move) -> set[str]:
    return {refusal.code for refusal in rules.refusals(case, move, TODAY)}


def test_exactly_the_legal_transitions_exist_between_the_steps_of_the_procedure() -> None:
    """F-A02. A step that came later stands in the table only."""
    table = {
        S(left): {S(right) for right in rights.split()}
        for left, rights in (line.split("->") for line in LEGAL.split("\n") if line)
    }
    known = table.keys() | {state for follows in table.values() for state in follows}
    assert {state: follows for state in known if (follows := known & set(legal_next(state)))} == table


def test_every_state_has_its_row_and_is_reached() -> None:
    assert STEPS.keys() == set(S)
    reached = {to for state in S for to in legal_next(state)}
    assert set(S) - reached == {S.APPLIED}


@pytest.mark.parametrize("step", STEPS.values(), ids=lambda step: step.to)
def test_a_row_agrees_with_itself(step: Step) -> None:
    assert not (step.ends and step.monitors), "an ended episode is not monitored"
    assert not (step.ends and step.deadline), "nothing is due of an ended episode"
    assert step.ends or legal_next(step.to), "only an ended episode has no next step"
    assert step.to.label
    assert step.to.english
    for state in S:
        if step.to in legal_next(state):
            assert scope_for(state, step.to) in (WRITE, AUDIT, APPROVE)
            assert record_of(state, step.to) == (
                step.back.record if is_return(state, step.to) and step.back else step.record
            )


@pytest.mark.parametrize("step", STEPS.values(), ids=lambda step: step.to)
def test_a_step_without_what_it_must_put_on_file_is_refused_by_name(step: Step) -> None:
    for state in (state for state in S if step.to in legal_next(state)):
        move = Move(step.to, TODAY, ("someone", "else"))
        missing = {
            refusal.pointer
            for refusal in rules.refusals(situation(state), move, TODAY)
            if refusal.code == "record.missing"
        }
        assert missing == {f"/record/{entry.name}" for entry in record_of(state, step.to)}


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
    assert scope_for(state, to) == scope


@pytest.mark.parametrize(
    ("closed_on", "is_refused"), [(date(2026, 11, 15), True), (date(2026, 11, 16), False), (date(2026, 11, 20), False)]
)
def test_publicity_lasts_five_full_days(closed_on: date, is_refused: bool) -> None:
    """Posted on the 10th: the 11th to the 15th are the five full days, the 16th is the first to close."""
    steps = (Taken(S.PUBLICISED, date(2026, 11, 10), ("v",)),)
    case = situation(S.PUBLICISED, steps=steps)
    assert ("publicity.too_short" in codes(case, Move(S.TOWN_AUDITED, closed_on, ("t",)))) is is_refused


def test_only_the_last_publicity_counts_after_an_objection() -> None:
    steps = (
        Taken(S.PUBLICISED, date(2026, 11, 1), ("v",)),
        Taken(S.OBJECTED, date(2026, 11, 8), ("v",)),
        Taken(S.PUBLICISED, date(2026, 11, 18), ("v",)),
    )
    assert "publicity.too_short" in codes(
        situation(S.PUBLICISED, steps=steps), Move(S.TOWN_AUDITED, date(2026, 11, 20), ("t",))
    )


def test_review_needs_visit_and_comparison_also_in_parallel_mode() -> None:
    move = Move(S.REVIEWED, TODAY, ("v",), {"minutes": "x"})
    assert codes(situation(S.COMPARED, steps=(Taken(S.COMPARED, TODAY, ("m",)),)), move) == {"visit.missing"}
    both = (Taken(S.COMPARED, TODAY, ("m",)), Taken(S.VISITED, TODAY, ("a", "b")))
    assert codes(situation(S.COMPARED, steps=both), move) == set()


def eliminable(**changes: Any) -> Situation:
    return situation(
        S.ASSISTING,
        per_capita_net=Decimal(9000),
        statuses=dict.fromkeys(("education", "medical", "housing", "water"), True),
        answered=frozenset({RiskType.ILLNESS}),
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
    assert codes(replace(eliminable(), answered=frozenset()), PROPOSAL) == {"measure.missing"}
    assert codes(replace(eliminable(), has_measure=True, answered=frozenset()), PROPOSAL) == {"measure.missing"}
    early = replace(eliminable(), identified_on=date(2026, 5, 22))
    assert codes(early, PROPOSAL) == {"elimination.too_early"}
    natural = replace(PROPOSAL, record={"mode": "natural"})
    assert codes(replace(early, answered=frozenset()), natural) == set(), (
        "natural elimination needs no measure and no half year"
    )
    assert codes(eliminable(), replace(PROPOSAL, record={"mode": "quick"})) == {"mode.code"}


def test_stability_needs_four_stable_lookbacks_and_a_year() -> None:
    """F-A10."""
    steps = (Taken(S.ELIMINATED, date(2025, 11, 21), ("v",)),)
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
    assert [refusal.code for refusal in decided(poor, move)[2]] == ["category.income"]
    assert decided(rich, move)[2] == []


def test_other_as_a_risk_needs_a_note() -> None:
    move = Move(S.COUNTY_APPROVED, TODAY, ("c",), {"category": "0", "risk_types": ["99"]})
    assert [refusal.code for refusal in decided(situation(S.TOWN_AUDITED), move)[2]] == ["note.missing"]
    assert decided(situation(S.TOWN_AUDITED), replace(move, note="赡养纠纷"))[2] == []


def test_deadlines_follow_the_state() -> None:
    def due_on(state: S, identified_on: date | None) -> date | None:
        deadline = STEPS[state].deadline
        return deadline.due(POLICY, date(2026, 11, 1), identified_on) if deadline else None

    assert due_on(S.PUBLICISED, None) == date(2026, 11, 16)
    assert due_on(S.MONITORED, date(2026, 11, 10)) == date(2026, 11, 20)
    assert due_on(S.PLANNED, date(2026, 11, 10)) == date(2026, 12, 10)
    assert due_on(S.ASSISTING, date(2026, 11, 10)) is None


@pytest.mark.parametrize("module", [rules, preconditions], ids=lambda module: module.__name__)
def test_every_refusal_has_its_text(module: Any) -> None:
    used = set(re.findall(r'refusal\("([^"]+)"', inspect.getsource(module)))
    assert used
    assert used <= REFUSALS.keys()
    assert {f"status.{kind}" for kind in ("education", "medical", "housing", "water")} <= REFUSALS.keys()
