"""Who may act on a duty, and its days one by one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.duties.rules import MOST_DAYS, Held, Holder, are_assigned, days, holders, may_have, unit_of
from contracts.duties import KINDS, Pause
from contracts.vocabulary import StaffRole
from servicekit.calendar import Limit, WorkCalendar
from servicekit.persons import Term

COUNTY, TOWN, VILLAGE = "990101000000", "990101101000", "990101101201"
WORK = WorkCalendar()


@pytest.mark.parametrize(
    ("roots", "kind", "went_to", "have_it"),
    [
        ((TOWN,), "D06", None, True),
        ((VILLAGE,), "D06", None, True),  # a village works for its township
        ((COUNTY,), "D06", None, False),  # the county sees it, the township has it
        ((COUNTY,), "D06", "county", True),
        ((COUNTY,), "D06", "leadership", True),
        (("990101102000",), "D06", None, False),
        ((TOWN,), "D10", None, False),  # a village's, until it is late
        ((TOWN,), "D10", "township", True),
        ((VILLAGE,), "D10", None, True),
        ((COUNTY, TOWN), "D06", None, True),
        ((), "D06", None, False),
        ((TOWN,), "Z99", None, True),  # of a release after this one
    ],
)
def test_only_its_assignees_and_the_level_it_went_to_have_it(
    roots: tuple[str, ...], kind: str, went_to: str | None, have_it: bool
) -> None:
    assert are_assigned(roots, kind, VILLAGE, went_to) is have_it


def test_a_level_means_the_people_of_its_area() -> None:
    levels = ("village", "township", "county", "leadership", "department")
    assert [unit_of(level, VILLAGE) for level in levels] == [VILLAGE, TOWN, COUNTY, COUNTY, COUNTY]  # type: ignore[arg-type]


@given(
    start=st.dates(date(2023, 12, 1), date(2026, 12, 31)),  # two leap days' months, holidays and made-up workdays
    length=st.integers(1, 40),
    is_working=st.booleans(),
)
def test_days_one_by_one_reach_the_day_that_the_limit_gives(start: date, length: int, is_working: bool) -> None:
    """The oracle is the arithmetic that gave the day: as many counted days as the limit has, the last one is it."""
    work = WORK if is_working else None
    due_on = Limit(length, work).ends_on(start)
    shown = list(days("D05", start, due_on, until=due_on, pauses=[], work=work))
    assert [day.on for day in shown] == [start + timedelta(days=n) for n in range(1, (due_on - start).days + 1)]
    counted = [day for day in shown if day.counts == "counted"]
    assert len(counted) == length == shown[-1].number
    assert (shown[-1].on, shown[-1].is_due, shown[-1].counts) == (due_on, True, "counted")
    for day in shown:
        is_free = is_working and not WORK.is_workday(day.on)
        assert day.counts == ("off" if is_free else "counted")


@pytest.mark.parametrize("code", KINDS)
def test_a_year_shows_each_step_once_on_its_day(code: str) -> None:
    due_on = date(2028, 2, 29)
    start = date(2027, 12, 1)
    shown = list(days(code, start, due_on, until=date(2028, 12, 31), pauses=[], work=None))
    steps = [(day.on, step) for day in shown for step in day.steps]
    assert steps == [(due_on + timedelta(days=step.day), step.to) for step in KINDS[code].ladder]
    assert {day.counts for day in shown if day.on > due_on} == {"late"}
    assert shown[-1].on == date(2028, 12, 31)
    assert shown[-1].number == (due_on - start).days


def test_a_pause_does_not_count_and_says_why() -> None:
    start = date(2026, 3, 1)
    pause = Pause(since=date(2026, 3, 3), until=date(2026, 3, 5), reason="公示中 / under publicity")
    shown = list(days("D05", start, date(2026, 3, 10), until=date(2026, 3, 11), pauses=[pause], work=None))
    assert [(day.on.day, day.number) for day in shown if day.counts == "counted"] == [
        (2, 1), (6, 2), (7, 3), (8, 4), (9, 5), (10, 6),
    ]  # fmt: skip
    assert {day.reason for day in shown if day.counts == "paused"} == {"公示中 / under publicity"}
    assert shown[-1].counts == "late"


def test_a_duty_that_is_late_for_years_is_shown_so_far() -> None:
    shown = list(days("D05", date(2016, 1, 1), date(2016, 1, 16), until=date(2026, 1, 1), pauses=[], work=None))
    assert len(shown) == MOST_DAYS


@pytest.mark.parametrize(
    ("role", "area", "unit", "department", "escalated_to", "may"),
    [
        (StaffRole.TOWN, "990101101000", None, None, None, True),
        (StaffRole.VILLAGE, "990101101201", None, None, None, True),  # of the township that must act
        (StaffRole.TOWN, "990101102000", None, None, None, False),
        (StaffRole.COUNTY, "990101000000", None, None, None, False),  # sees it from above
        (StaffRole.COUNTY, "990101000000", None, None, "county", True),
        (StaffRole.HELPER, "990101101201", "MED", None, None, False),  # a department's, which has not this one
        (StaffRole.LIAISON, "990101000000", "MED", "MED", None, True),
        (StaffRole.LIAISON, "990101000000", "EDU", "MED", None, False),
        (StaffRole.LIAISON, "990102000000", "MED", "MED", None, False),
        (StaffRole.AUDITOR, "990101000000", None, None, "county", False),  # reads only
    ],
)
def test_a_person_may_have_what_a_term_gives(
    role: StaffRole, area: str, unit: str | None, department: str | None, escalated_to: str | None, may: bool
) -> None:
    term = Term(role, area, date(2026, 1, 1), department=unit)
    held = Held("D06", "990101101201", department, escalated_to)
    assert may_have([term], held) is may
    assert not may_have([], held)


@pytest.mark.parametrize(("grid", "may"), [("东一网格", True), ("东二网格", False), (None, False)])
def test_a_grid_worker_may_have_what_is_about_the_grids_households(grid: str | None, may: bool) -> None:
    term = Term(StaffRole.GRID, "990101101201", date(2026, 1, 1), grid="东一网格")
    assert may_have([term], Held("D10", "990101101201", None, None, grid)) is may


@dataclass(frozen=True)
class Said:
    kind: str
    by: str
    to: str | None
    at: datetime


def test_who_had_it_is_known_one_after_the_other() -> None:
    """F-A05."""
    at = [datetime(2026, 11, day, tzinfo=UTC) for day in range(1, 6)]
    said = [
        Said("note", "town", None, at[0]),
        Said("accepted", "staff:a", None, at[1]),
        Said("note", "staff:a", None, at[2]),
        Said("handed_over", "staff:a", "staff:b", at[3]),
        Said("handed_over", "staff:b", "staff:a", at[4]),
    ]
    assert holders(said) == [
        Holder("staff:a", None, at[1], at[3]),
        Holder("staff:b", "staff:a", at[3], at[4]),
        Holder("staff:a", "staff:b", at[4]),
    ]
    assert holders([]) == []
