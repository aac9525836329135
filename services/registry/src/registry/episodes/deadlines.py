"""Deadlines of an episode: pure date arithmetic on policy parameters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from contracts.duties import KINDS, Pause, Unit
from contracts.parameters import Profile
from contracts.vocabulary import EpisodeState
from registry.duty import REPLANS, Promised, Said
from servicekit.calendar import add_months, identify_limit, postponed


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
    due: Due
    unit: Unit = "calendar"

    @property
    def title(self) -> str:
        """Both titles, as the kind of duty has them."""
        return title_of(self.code)


def title_of(code: str) -> str:
    """Give both titles of a kind."""
    return f"{KINDS[code].zh} / {KINDS[code].en}"


def _days(start: date, count: int) -> date:
    return start + timedelta(days=count)


def _after_identification(parameter: str, later: Callable[[date, int], date] = _days) -> Due:
    def due(policy: Profile, _: date, identified_on: date | None) -> date | None:
        return later(identified_on, policy.whole(parameter)) if identified_on is not None else None

    return due


IDENTIFICATION = Deadline("D05", lambda policy, found_on, _: identify_limit(policy).ends_on(found_on))
# Source: 维西县 2024, within 10 days of identification (F-A26).
PLAN = Deadline("D06", _after_identification("clock.plan_limit_days"))
# Source: national check rule 1_11_010.
FIRST_MEASURE = Deadline("D07", _after_identification("clock.first_measure_days"))
# Of a household with labour. Source: check rule 5_12_007.
DEVELOPMENT_MEASURE = Deadline(
    "D08", _after_identification("clock.development_measure_months", add_months), unit="months"
)
LOOK_BACK = "D10"
_MONTHS_A_QUARTER = 3


@dataclass(frozen=True)
class Taken:
    """A step that was taken: where it led, from where, on which day."""

    state: str
    before: str | None
    on: date


@dataclass(frozen=True)
class Case:
    """What the duties of an episode follow from.

    Attributes:
        is_monitored: The household is in the register as monitored now.
        is_active, ended_on: Whether the episode is not over; the day of its newest step.
        taken_on: The day it came here: an imported case's times run from then, as nobody could have acted before.
        looks_back: Its risk was eliminated and it is looked back on.
        can_work: Somebody of the household has ordinary or skilled labour.
        plan_on, first_on, development_on: Days of the plan, the first measure and the first development measure.
        looked_back: Days of the look-backs since the elimination, in order.
        promised: What departments are to do for it: measures, and tasks of its plan.
        steps: Its steps in order, where its identification has a limit.
        is_green: Whether the green channel was approved: help is promised before the identification.
    """

    episode_id: str
    household_id: str
    area_code: str
    origin: str
    is_monitored: bool
    is_active: bool
    looks_back: bool
    ended_on: date
    found_on: date
    taken_on: date
    identify_due_on: date | None
    identified_on: date | None
    eliminated_on: date | None
    can_work: bool
    looked_back: tuple[date, ...]
    plan_on: date | None = None
    first_on: date | None = None
    development_on: date | None = None
    promised: tuple[Promised, ...] = ()
    steps: tuple[Taken, ...] = ()
    is_green: bool = False

    @property
    def is_helped(self) -> bool:
        """Whether somebody is to carry out what was promised."""
        return self.is_monitored or (self.is_green and self.is_active)


def duties_of(case: Case, policy: Profile) -> list[Said]:
    """Give every duty that the episode's state implies, those that were done included.

    A measure or task is its department's from the day that it was planned; where its day was past by then, from that
    day. One that cannot be done is the township's from the day that the department said so, until something else is
    planned.

    Source: domain reference, deadlines D05-D08 and D10; that an imported case counts from the day it came is [A].
    """
    found: list[Said] = []
    if case.identify_due_on is not None:
        limit = identify_limit(policy)
        unit: Unit = "working" if limit.work else "calendar"
        pauses = identification_pauses(case.steps, policy)
        due_on = postponed(case.found_on, case.identify_due_on, pauses, limit.work)
        said = replace(_said(case, IDENTIFICATION.code, case.found_on, due_on, unit), pauses=pauses)
        decided_on = case.identified_on or (None if case.is_active else case.ended_on)
        found.append(_closed(replace(said, is_estimate=limit.is_estimate(case.found_on)), done_on=decided_on))
    if case.identified_on is not None:
        start = max(case.identified_on, case.taken_on) if case.origin == "import" else case.identified_on
        helped = [(PLAN, case.plan_on), (FIRST_MEASURE, case.first_on)]
        if case.can_work:
            helped.append((DEVELOPMENT_MEASURE, case.development_on))
        gone_on = None if case.is_monitored else case.ended_on
        for deadline, done_on in helped:
            last_on = deadline.due(policy, case.found_on, start)
            if last_on is not None:
                said = _said(case, deadline.code, start, last_on, deadline.unit)
                found.append(_closed(said, done_on=done_on, gone_on=gone_on))
    if case.eliminated_on is not None:
        gone_on = None if case.looks_back else case.ended_on
        for place in range(1, policy.whole("episodes.lookbacks") + 1):
            due_on = add_months(case.eliminated_on, _MONTHS_A_QUARTER * place)
            said = _said(case, LOOK_BACK, case.eliminated_on, due_on, "months", f"-{place}")
            done_on = case.looked_back[place - 1] if place <= len(case.looked_back) else None
            found.append(_closed(said, done_on=done_on, gone_on=gone_on))
    for each in case.promised:
        start = min(each.agreed_on, each.planned_on)
        said = Said(
            f"{each.kind}-{each.subject_id}", each.kind, start, each.planned_on, "calendar",
            subject_id=each.subject_id, department=each.department, person_id=each.person_id,
        )  # fmt: skip
        left_on = None if case.is_helped else case.ended_on
        found.append(_closed(said, done_on=each.done_on, gone_on=each.dropped_on or left_on))
        if each.dropped_on is not None and each.is_returned:
            due_on = _days(each.dropped_on, policy.whole("clock.replan_days"))
            replan = REPLANS[each.kind]
            back = Said(
                f"{replan}-{each.subject_id}", replan, each.dropped_on, due_on, "calendar", subject_id=each.subject_id
            )
            found.append(_closed(back, done_on=each.replanned_on, gone_on=left_on))
    return found


def identification_pauses(steps: Sequence[Taken], policy: Profile) -> tuple[Pause, ...]:
    """Give the days that do not count towards the identification where the county has it so (clock.identify_pauses).

    A notice pauses it for the days that it must be up, no longer; a case that was returned for supplement until it is
    audited again.
    """
    which = policy.values["clock.identify_pauses"]
    found: list[Pause] = []
    for place, step in enumerate(steps):
        later = steps[place + 1 :]
        until: date | None
        if step.state == EpisodeState.PUBLICISED and which in ("publicity", "both"):
            until = step.on + timedelta(days=policy.whole("clock.publicity_days"))
            until = min([until, *(each.on for each in later[:1])])
            reason = _PUBLICITY
        elif (step.state, step.before) == (EpisodeState.VISITED, EpisodeState.TOWN_AUDITED) and which in (
            "returns", "both",
        ):  # fmt: skip
            until = next((each.on for each in later if each.state == EpisodeState.TOWN_AUDITED), None)
            reason = _RETURNED
        else:
            continue
        since = step.on + timedelta(days=1)
        if until is None or since <= until:
            found.append(Pause(since=since, until=until, reason=reason))
    return tuple(found)


_PUBLICITY = "村内公示期间 / while the notice is up"
_RETURNED = "退回补正期间 / returned for supplement"


def _said(case: Case, code: str, start: date, due_on: date, unit: Unit, tail: str = "") -> Said:
    return Said(f"{code}-{case.episode_id}{tail}", code, start, due_on, unit)


def _closed(said: Said, *, done_on: date | None, gone_on: date | None = None) -> Said:
    if done_on is not None:
        return replace(said, outcome="done", closed_on=done_on)
    return said if gone_on is None else replace(said, outcome="cancelled", closed_on=gone_on)
