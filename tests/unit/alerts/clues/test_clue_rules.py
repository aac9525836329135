"""Decisions on a single clue."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.clues import rules
from alerts.clues.rules import Verification
from contracts.vocabulary import AlertKind, ClueState, ExclusionReason, Severity

RAISED = date(2026, 11, 10)
TODAY = date(2026, 11, 12)


def codes(**changes: object) -> list[str]:
    """Give the codes of what is wrong with a verification that differs from a sound one."""
    values: dict[str, object] = {
        "result": ClueState.CONFIRMED_IDENTIFY,
        "reason": None,
        "note": "",
        "verifiers": ["a", "b"],
        "visited_on": TODAY,
    }
    verification = Verification(**(values | changes))  # type: ignore[arg-type]
    return [flaw.code for flaw in rules.flaws_of(verification, raised_on=RAISED, today=TODAY, verifiers_min=2)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"visited_on": RAISED}, []),  # on the day it was raised
        ({"visited_on": RAISED - timedelta(days=1)}, ["visited_on.before_raised"]),
        ({"visited_on": TODAY + timedelta(days=1)}, ["visited_on.future"]),
        ({"verifiers": []}, ["verifiers.too_few"]),
        ({"verifiers": ["a"]}, ["verifiers.too_few"]),
        ({"verifiers": ["a", "a "]}, ["verifiers.too_few"]),  # the same person twice
        ({"verifiers": ["a", " "]}, ["verifiers.too_few"]),
        ({"result": ClueState.NEW}, ["result.unknown"]),
        ({"result": ClueState.VERIFYING}, ["result.unknown"]),
        ({"result": ClueState.UNREACHABLE}, []),
        ({"result": ClueState.EXCLUDED}, ["reason.missing", "note.missing"]),
        ({"result": ClueState.EXCLUDED, "reason": ExclusionReason.SOLVED}, ["note.missing"]),
        ({"result": ClueState.EXCLUDED, "reason": ExclusionReason.SOLVED, "note": "x"}, []),
        ({"reason": ExclusionReason.SOLVED}, ["reason.unexpected"]),
    ],
)
def test_verification_is_checked(changes: dict[str, object], expected: list[str]) -> None:
    assert codes(**changes) == expected


def test_policy_sets_how_many_verifiers_are_needed() -> None:
    verification = Verification(ClueState.CONFIRMED_POLICY, None, "", ["a", "b"], TODAY)
    assert rules.flaws_of(verification, raised_on=RAISED, today=TODAY, verifiers_min=2) == []
    flaws = rules.flaws_of(verification, raised_on=RAISED, today=TODAY, verifiers_min=3)
    assert [flaw.pointer for flaw in flaws] == ["/verifiers"]


@given(st.sampled_from(ClueState))
def test_closed_states_lead_nowhere_and_open_ones_somewhere(state: ClueState) -> None:
    assert bool(rules.next_states(state)) == state.is_open


@given(st.sampled_from(ClueState), st.sampled_from(ClueState))
def test_no_state_returns_to_new_and_results_come_from_open_states_only(state: ClueState, to: ClueState) -> None:
    if rules.may_move(state, to):
        assert state.is_open
        assert to is not ClueState.NEW


@given(st.sampled_from(Severity), st.sampled_from(Severity))
def test_severities_are_worse_in_the_order_of_the_vocabulary(one: Severity, other: Severity) -> None:
    order = list(Severity)
    assert rules.is_worse(one, other) == (order.index(one) < order.index(other))


@pytest.mark.parametrize(
    ("visited_on", "is_in_time"), [(date(2026, 11, 9), True), (date(2026, 11, 10), True), (date(2026, 11, 11), False)]
)
def test_a_deadline_is_kept_by_the_day_of_the_visit_in_china(visited_on: date, is_in_time: bool) -> None:
    due_at = datetime(2026, 11, 9, 17, tzinfo=UTC)  # one in the morning of the tenth
    assert rules.was_in_time(visited_on, due_at) is is_in_time
    assert rules.was_in_time(visited_on, None)


@pytest.mark.parametrize(
    ("result", "kind"),
    [
        (ClueState.CONFIRMED_IDENTIFY, AlertKind.RESOLVED),
        (ClueState.CONFIRMED_POLICY, AlertKind.RESOLVED),
        (ClueState.EXISTING_CASE, AlertKind.RESOLVED),
        (ClueState.EXCLUDED, AlertKind.RESOLVED),
        (ClueState.UNREACHABLE, None),
    ],
)
def test_alert_of_a_result(result: ClueState, kind: AlertKind | None) -> None:
    assert rules.alert_of(result) is kind
