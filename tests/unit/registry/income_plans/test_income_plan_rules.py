"""Income plans: their year and days, and what a village owes the cohorts of a year."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.duty import Tally
from registry.income_plans.rules import due_on, duty_id, duty_of, faults, ground_of, year_of, years_of

VILLAGE = "990101101201"
TODAY = date(2026, 12, 28)


@pytest.mark.parametrize(
    ("year", "due", "expected"),
    [
        (2026, [None, date(2026, 1, 1), date(2026, 12, 31)], []),
        (2027, [date(2027, 4, 30)], []),
        (2025, [], [("year.unfit", "/year")]),
        (2028, [], [("year.unfit", "/year")]),
        (2027, [None, date(2026, 12, 31)], [("due_on.other_year", "/measures/1/due_on")]),
        (2026, [date(2027, 1, 1)], [("due_on.other_year", "/measures/0/due_on")]),
    ],
)
def test_a_plan_is_of_this_year_or_the_next(year: int, due: list[date | None], expected: list[tuple[str, str]]) -> None:
    assert [(fault.code, fault.pointer) for fault in faults(year, due, TODAY)] == expected


@given(st.integers(2020, 2999), st.integers(1, 12))
def test_plans_are_due_on_the_last_day_of_a_month(year: int, month: int) -> None:
    day = due_on(year, month)
    assert (day.year, day.month) == (year, month)
    assert (day + timedelta(days=1)).day == 1


@pytest.mark.parametrize(
    ("month", "owed", "expected"),
    [
        (3, [], [2026]),
        (3, [2025], [2025, 2026]),
        (3, [2026], [2026]),
        (0, [2025], []),  # nobody asks for any: what is open is cancelled
    ],
)
def test_years_that_are_looked_at(month: int, owed: list[int], expected: list[int]) -> None:
    assert years_of(month, [duty_id(VILLAGE, year) for year in owed], TODAY) == expected


def test_a_village_is_done_when_every_household_has_its_plan() -> None:
    """F-A27: by 31 March."""
    waits = duty_of(Tally(VILLAGE, 3, 1, date(2026, 2, 3)), 2026, 3)
    assert (waits.counts_from, waits.due_on, waits.outcome) == (date(2025, 12, 31), date(2026, 3, 31), None)
    assert year_of(waits.duty_id) == 2026
    assert (ground_of(waits.duty_id).subject_id, ground_of(waits.duty_id).area_code) == (f"{VILLAGE}/2026", VILLAGE)
    done = duty_of(Tally(VILLAGE, 3, 0, date(2026, 3, 9)), 2026, 3)
    assert (done.outcome, done.closed_on) == ("done", date(2026, 3, 9))
