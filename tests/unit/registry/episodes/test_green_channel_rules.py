"""The green channel: for whom it is, what is owed after help has begun, by when."""

from __future__ import annotations

from datetime import date

import pytest

from contracts.vocabulary import EpisodeState as S
from contracts.vocabulary import RiskType
from registry.episodes import debts
from registry.episodes.deadlines import publicity_closes
from registry.episodes.steps import STEPS, legal_next
from situation_case import POLICY

DUE = date(2026, 11, 16)
IDENTIFYING = [to for to, step in STEPS.items() if not step.monitors and not step.ends]


@pytest.mark.parametrize("state", IDENTIFYING)
def test_what_lies_ahead_is_a_legal_way_into_the_register(state: S) -> None:
    way = debts.ahead(state)
    assert way[-1] is S.MONITORED
    for before, to in zip((state, *way), way, strict=False):
        assert to in legal_next(before)


def test_each_step_from_the_comparison_to_the_entry_may_wait_and_nothing_else() -> None:
    """Domain rule 4.3: help may start before the comparison, review, publicity, audit, approval and announcement."""
    waiting = [S.COMPARED, S.REVIEWED, S.PUBLICISED, S.TOWN_AUDITED, S.COUNTY_APPROVED, S.ANNOUNCED, S.MONITORED]
    assert [to for to, step in STEPS.items() if step.may_wait] == waiting
    assert [debt.state for debt in debts.debts_of(S.VISITED, DUE, POLICY)] == waiting


def test_a_step_is_due_so_that_the_notice_can_still_be_up_its_days() -> None:
    due = {debt.state: debt.due_on for debt in debts.debts_of(S.VISITED, DUE, POLICY)}
    notice = due[S.PUBLICISED]
    assert notice is not None
    assert publicity_closes(notice, POLICY) == DUE, "posted that day, it is audited on the last one"
    assert due[S.COMPARED] == due[S.REVIEWED] == notice
    assert {due[to] for to in (S.TOWN_AUDITED, S.COUNTY_APPROVED, S.ANNOUNCED, S.MONITORED)} == {DUE}


@pytest.mark.parametrize(
    ("state", "first"),
    [
        (S.VISITED, S.COMPARED), (S.REVIEWED, S.PUBLICISED), (S.OBJECTED, S.REVIEWED), (S.PUBLICISED, S.TOWN_AUDITED),
        (S.COUNTY_APPROVED, S.ANNOUNCED), (S.ANNOUNCED, S.MONITORED),
    ],
)  # fmt: skip
def test_what_was_taken_is_owed_no_more_and_what_came_back_is_again(state: S, first: S) -> None:
    owed = debts.debts_of(state, DUE, POLICY)
    assert owed[0].state is first
    assert all(debt.due_on == DUE for debt in owed) == (S.PUBLICISED not in debts.ahead(state))


def test_nothing_is_owed_once_the_household_is_monitored_or_the_case_over() -> None:
    assert debts.debts_of(S.MONITORED, DUE, POLICY) == []
    assert debts.debts_of(S.REJECTED, DUE, POLICY) == []


@pytest.mark.parametrize(
    ("state", "risks", "is_active", "was_visited", "expected"),
    [
        (S.VISITED, ["02"], True, True, set()),
        (S.REVIEWED, ["01", "05"], True, True, set()),
        (S.APPLIED, ["02"], True, False, {"visit.missing"}),
        (S.VISITED, ["01"], True, True, {"green_channel.risk"}),
        (S.ASSISTING, ["02"], True, True, {"green_channel.over"}),
        (S.REJECTED, ["02"], False, True, {"green_channel.over"}),
    ],
)
def test_it_is_for_sudden_risks_of_a_household_that_was_visited(
    state: S, risks: list[str], is_active: bool, was_visited: bool, expected: set[str]
) -> None:
    found = debts.faults(state, risks, is_active=is_active, was_visited=was_visited)
    assert {fault.code for fault in found} == expected


@pytest.mark.parametrize("risk", RiskType)
def test_only_disasters_and_accidents_are_sudden(risk: RiskType) -> None:
    found = debts.faults(S.VISITED, [risk], is_active=True, was_visited=True)
    assert (not found) == (risk in ("02", "05"))


@pytest.mark.parametrize(
    ("decision", "is_active", "is_identified", "expected"),
    [
        (None, True, False, "asked"), (None, False, False, "ended"), ("refused", True, False, "refused"),
        ("refused", False, True, "refused"), ("approved", True, False, "open"), ("approved", True, True, "settled"),
        ("approved", False, True, "settled"), ("approved", False, False, "ended"),
    ],
)  # fmt: skip
def test_how_far_it_is(decision: str | None, is_active: bool, is_identified: bool, expected: str) -> None:
    assert debts.phase_of(decision, is_active=is_active, is_identified=is_identified) == expected
