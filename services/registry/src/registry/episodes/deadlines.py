"""Deadlines of an episode: pure date arithmetic on policy parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from contracts.parameters import Profile
from servicekit.calendar import Limit, add_months, identify_limit


@dataclass(frozen=True)
class Clock:
    """The policy parameters that deadlines follow."""

    identify_limit: Limit
    publicity_days: int
    plan_limit_days: int
    first_measure_days: int
    development_measure_months: int
    elimination_min_months: int

    @classmethod
    def of(cls, profile: Profile) -> Clock:
        """Read them from what holds in a region."""
        return cls(
            identify_limit=identify_limit(profile),
            publicity_days=profile.whole("clock.publicity_days"),
            plan_limit_days=profile.whole("clock.plan_limit_days"),
            first_measure_days=profile.whole("clock.first_measure_days"),
            development_measure_months=profile.whole("clock.development_measure_months"),
            elimination_min_months=profile.whole("clock.elimination_min_months"),
        )


def publicity_closes(posted_on: date, clock: Clock) -> date:
    """Give the first day on which the publicity may be closed: five full days, so D+6 for a notice of day D.

    Source: 秦安县、永城市、岳普湖县, publicity of at least five days; the counting is [A].
    """
    return posted_on + timedelta(days=clock.publicity_days + 1)


def earliest_elimination(identified_on: date, clock: Clock) -> date:
    """Give the first day on which the risk may be eliminated by assistance (枞阳县: half a year in principle)."""
    return add_months(identified_on, clock.elimination_min_months)


@dataclass(frozen=True)
class Deadline:
    """A kind of deadline: `due` gives the day from the day the clue was found and the day of identification."""

    code: str
    zh: str
    en: str
    due: Callable[[Clock, date, date | None], date | None]

    @property
    def title(self) -> str:
        """Both titles."""
        return f"{self.zh} / {self.en}"


def _identified(days: Callable[[Clock, date], date]) -> Callable[[Clock, date, date | None], date | None]:
    return lambda clock, _, identified_on: days(clock, identified_on) if identified_on is not None else None


IDENTIFICATION = Deadline(
    "D05", "线索至识别完成", "identification", lambda clock, found_on, _: clock.identify_limit.ends_on(found_on)
)
# Source: 维西县 2024, within 10 days of identification (F-A26).
PLAN = Deadline(
    "D06", "制定帮扶计划", "plan", _identified(lambda clock, on: on + timedelta(days=clock.plan_limit_days))
)
# Source: national check rule 1_11_010.
FIRST_MEASURE = Deadline(
    "D07", "首项措施落实", "first measure", _identified(lambda clock, on: on + timedelta(days=clock.first_measure_days))
)
# Of a household with labour. Source: check rule 5_12_007.
DEVELOPMENT_MEASURE = Deadline(
    "D08",
    "开发式措施",
    "development measure",
    _identified(lambda clock, on: add_months(on, clock.development_measure_months)),
)
