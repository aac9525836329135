"""Months and quarters, which of them a county is asked for, and what is wrong with a record."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.scheduling import rules
from alerts.scheduling.rules import MONTH, QUARTER, Item, Kept
from contracts.duties import Closed

COUNTY, TOWN = "990101000000", "990101101000"
DAYS = st.dates(min_value=date(2001, 1, 1), max_value=date(2098, 12, 31))


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("2026-11", date(2026, 11, 1), date(2026, 11, 30)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2026-12", date(2026, 12, 1), date(2026, 12, 31)),
        ("2026-Q1", date(2026, 1, 1), date(2026, 3, 31)),
        ("2026-Q4", date(2026, 10, 1), date(2026, 12, 31)),
    ],
)
def test_a_period_has_its_days(name: str, first: date, last: date) -> None:
    period = rules.period_of(name)
    assert (period.name, period.first, period.last) == (name, first, last)


@given(DAYS, st.sampled_from([MONTH, QUARTER]))
def test_each_day_lies_in_one_period_and_the_one_before_ends_the_day_before_it(day: date, months: int) -> None:
    period = rules.period_with(day, months)
    assert period.first <= day <= period.last
    assert re.fullmatch(rules.PERIOD_FORM, period.name)
    assert rules.period_of(period.name) == period
    assert rules.before(period).last + timedelta(days=1) == period.first


@pytest.mark.parametrize(
    ("known", "names"),
    [
        (set(), ["2026-11"]),
        ({"2026-11"}, ["2026-11"]),
        ({"2026-09"}, ["2026-09", "2026-10", "2026-11"]),
        ({"2024-01"}, ["2026-11"]),
    ],
)
def test_a_county_owes_what_came_since_it_was_asked_last(known: set[str], names: list[str]) -> None:
    assert [period.name for period in rules.owed(known, date(2026, 11, 10), MONTH)] == names


def test_a_countys_duty_is_done_while_a_record_stands() -> None:
    month = rules.period_of("2026-11")
    asked = rules.county_duty(COUNTY, month, Kept(None, 0), 5)
    assert (asked.duty_id, asked.revision, asked.counts_from, asked.due_on) == (
        "D14-990101-2026-11", 1, date(2026, 10, 31), date(2026, 12, 5),
    )  # fmt: skip
    done = rules.county_duty(COUNTY, month, Kept(date(2026, 11, 18), 1), 5)
    assert isinstance(done, Closed)
    assert (done.revision, done.outcome, done.closed_on) == (2, "done", date(2026, 11, 18))
    again = rules.county_duty(COUNTY, month, Kept(None, 2), 5)
    assert (again.revision, isinstance(again, Closed)) == (3, False)


@pytest.mark.parametrize(
    ("held_on", "items", "codes"),
    [
        (date(2026, 11, 18), [Item(COUNTY, "MED", date(2026, 12, 5)), Item(TOWN, None, date(2026, 11, 18))], []),
        (date(2026, 12, 1), [], []),
        (date(2026, 10, 31), [], ["held_on.before"]),
        (date(2026, 12, 3), [], ["held_on.future"]),
        (date(2026, 11, 18), [Item(COUNTY, None, date(2026, 12, 5))], ["department.missing"]),
        (date(2026, 11, 18), [Item("990102101000", "MED", date(2026, 12, 5))], ["area_code.outside"]),
        (date(2026, 11, 18), [Item(TOWN, None, date(2026, 11, 17))], ["due_on.before"]),
    ],
)
def test_what_is_said_of_a_meeting_goes_together(held_on: date, items: list[Item], codes: list[str]) -> None:
    found = rules.flaws_of(COUNTY, rules.period_of("2026-11"), held_on, items, date(2026, 12, 2))
    assert [flaw.code for flaw in found] == codes
