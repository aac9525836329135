"""Income plans: their year and days."""

from __future__ import annotations

from datetime import date

import pytest

from registry.income_plans.rules import faults

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
