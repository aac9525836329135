"""Working days, months and limits: the county's own table of days first, then China's public holidays.

Counting [A]: the start day is not counted; a limit of n days from day D ends with day D+n.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import chinese_calendar

from contracts.duties import Pause
from contracts.parameters import Profile
from servicekit.clock import CHINA

_SATURDAY = 5


@dataclass(frozen=True)
class WorkCalendar:
    """The days that people work.

    Source: the State Council's yearly notice on holidays and make-up workdays (调休), as `chinesecalendar` has it.

    Attributes:
        off, worked: The county's own days (`clock.days_off`, `clock.days_worked`); they win over the notice.
    """

    off: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()

    def is_workday(self, day: date) -> bool:
        """Tell whether people work on `day`; a year that nobody knows follows the plain week."""
        if day in self.off or day in self.worked:
            return day in self.worked
        try:
            return bool(chinese_calendar.is_workday(day))
        except NotImplementedError:
            return day.weekday() < _SATURDAY

    def knows(self, year: int) -> bool:
        """Tell whether the holidays of a year are known, from the notice or the county's table."""
        try:
            chinese_calendar.is_workday(date(year, 1, 1))
        except NotImplementedError:
            return any(day.year == year for day in self.off)
        return True


@dataclass(frozen=True)
class Limit:
    """A number of calendar days, or of working days where `work` is set."""

    days: int
    work: WorkCalendar | None = None

    def ends_on(self, start: date) -> date:
        """Give the last day of the limit."""
        if self.work is None:
            return start + timedelta(days=self.days)
        day, left = start, self.days
        while left > 0:
            day += timedelta(days=1)
            left -= self.work.is_workday(day)
        return day

    def ends_at(self, start: datetime) -> datetime:
        """Give the same time of the day on the last day of the limit."""
        day = start.astimezone(CHINA).date()
        return start + (self.ends_on(day) - day)

    def is_estimate(self, start: date) -> bool:
        """Tell whether the last day rests on a year whose holidays nobody knows."""
        years = range(start.year, self.ends_on(start).year + 1)
        return self.work is not None and not all(self.work.knows(year) for year in years)


def postponed(start: date, due_on: date, pauses: Iterable[Pause], work: WorkCalendar | None = None) -> date:
    """Give the last day of a limit when the days of its pauses do not count.

    A pause that lasts moves nothing yet: the day that the limit then has is known when it ends. One that begins after
    the last day has nothing to move.

    Args:
        start: The day before the first that counts.
        due_on: The last day without any pause.
        work: The days that people work, where only those count.
    """
    counted = start
    for pause in sorted(pauses, key=lambda pause: (pause.since, pause.until is not None)):
        first = max(pause.since, counted + timedelta(days=1))
        if pause.until is None or first > due_on:
            break
        if pause.until < first:
            continue
        days = (pause.until - first).days + 1
        if work is not None:
            days = sum(work.is_workday(first + timedelta(days=day)) for day in range(days))
        due_on = Limit(days, work).ends_on(due_on)
        counted = pause.until
    return due_on


def work_calendar(profile: Profile) -> WorkCalendar:
    """Give the county's days."""
    return WorkCalendar(profile.days("clock.days_off"), profile.days("clock.days_worked"))


def identify_limit(profile: Profile) -> Limit:
    """Give the time from finding a clue to the end of the identification.

    Source: 秦安县 识别认定程序, normally at most 15 days from finding the clue; 海南省 20 working days.
    """
    days = profile.whole("clock.identify_limit_days")
    if profile.values["clock.identify_limit_unit"] != "working":
        return Limit(days)
    return Limit(days, work_calendar(profile))


def add_months(start: date, months: int) -> date:
    """Give the same day `months` later, or the month's last day where it has no such day."""
    month = start.month - 1 + months
    year, month = start.year + month // 12, month % 12 + 1
    return date(year, month, min(start.day, calendar.monthrange(year, month)[1]))
