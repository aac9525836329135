"""Rounds of grid workers, and parts of the year."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.duty import Tally
from registry.periods import part_of_year
from registry.rounds.rules import duty_of, first_of, rounds_of
from registry.shares import percent

VILLAGE = "990101101201"


@given(st.dates(date(2020, 1, 1), date(2099, 12, 31)), st.sampled_from([1, 2, 3, 4, 6, 12]))
def test_parts_of_a_year_follow_each_other(day: date, months: int) -> None:
    first, last = part_of_year(day, months)
    assert first <= day <= last
    assert first.day == 1
    assert part_of_year(last, months) == (first, last)
    assert part_of_year(last + timedelta(days=1), months)[0] == last + timedelta(days=1)


@pytest.mark.parametrize(
    ("months", "missed", "firsts"),
    [
        (1, [], [date(2026, 11, 1)]),
        (3, [], [date(2026, 10, 1)]),
        (1, [date(2026, 9, 1)], [date(2026, 9, 1), date(2026, 11, 1)]),
        (1, [date(2026, 11, 1)], [date(2026, 11, 1)]),
        (0, [date(2026, 9, 1)], []),
    ],
)
def test_rounds_that_are_looked_at(months: int, missed: list[date], firsts: list[date]) -> None:
    assert [first for first, _ in rounds_of(months, missed, date(2026, 11, 10))] == firsts


def test_a_village_is_done_when_everybody_was_reached() -> None:
    first, last = date(2026, 11, 1), date(2026, 11, 30)
    waits = duty_of(Tally(VILLAGE, 3, 1, date(2026, 11, 3)), first, last)
    assert (waits.outcome, waits.due_on, first_of(waits.duty_id)) == (None, last, first)
    done = duty_of(Tally(VILLAGE, 3, 0, date(2026, 11, 9)), first, last)
    assert (done.outcome, done.closed_on) == ("done", date(2026, 11, 9))


@pytest.mark.parametrize(
    ("part", "whole", "shown"), [(0, 0, "0.0"), (1, 3, "33.3"), (2, 3, "66.7"), (1, 8, "12.5"), (7, 7, "100.0")]
)
def test_shares_have_one_decimal(part: int, whole: int, shown: str) -> None:
    assert str(percent(part, whole)) == shown
