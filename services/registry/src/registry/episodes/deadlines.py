"""Deadlines of an episode: pure date arithmetic on policy parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from contracts.parameters import Profile
from servicekit.calendar import add_months, identify_limit


def publicity_closes(posted_on: date, policy: Profile) -> date:
    """Give the first day on which the publicity may be closed: five full days, so D+6 for a notice of day D.

    Source: 秦安县、永城市、岳普湖县, publicity of at least five days; the counting is [A].
    """
    return posted_on + timedelta(days=policy.whole("clock.publicity_days") + 1)


def earliest_elimination(identified_on: date, policy: Profile) -> date:
    """Give the first day on which the risk may be eliminated by assistance (枞阳县: half a year in principle)."""
    return add_months(identified_on, policy.whole("clock.elimination_min_months"))


Due = Callable[[Profile, date, date | None], date | None]


@dataclass(frozen=True)
class Deadline:
    """A kind of deadline: `due` gives the day from the day the clue was found and the day of identification."""

    code: str
    zh: str
    en: str
    due: Due

    @property
    def title(self) -> str:
        """Both titles."""
        return f"{self.zh} / {self.en}"


def _days(start: date, count: int) -> date:
    return start + timedelta(days=count)


def _after_identification(parameter: str, later: Callable[[date, int], date] = _days) -> Due:
    def due(policy: Profile, _: date, identified_on: date | None) -> date | None:
        return later(identified_on, policy.whole(parameter)) if identified_on is not None else None

    return due


IDENTIFICATION = Deadline(
    "D05", "线索至识别完成", "identification", lambda policy, found_on, _: identify_limit(policy).ends_on(found_on)
)
# Source: 维西县 2024, within 10 days of identification (F-A26).
PLAN = Deadline("D06", "制定帮扶计划", "plan", _after_identification("clock.plan_limit_days"))
# Source: national check rule 1_11_010.
FIRST_MEASURE = Deadline("D07", "首项措施落实", "first measure", _after_identification("clock.first_measure_days"))
# Of a household with labour. Source: check rule 5_12_007.
DEVELOPMENT_MEASURE = Deadline(
    "D08",
    "开发式措施",
    "development measure",
    _after_identification("clock.development_measure_months", add_months),
)
