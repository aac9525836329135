"""A year of every kind of duty, day by day, against a loop that knows nothing of sets."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any

import chinese_calendar
from alerts_world import VILLAGE, World, event_of, new_household

from alerts.duties import rules, service
from alerts.duties.consumers import on_duties
from contracts.duties import KINDS, Duty, Pause, Unit
from contracts.registry import RegistryDutyClosed, RegistryDutyOpened
from servicekit import clock
from servicekit.calendar import WorkCalendar, add_months, postponed
from servicekit.ids import new_id

FIRST, LAST = date(2023, 12, 20), date(2024, 12, 31)  # a leap day, every holiday, made-up workdays
UNITS: tuple[Unit, ...] = ("calendar", "working", "months")
LATENESS = (-4, 0, 1, 5, 12, 40, None)  # days from its day on which it is done; None: never
DAY = timedelta(days=1)


def counts(day: date, unit: Unit, paused: tuple[date, date] | None) -> bool:
    is_paused = paused is not None and paused[0] <= day <= paused[1]
    return not is_paused and (unit != "working" or bool(chinese_calendar.is_workday(day)))


def due_of(start: date, length: int, unit: Unit, paused: tuple[date, date] | None) -> date:
    """Count one by one; months have their length in days before anything pauses them."""
    if unit == "months":
        length = (add_months(start, length) - start).days
    day = start
    while length:
        day += DAY
        length -= counts(day, unit, paused)
    return day


@dataclass
class Planted:
    """A duty of the year: what its owner says, on which day, and what the loop has seen of it."""

    kind: str
    unit: Unit
    start: date
    length: int
    heard_on: date
    paused: tuple[date, date] | None
    lateness: int | None
    household: str | None
    id: str = field(default_factory=new_id)
    told: list[tuple[date, str, str | None]] = field(default_factory=list)
    step: int = 0
    due: date | None = None

    @cached_property
    def without(self) -> date:
        return due_of(self.start, self.length, self.unit, None)

    @cached_property
    def with_pause(self) -> date:
        return due_of(self.start, self.length, self.unit, self.paused)

    @property
    def pauses(self) -> list[Pause]:
        if self.paused is None:
            return []
        return [Pause(since=self.paused[0], until=self.paused[1], reason="暂停 / paused")]

    @property
    def said_last_on(self) -> date:
        return self.heard_on if self.paused is None else self.paused[1]

    def story(self) -> Iterator[tuple[date, date, list[Pause], bool]]:
        """Day on which it is said, day that it is due, pauses, whether it is closed; in order."""
        yield self.heard_on, self.without, [], False
        if self.paused is not None:
            since, until = self.paused
            yield since - DAY, self.without, [Pause(since=since, reason="暂停 / paused")], False
            yield until, self.with_pause, self.pauses, False
        if self.lateness is not None:
            done_on = max(self.with_pause + timedelta(days=self.lateness), self.heard_on, self.said_last_on)
            yield done_on, self.with_pause, self.pauses, True

    def events(self) -> list[tuple[date, Duty]]:
        found: list[tuple[date, Duty]] = []
        for revision, (day, due_on, pauses, is_closed) in enumerate(self.story(), 1):
            facts: dict[str, Any] = {
                "duty_id": self.id, "revision": revision, "kind": self.kind, "subject_id": "s",
                "household_id": self.household, "area_code": VILLAGE, "counts_from": self.start, "due_on": due_on,
                "unit": self.unit, "pauses": pauses,
                "department": "MED" if KINDS[self.kind].assignee == "department" else None,
            }  # fmt: skip
            kind: type[Duty] = RegistryDutyClosed if is_closed else RegistryDutyOpened
            closing = {"outcome": "done", "closed_on": day} if is_closed else {}
            found.append((day, kind.model_validate(facts | closing)))
        return found

    def live(self, today: date) -> None:
        """Let one day pass, after what was said on it."""
        said = [(due_on, pauses, is_closed) for day, due_on, pauses, is_closed in self.story() if day <= today]
        if not said:
            return
        due_on, pauses, is_closed = said[-1]
        ladder = KINDS[self.kind].ladder
        if self.due is None and KINDS[self.kind].announced and not is_closed:
            self.told.append((today, "duty_opened", None))
        if due_on != self.due:  # a day that is over is not told of, but where it belongs
            self.due = due_on
            self.step = max(sum(due_on + timedelta(days=step.day) <= today for step in ladder) - 1, 0)
        if is_closed or any(pause.until is None for pause in pauses):
            return
        while self.step < len(ladder) and due_on + timedelta(days=ladder[self.step].day) <= today:
            level = ladder[self.step].to
            self.told.append((today, "duty_near" if level is None else "duty_late", level))
            self.step += 1


def plant(draw: random.Random) -> list[Planted]:
    found = []
    for kind in KINDS:
        for unit in UNITS:
            for lateness in draw.sample(LATENESS, 3):
                start = FIRST + timedelta(days=draw.randrange(1, 240))
                length = draw.randrange(1, 4) if unit == "months" else draw.randrange(2, 30)
                due_on = due_of(start, length, unit, None)
                heard_on = start + timedelta(days=draw.choice((0, 0, 0, (due_on - start).days + 3)))
                paused = None
                if heard_on == start and (due_on - start).days > 3 and draw.random() < 0.6:
                    since = start + timedelta(days=draw.randrange(2, (due_on - start).days + 1))
                    paused = since, since + timedelta(days=draw.randrange(0, 15))
                home = None if KINDS[kind].assignee in ("department", "county") else new_household()
                found.append(Planted(kind, unit, start, length, heard_on, paused, lateness, home))
    return found


async def test_a_year_of_every_kind_is_stepped_as_counting_day_by_day_would(
    world: World, move_clock: Callable[[float], None]
) -> None:
    planted = plant(random.Random(10))
    said: dict[date, list[Duty]] = {}
    for duty in planted:
        for day, event in duty.events():
            said.setdefault(day, []).append(event)
    day = FIRST
    while day <= LAST:
        noon = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
        move_clock(noon.timestamp() - time.time())
        assert clock.today() == day
        async with world.database.transaction() as session:
            if day in said:
                await on_duties(session, [event_of(event) for event in said[day]])
            while await service.step_batch(session):
                pass
        for duty in planted:
            duty.live(day)
        day += DAY
    rows = await world.rows("SELECT kind, data FROM alert WHERE data ->> 'duty_id' IS NOT NULL ORDER BY position")
    told: dict[str, list[tuple[date, str, str | None]]] = {}
    for row in rows:
        at = datetime.fromisoformat(row["data"]["raised_at"]).astimezone(clock.CHINA).date()
        told.setdefault(row["data"]["duty_id"], []).append((at, row["kind"], row["data"]["escalated_to"]))
    for duty in planted:
        assert told.get(duty.id, []) == duty.told, duty
    assert {duty.kind for duty in planted if any(kind == "duty_late" for _, kind, _ in duty.told)} == set(KINDS)
    assert any(duty.paused for duty in planted)


def test_owners_give_the_day_that_counting_gives_and_the_clock_shows_it_so() -> None:
    for seed in range(5):
        for duty in plant(random.Random(seed)):
            work = WorkCalendar() if duty.unit == "working" else None
            assert postponed(duty.start, duty.without, duty.pauses, work) == duty.with_pause, duty
            shown = list(rules.days(duty.kind, duty.start, duty.with_pause, until=LAST, pauses=duty.pauses, work=work))
            for day in shown:
                is_late = day.on > duty.with_pause
                assert (day.counts == "late") == is_late
                assert (day.counts == "counted") == (not is_late and counts(day.on, duty.unit, duty.paused)), (
                    duty,
                    day,
                )
