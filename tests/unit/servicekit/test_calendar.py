"""Working days, months and limits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.duties import Pause
from contracts.parameters import NATION, resolve
from servicekit.calendar import Limit, WorkCalendar, add_months, identify_limit, postponed

NOTICE = WorkCalendar()


@dataclass(frozen=True)
class Stored:
    parameters: dict[str, Any]
    region: str = NATION
    version: int = 1
    effective_from: date = date(2026, 1, 1)


def test_working_days_skip_weekends_and_holidays_and_count_makeup_days() -> None:
    # 2026-09-30 is a Wednesday; 1 to 7 October are holidays, Saturday the 10th is a make-up workday.
    assert Limit(1, NOTICE).ends_on(date(2026, 9, 30)) == date(2026, 10, 8)
    assert Limit(3, NOTICE).ends_on(date(2026, 9, 30)) == date(2026, 10, 10)
    assert Limit(3).ends_on(date(2026, 9, 30)) == date(2026, 10, 3)
    assert not NOTICE.is_workday(date(2026, 10, 11))


@pytest.mark.parametrize(
    ("day", "is_workday"),
    [
        ("2025-01-26", True),  # a Sunday made up for the Spring Festival
        ("2025-10-08", False),
        ("2026-01-02", False),
        ("2026-01-04", True),
        ("2026-02-23", False),
        ("2026-02-28", True),
        ("2026-04-06", False),
        ("2026-06-19", False),
        ("2026-09-20", True),
        ("2026-09-25", False),
    ],
)
def test_the_notice_of_the_state_council_is_known(day: str, is_workday: bool) -> None:
    assert NOTICE.is_workday(date.fromisoformat(day)) is is_workday


def test_the_countys_own_table_wins_over_the_notice_and_the_week() -> None:
    own = Stored(
        {
            "clock.identify_limit_days": "2",
            "clock.identify_limit_unit": "working",
            "clock.days_off": "2026-11-12 2026-11-13",
            "clock.days_worked": "2026-11-14",
        }
    )
    limit = identify_limit(resolve([own], NATION, date(2026, 11, 1)))
    assert limit.ends_on(date(2026, 11, 11)) == date(2026, 11, 16)  # Saturday the 14th, Monday the 16th
    assert identify_limit(resolve([], NATION, date(2026, 11, 1))) == Limit(15)


def test_a_year_whose_holidays_nobody_knows_is_said() -> None:
    far = date(2090, 3, 1)
    assert Limit(5, NOTICE).is_estimate(far)
    assert not Limit(5).is_estimate(far)
    assert not Limit(5, NOTICE).is_estimate(date(2026, 3, 1))
    assert Limit(20, NOTICE).is_estimate(date(2089, 12, 20))
    assert not Limit(5, WorkCalendar(off=frozenset({date(2090, 1, 1)}))).is_estimate(far)
    assert Limit(1, NOTICE).ends_on(date(2090, 3, 3)) == date(2090, 3, 6)  # a Friday, and the plain week


def test_a_limit_of_an_instant_keeps_the_time_and_counts_days_in_china() -> None:
    start = datetime(2026, 9, 30, 17, tzinfo=UTC)  # 1 October in China
    assert Limit(1, NOTICE).ends_at(start) == datetime(2026, 10, 7, 17, tzinfo=UTC)
    assert Limit(1).ends_at(start) == datetime(2026, 10, 1, 17, tzinfo=UTC)


@given(start=st.dates(date(2004, 1, 1), date(2090, 1, 1)), days=st.integers(1, 60))
def test_a_working_limit_ends_on_a_workday_with_the_right_number_in_between(start: date, days: int) -> None:
    end = Limit(days, NOTICE).ends_on(start)
    counted = sum(NOTICE.is_workday(date.fromordinal(day)) for day in range(start.toordinal() + 1, end.toordinal() + 1))
    assert counted == days
    assert NOTICE.is_workday(end)


@given(start=st.dates(date(2020, 1, 1), date(2030, 1, 1)), months=st.integers(0, 36))
def test_months_are_added_within_the_calendar(start: date, months: int) -> None:
    end = add_months(start, months)
    assert (end.year * 12 + end.month) - (start.year * 12 + start.month) == months
    assert end.day == start.day or (end.day < start.day and end.day >= 28)


def _spells(low: date, high: date) -> st.SearchStrategy[list[Pause]]:
    spell = st.tuples(st.dates(low, high), st.integers(0, 25), st.booleans()).map(
        lambda drawn: Pause(
            since=drawn[0], until=None if drawn[2] and drawn[1] < 3 else drawn[0] + timedelta(days=drawn[1]), reason="r"
        )
    )
    return st.lists(spell, max_size=4)


@given(
    start=st.dates(date(2023, 11, 1), date(2024, 12, 31)),  # a leap day, holidays, made-up workdays, a new year
    length=st.integers(1, 60),
    is_working=st.booleans(),
    pauses=_spells(date(2023, 10, 1), date(2025, 4, 1)),
)
def test_a_limit_with_pauses_ends_where_counting_its_days_one_by_one_ends(
    start: date, length: int, is_working: bool, pauses: list[Pause]
) -> None:
    """The oracle walks day by day and knows nothing of stretches; a pause that lasts ends what is known."""
    work = WorkCalendar() if is_working else None
    due_on = Limit(length, work).ends_on(start)
    lasting = min((pause.since for pause in pauses if pause.until is None), default=date.max)
    known = [pause for pause in pauses if pause.until is not None and pause.since < lasting]
    day, left = start, length
    while left:
        day += timedelta(days=1)
        if any(pause.since <= day <= pause.until for pause in known if pause.until is not None):
            continue
        left -= work is None or work.is_workday(day)
    assert postponed(start, due_on, pauses, work) == day
