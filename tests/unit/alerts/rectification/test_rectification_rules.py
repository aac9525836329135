"""What may become of a problem, whose duty it is, and who must not judge it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.rectification import rules
from alerts.rectification.rules import Action, Case, Said
from contracts.duties import Closed
from contracts.supervision import ProblemState

TODAY = date(2026, 11, 10)
OPEN, RECTIFYING, SUBMITTED, CLEARED, LOOKED_BACK = ProblemState
COUNTY, TOWN, VILLAGE = "990101000000", "990101101000", "990101101201"
ALLOWED: dict[Action, dict[ProblemState, ProblemState]] = {
    "amended": {OPEN: OPEN, RECTIFYING: RECTIFYING},
    "progress": {OPEN: RECTIFYING, RECTIFYING: RECTIFYING},
    "submitted": {RECTIFYING: SUBMITTED},
    "returned": {SUBMITTED: RECTIFYING},
    "cleared": {SUBMITTED: CLEARED},
    "looked_back": {CLEARED: LOOKED_BACK},
    "recurred": {CLEARED: RECTIFYING, LOOKED_BACK: RECTIFYING},
    "reopened": {CLEARED: RECTIFYING, LOOKED_BACK: RECTIFYING},
}


@pytest.mark.parametrize("action", ALLOWED)
@pytest.mark.parametrize("state", ProblemState)
def test_a_step_leads_on_from_the_states_that_allow_it(action: Action, state: ProblemState) -> None:
    assert rules.after(action, state) == ALLOWED[action].get(state)


@given(st.lists(st.sampled_from(sorted(set(get_args(Action)) - {"registered"}))))
def test_nothing_is_cleared_that_was_not_handed_in_since_it_was_last_to_be_done(actions: list[Action]) -> None:
    state, handed_in = OPEN, False
    for action in actions:
        leads_to = rules.after(action, state)
        if leads_to is None:
            continue
        state = leads_to
        handed_in = action in ("submitted", "cleared", "looked_back")
        assert (state in (SUBMITTED, CLEARED, LOOKED_BACK)) == handed_in


@pytest.mark.parametrize(
    ("area", "department", "unit"),
    [
        (COUNTY, "AGR", "990101000000/AGR"),
        (VILLAGE, "AGR", "990101000000/AGR"),
        (VILLAGE, None, TOWN),
        (TOWN, None, TOWN),
    ],
)
def test_a_unit_is_a_department_of_a_county_or_a_township(area: str, department: str | None, unit: str) -> None:
    assert rules.unit_of(area, department) == unit


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, []),
        ({"due_on": TODAY - timedelta(days=1), "found_on": TODAY - timedelta(days=900)}, []),
        ({"department": None}, ["department.missing"]),
        ({"department": None, "area_code": TOWN}, []),
        ({"found_on": TODAY + timedelta(days=1)}, ["found_on.future"]),
        ({"due_on": TODAY - timedelta(days=1)}, ["due_on.before"]),
    ],
)
def test_what_is_said_of_a_problem_goes_together(changes: dict[str, Any], codes: list[str]) -> None:
    said = replace(Said(COUNTY, "AGR", TODAY, TODAY + timedelta(days=30), TODAY), **changes)
    assert [flaw.code for flaw in rules.flaws_of(said)] == codes


def test_who_worked_or_is_responsible_judges_nothing() -> None:
    steps = [("registered", "a"), ("progress", "b"), ("submitted", "c"), ("returned", "d"), ("cleared", "e")]
    assert rules.did_the_work(steps, "f") == {"b", "c", "f"}
    assert rules.did_the_work(steps, None) == {"b", "c"}


def case(**changes: Any) -> Case:
    fresh = Case("p", 1, VILLAGE, "AGR", "rectifying", TODAY, date(2026, 12, 31), None, None, None, None)
    return replace(fresh, **changes)


HANDED_IN = {"state": "submitted", "submitted_on": TODAY, "check_due_on": date(2026, 11, 17)}
ENDED = HANDED_IN | {"state": "cleared", "cleared_on": TODAY, "look_back_due_on": date(2027, 2, 8)}


@pytest.mark.parametrize(
    ("changes", "duty"),
    [
        ({}, ("Z01-p-AGR", "AGR", date(2026, 12, 31))),
        ({"department": None}, ("Z02-p-990101101", None, date(2026, 12, 31))),
        (HANDED_IN, ("Z03-p", None, date(2026, 11, 17))),
        (ENDED, ("Z04-p", None, date(2027, 2, 8))),
    ],
)
def test_a_state_is_one_duty(changes: dict[str, Any], duty: tuple[str, str | None, date]) -> None:
    (found,) = rules.duties(case(**changes)).values()
    assert (found.duty_id, found.department, found.due_on) == duty


def test_what_was_looked_back_at_is_nobodys() -> None:
    assert rules.duties(case(**ENDED | {"state": "looked_back"})) == {}


def test_a_step_closes_the_duty_that_was_and_opens_the_one_that_is() -> None:
    said = rules.said_of_duties(case(), case(version=2, **HANDED_IN), "done", TODAY)
    assert [(each.duty_id, each.revision) for each in said] == [("Z01-p-AGR", 2), ("Z03-p", 2)]
    over, begun = said
    assert isinstance(over, Closed)
    assert (over.outcome, over.closed_on) == ("done", TODAY)
    assert not isinstance(begun, Closed)


def test_another_unit_has_a_duty_of_its_own_and_progress_says_nothing() -> None:
    moved = rules.said_of_duties(case(), case(version=2, department="EDU"), "cancelled", TODAY)
    assert [(each.duty_id, getattr(each, "outcome", None)) for each in moved] == [
        ("Z01-p-AGR", "cancelled"), ("Z01-p-EDU", None),
    ]  # fmt: skip
    assert rules.said_of_duties(case(), case(version=2), "done", TODAY) == []
    (later,) = rules.said_of_duties(case(), case(version=2, due_on=date(2027, 1, 5)), "done", TODAY)
    assert (later.duty_id, later.due_on, later.revision) == ("Z01-p-AGR", date(2027, 1, 5), 2)
