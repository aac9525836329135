"""Until when shortfalls are to be mended, what counts on a day, and how they add up."""

from __future__ import annotations

from datetime import UTC, date, datetime

from contracts.guarantees import OWNERS
from contracts.parameters import PARAMETERS
from contracts.vocabulary import Department, Guarantee
from registry.shortfalls.rules import Tally, limit_of, totals, until


def test_each_guarantee_has_its_department_and_its_deadline() -> None:
    assert {each: OWNERS[each] for each in Guarantee} == {
        Guarantee.EDUCATION: Department.EDU,
        Guarantee.MEDICAL: Department.MED,
        Guarantee.HOUSING: Department.HOU,
        Guarantee.WATER: Department.WAT,
    }
    assert all(limit_of(each) in PARAMETERS for each in Guarantee)


def test_a_day_counts_to_its_end_in_china() -> None:
    assert until(date(2026, 10, 31)) == datetime(2026, 10, 31, 16, tzinfo=UTC)


def test_areas_add_up_and_a_guarantee_that_lacks_nowhere_counts_none() -> None:
    """F-B20: the open cases, whose goal is none, are a figure."""
    areas = [
        Tally(Guarantee.WATER, 2, 1, 3, 2, 1, 1, date(2026, 5, 1)),
        Tally(Guarantee.WATER, 1, 0, 0, 1, 1, 0, date(2026, 3, 1)),
        Tally(Guarantee.HOUSING, 0, 0, 4, 0, 0, 2, None),
    ]
    assert totals(areas, [Guarantee.EDUCATION, Guarantee.HOUSING, Guarantee.WATER]) == [
        Tally(Guarantee.EDUCATION),
        Tally(Guarantee.HOUSING, 0, 0, 4, 0, 0, 2, None),
        Tally(Guarantee.WATER, 3, 1, 3, 3, 2, 1, date(2026, 3, 1)),
    ]
