"""What a confirmed clue has departments owe, what may be said to it, and what it follows."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.gaps.rules import (
    OF_RISK,
    Answer,
    Ground,
    Owed,
    after_answer,
    after_review,
    after_taking_back,
    flaws_of,
    followed,
    owed,
)
from contracts.vocabulary import ClueState, Department, GapRefusal, GapResult, GapState, RiskType

S = ClueState
TODAY = date(2026, 11, 10)
UNINSURED = Ground("R-MED-01", "p-1", "MED", is_policy_gap=True)
COSTS = Ground("R-MED-02", "p-1", "MED", is_policy_gap=False)
RELIEF = Ground("R-CIV-01", None, "CIV", is_policy_gap=False)
GAP = Owed("MED", "R-MED-01", "p-1")


@pytest.mark.parametrize(
    ("state", "grounds", "expected"),
    [
        (S.CONFIRMED_POLICY, [UNINSURED], [GAP]),
        (S.CONFIRMED_POLICY, [UNINSURED, UNINSURED], [GAP]),
        (S.CONFIRMED_POLICY, [COSTS, UNINSURED, RELIEF], [GAP]),
        (S.CONFIRMED_POLICY, [COSTS, RELIEF], [Owed("MED", "R-MED-02", "p-1"), Owed("CIV", "R-CIV-01", None)]),
        (S.CONFIRMED_POLICY, [], [Owed("MED")]),  # told by a visit: the department of the risk
        (S.CONFIRMED_POLICY, [Ground("R-X-1", None, None, True)], [Owed("MED", "R-X-1", None)]),  # an older release
        (S.CONFIRMED_IDENTIFY, [UNINSURED, COSTS], [GAP]),
        (S.CONFIRMED_IDENTIFY, [COSTS], []),
        (S.EXISTING_CASE, [UNINSURED], [GAP]),
        (S.EXCLUDED, [UNINSURED], []),
        (S.UNREACHABLE, [UNINSURED], []),
        (S.WITHDRAWN, [UNINSURED], []),
    ],
)
def test_what_a_clue_has_departments_owe(state: ClueState, grounds: list[Ground], expected: list[Owed]) -> None:
    assert owed(state, RiskType.ILLNESS, grounds) == expected


def test_every_risk_has_its_department() -> None:
    assert set(OF_RISK) == set(RiskType)
    assert all(isinstance(department, Department) for department in OF_RISK.values())


@pytest.mark.parametrize(
    ("answer", "codes"),
    [
        (Answer(GapResult.GRANTED, None, TODAY, ""), []),
        (Answer(GapResult.GRANTED, None, None, ""), ["granted_on.missing"]),
        (Answer(GapResult.GRANTED, None, TODAY + timedelta(days=1), ""), ["granted_on.future"]),
        (Answer(GapResult.GRANTED, GapRefusal.DECLINED, TODAY, ""), ["reason.unexpected"]),
        (Answer(GapResult.REFUSED, GapRefusal.DECLINED, None, "已书面放弃"), []),
        (Answer(GapResult.REFUSED, None, TODAY, ""), ["granted_on.unexpected", "reason.missing", "note.missing"]),
        (Answer(GapResult.NOT_APPLICABLE, None, None, "已在外地参保"), []),
        (Answer(GapResult.NOT_APPLICABLE, GapRefusal.DOCUMENTS, None, ""), ["reason.unexpected", "note.missing"]),
    ],
)
def test_what_an_answer_needs(answer: Answer, codes: list[str]) -> None:
    assert [flaw.code for flaw in flaws_of(answer, TODAY)] == codes


def test_only_what_is_granted_is_closed_by_the_department_alone() -> None:
    assert {result: after_answer(result) for result in GapResult} == {
        GapResult.GRANTED: GapState.CLOSED,
        GapResult.REFUSED: GapState.RETURNED,
        GapResult.NOT_APPLICABLE: GapState.RETURNED,
    }
    assert (after_review(True), after_review(False)) == (GapState.CLOSED, GapState.OPEN)


def test_only_what_was_granted_is_taken_back() -> None:
    taken = {(state, result) for state in GapState for result in (None, *GapResult) if after_taking_back(state, result)}
    assert taken == {(GapState.CLOSED, GapResult.GRANTED)}
    assert after_taking_back(GapState.CLOSED, GapResult.GRANTED) is GapState.OPEN


@given(state=st.sampled_from(GapState), story=st.lists(st.booleans(), min_size=1))
def test_the_end_depends_on_what_holds_last_and_nothing_that_is_closed_moves(
    state: GapState, story: list[bool]
) -> None:
    now = state
    for stands in story:
        now = followed(now, stands=stands)
    if state is GapState.CLOSED:
        assert now is GapState.CLOSED
    elif not story[-1]:
        assert now is GapState.WITHDRAWN
    else:
        assert now is (state if all(story) and state is not GapState.WITHDRAWN else GapState.OPEN)
