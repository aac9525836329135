"""Deadlines of an episode: pure date arithmetic on policy parameters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from contracts.parameters import Profile
from contracts.vocabulary import EpisodeState
from servicekit.calendar import Limit, add_months, identify_limit

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


def due_on(state: EpisodeState, *, found_on: date, identified_on: date | None, clock: Clock) -> date | None:
    """Give the day by which the episode must leave `state`; None where no deadline runs."""
    if state in IDENTIFYING:
        return clock.identify_limit.ends_on(found_on)
    if identified_on is None:
        return None
    if state is EpisodeState.MONITORED:
        return plan_due(identified_on, clock)
    if state is EpisodeState.PLANNED:
        return first_measure_due(identified_on, clock)
    return None
