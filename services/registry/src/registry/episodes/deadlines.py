"""Deadlines of an episode: pure date arithmetic on policy parameters.

Counting [A]: the start day is not counted; a limit of n days from day D ends with day D+n.
"""

from __future__ import annotations

import calendar
import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files

from contracts.parameters import Profile
from contracts.vocabulary import EpisodeState

_SATURDAY = 5

IDENTIFYING = frozenset(
    {
        EpisodeState.APPLIED,
        EpisodeState.VISITED,
        EpisodeState.COMPARED,
        EpisodeState.REVIEWED,
        EpisodeState.PUBLICISED,
        EpisodeState.OBJECTED,
        EpisodeState.TOWN_AUDITED,
        EpisodeState.COUNTY_APPROVED,
        EpisodeState.ANNOUNCED,
    }
)


@dataclass(frozen=True)
class Workdays:
    """Days that differ from the week: holidays on weekdays, make-up workdays on weekends."""

    holidays: frozenset[date]
    makeup_days: frozenset[date]

    def is_workday(self, day: date) -> bool:
        """Tell whether people work on `day`. Years without a notice follow the plain week."""
        if day in self.makeup_days:
            return True
        return day.weekday() < _SATURDAY and day not in self.holidays


@cache
def shipped_workdays() -> Workdays:
    """Read the holidays that ship with the code."""
    years = tomllib.loads((files("registry.episodes") / "holidays.toml").read_text(encoding="utf-8")).values()
    return Workdays(
        frozenset(date.fromisoformat(day) for year in years for day in year["holidays"]),
        frozenset(date.fromisoformat(day) for year in years for day in year["workdays"]),
    )


@dataclass(frozen=True)
class Clock:
    """The policy parameters that deadlines follow."""

    identify_limit_days: int
    identify_limit_unit: str
    publicity_days: int
    plan_limit_days: int
    first_measure_days: int
    development_measure_months: int
    elimination_min_months: int

    @classmethod
    def of(cls, profile: Profile) -> Clock:
        """Read them from what holds in a region."""
        return cls(
            identify_limit_days=profile.whole("clock.identify_limit_days"),
            identify_limit_unit=str(profile.values["clock.identify_limit_unit"]),
            publicity_days=profile.whole("clock.publicity_days"),
            plan_limit_days=profile.whole("clock.plan_limit_days"),
            first_measure_days=profile.whole("clock.first_measure_days"),
            development_measure_months=profile.whole("clock.development_measure_months"),
            elimination_min_months=profile.whole("clock.elimination_min_months"),
        )


def add_days(start: date, days: int, unit: str, workdays: Workdays) -> date:
    """Give the last day of a limit of `days` calendar or working days after `start`."""
    if unit != "working":
        return start + timedelta(days=days)
    day = start
    left = days
    while left > 0:
        day += timedelta(days=1)
        if workdays.is_workday(day):
            left -= 1
    return day


def add_months(start: date, months: int) -> date:
    """Give the same day `months` later, or the month's last day where it has no such day."""
    month = start.month - 1 + months
    year, month = start.year + month // 12, month % 12 + 1
    return date(year, month, min(start.day, calendar.monthrange(year, month)[1]))


def identify_due(found_on: date, clock: Clock, workdays: Workdays) -> date:
    """Give the day by which a household must be identified or refused.

    Source: 秦安县 识别认定程序, normally at most 15 days from finding the clue; 海南省 20 working days.
    """
    return add_days(found_on, clock.identify_limit_days, clock.identify_limit_unit, workdays)


def publicity_closes(posted_on: date, clock: Clock) -> date:
    """Give the first day on which the publicity may be closed: five full days, so D+6 for a notice of day D.

    Source: 秦安县、永城市、岳普湖县, publicity of at least five days; the counting is [A].
    """
    return posted_on + timedelta(days=clock.publicity_days + 1)


def plan_due(identified_on: date, clock: Clock) -> date:
    """Give the day by which the plan must be made. Source: 维西县 2024, within 10 days of identification (F-A26)."""
    return identified_on + timedelta(days=clock.plan_limit_days)


def first_measure_due(identified_on: date, clock: Clock) -> date:
    """Give the day by which a first measure must be implemented (national check rule 1_11_010)."""
    return identified_on + timedelta(days=clock.first_measure_days)


def development_measure_due(identified_on: date, clock: Clock) -> date:
    """Give the day by which a household with labour must have a development measure (check rule 5_12_007)."""
    return add_months(identified_on, clock.development_measure_months)


def earliest_elimination(identified_on: date, clock: Clock) -> date:
    """Give the first day on which the risk may be eliminated by assistance (枞阳县: half a year in principle)."""
    return add_months(identified_on, clock.elimination_min_months)


def due_on(
    state: EpisodeState, *, found_on: date, identified_on: date | None, clock: Clock, workdays: Workdays
) -> date | None:
    """Give the day by which the episode must leave `state`; None where no deadline runs."""
    if state in IDENTIFYING:
        return identify_due(found_on, clock, workdays)
    if identified_on is None:
        return None
    if state is EpisodeState.MONITORED:
        return plan_due(identified_on, clock)
    if state is EpisodeState.PLANNED:
        return first_measure_due(identified_on, clock)
    return None
