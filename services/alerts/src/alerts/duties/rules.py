"""Who may act on a duty, where it stands on its ladder, and its days one by one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal, Protocol

from contracts.duties import KINDS, Assignee, Level, Pause
from contracts.staff import ROLES
from servicekit import areas
from servicekit.calendar import WorkCalendar
from servicekit.persons import Term

HANDLE = "duties:handle"
MOST_DAYS = 1000  # shown one by one; a duty that is late for years is shown as far as that

LADDER = [(kind.code, place, step.day, step.to) for kind in KINDS.values() for place, step in enumerate(kind.ladder, 1)]
"""Every step of every kind's ladder: (kind, place from 1, day from the due day, level)."""


def unit_of(level: Level | Assignee, area_code: str) -> str:
    """Give the area whose people a level means for something in `area_code`."""
    if level == "village":
        return area_code
    return areas.town_of(area_code) if level == "township" else areas.county_of(area_code)


def are_assigned(roots: Sequence[str], kind: str, area_code: str, escalated_to: str | None) -> bool:
    """Tell whether a caller of these areas is of those who have the duty: its assignees, or the level that it went to.

    Whoever only sees it from above has it not: a county's client acts for a township once the duty came to the county.
    """
    levels: list[Level | Assignee] = [KINDS[kind].assignee] if kind in KINDS else ["township"]
    levels += [level for level in ("village", "township", "county", "leadership") if level == escalated_to]
    units = [unit_of(level, area_code) for level in levels]
    own = [root for root in roots if areas.is_within(area_code, root)]
    return any(areas.is_within(root, unit) for root in own for unit in units)


@dataclass(frozen=True, slots=True)
class Held:
    """What decides who may have a duty."""

    kind: str
    area_code: str
    department: str | None
    escalated_to: str | None
    grid: str | None = None


def may_have(terms: Iterable[Term], duty: Held) -> bool:
    """Tell whether somebody with these terms, which are in force, may have a duty in hand.

    A term acts for the department of its unit, as the token does in which somebody acts; one of no department lies
    within the duty's level, as a client's areas do.
    """
    roots = [
        term.area_code
        for term in terms
        if HANDLE in ROLES[term.role].scopes
        and term.department == duty.department
        and term.holds(duty.area_code, duty.grid)
    ]
    if duty.department is not None:
        return bool(roots)
    return are_assigned(roots, duty.kind, duty.area_code, duty.escalated_to)


class Note(Protocol):
    """Something that was said on a duty, as `alerts.duties.tables.DutyNote` has it."""

    @property
    def kind(self) -> str: ...
    @property
    def by(self) -> str: ...
    @property
    def to(self) -> str | None: ...
    @property
    def at(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Holder:
    """Who had a duty in hand, from when until when it was handed over; None until the duty ends."""

    holder: str
    given_by: str | None
    since: datetime
    until: datetime | None = None


def holders(notes: Iterable[Note]) -> list[Holder]:
    """Give who had a duty in hand, one after the other, from what was said on it in the order of time."""
    found: list[Holder] = []
    for note in notes:
        if note.kind == "accepted":
            given = Holder(note.by, None, note.at)
        elif note.kind == "handed_over" and note.to is not None:
            given = Holder(note.to, note.by, note.at)
        else:
            continue
        found[-1:] = [replace(last, until=note.at) for last in found[-1:]]
        found.append(given)
    return found


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a duty.

    Attributes:
        number: How many days have counted up to and with it.
        counts: It counts, it is paused, it is a day off, or the duty is late.
        steps: What the ladder does on it: a level, or None for a reminder.
    """

    on: date
    number: int
    counts: Literal["counted", "paused", "off", "late"]
    reason: str | None
    is_due: bool
    steps: tuple[Level | None, ...]


def days(
    kind: str, counts_from: date, due_on: date, *, until: date, pauses: Sequence[Pause], work: WorkCalendar | None
) -> Iterator[Day]:
    """Give a duty's days from the first one that counts to the day it is due or `until`, whichever is later.

    While a pause lasts that began in time, the duty is not late: its day is known when the pause ends.

    Args:
        work: The days that people work, where only those count.
    """
    number = 0
    on = counts_from
    for _ in range(MOST_DAYS):
        on += timedelta(days=1)
        if on > max(due_on, until):
            return
        pause = next((each for each in pauses if each.since <= on and (each.until is None or on <= each.until)), None)
        counts: Literal["counted", "paused", "off", "late"] = "counted"
        lasts = pause is not None and pause.until is None and pause.since <= due_on
        if on > due_on and not lasts:
            counts = "late"
        elif pause is not None:
            counts = "paused"
        elif work is not None and not work.is_workday(on):
            counts = "off"
        number += counts == "counted"
        steps = tuple(level for code, _, day, level in LADDER if code == kind and due_on + timedelta(days=day) == on)
        reason = pause.reason if pause is not None and counts == "paused" else None
        yield Day(on, number, counts, reason, on == due_on and not lasts, () if lasts else steps)
