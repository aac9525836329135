"""Months and quarters, what a county owes of them, and whose what was decided is. Pure.

Source: 一月一调度、一季度一督查一通报.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from alerts.scheduling.texts import FAULTS
from contracts.duties import Closed, Duty, Opened
from contracts.errors import FieldError
from contracts.vocabulary import Department
from servicekit import areas

PERIOD_FORM: Final = r"^20[0-9]{2}-(0[1-9]|1[0-2]|Q[1-4])$"
MONTH, QUARTER = 1, 3
LOOKED_BACK: Final = 12
"""How many periods back somebody looks for the last one that was asked for: longer no worker stands still."""
ITEM_OF_DEPARTMENT, ITEM_OF_TOWNSHIP = "Y01", "Y02"


@dataclass(frozen=True, slots=True)
class Period:
    """A month or a quarter of a year.

    Attributes:
        name: `2026-11`, `2026-Q4`.
        first, last: Its days, both included.
    """

    name: str
    first: date
    last: date


def period_of(name: str) -> Period:
    """Give a period by its name, which has the form of one."""
    year, part = int(name[:4]), name[5:]
    if part.startswith("Q"):
        return _period(date(year, 3 * int(part[1]) - 2, 1), QUARTER)
    return _period(date(year, int(part), 1), MONTH)


def period_with(day: date, months: int) -> Period:
    """Give the month, or the quarter, that a day lies in."""
    return _period(date(day.year, (day.month - 1) // months * months + 1, 1), months)


def _period(first: date, months: int) -> Period:
    after = first.month - 1 + months
    last = date(first.year + after // 12, after % 12 + 1, 1) - timedelta(days=1)
    name = f"{first:%Y-%m}" if months == MONTH else f"{first.year:04d}-Q{(first.month + 2) // 3}"
    return Period(name, first, last)


def before(period: Period) -> Period:
    """Give the period before one of the same length."""
    months = QUARTER if "Q" in period.name else MONTH
    return period_with(period.first - timedelta(days=1), months)


def owed(known: Collection[str], today: date, months: int) -> list[Period]:
    """Give the periods for which a county is to be asked now, in order: those since the last one that was asked for.

    A county that was never asked owes the period in which it begins, and none before it.

    Args:
        known: Names of the periods for which it was asked.
    """
    now = period_with(today, months)
    found = [now]
    while len(found) <= LOOKED_BACK:
        if found[-1].name in known:
            return found[::-1]
        found.append(before(found[-1]))
    return [now]


def duty_id(county: str, period: str) -> str:
    """Give the id of a county's duty for a period."""
    return f"D14-{county[:6]}-{period}"


@dataclass(frozen=True, slots=True)
class Kept:
    """The records of a county and period.

    Attributes:
        first_on: When the first one of those that stand was made; None where none stands.
        said: How many there are, and how many of them were cancelled, added up: it only grows.
    """

    first_on: date | None
    said: int


def county_duty(county: str, period: Period, kept: Kept, grace_days: int) -> Duty:
    """Give what is said of a county's duty for a period, which is done while a record of it stands."""
    values = {
        "duty_id": duty_id(county, period.name),
        "revision": 1 + kept.said,
        "kind": "D14",
        "subject_id": f"{county}/{period.name}",
        "area_code": county,
        "counts_from": period.first - timedelta(days=1),
        "due_on": period.last + timedelta(days=grace_days),
    }
    if kept.first_on is None:
        return Opened.model_validate(values)
    return Closed.model_validate(values | {"outcome": "done", "closed_on": kept.first_on})


@dataclass(frozen=True, slots=True)
class Item:
    """Something that was decided: whose it is, and by when."""

    area_code: str
    department: str | None
    due_on: date


def flaws_of(area_code: str, period: Period, held_on: date, items: Sequence[Item], today: date) -> list[FieldError]:
    """Give everything that is wrong with what is said of a meeting; empty when it may be recorded.

    One that was held after its period is over is taken: the duty says that it was late.
    """
    flaws: list[FieldError] = []
    if held_on < period.first:
        flaws.append(FieldError.told(FAULTS, "held_on.before", "/held_on"))
    if held_on > today:
        flaws.append(FieldError.told(FAULTS, "held_on.future", "/held_on"))
    for place, item in enumerate(items):
        at = f"/items/{place}"
        if not areas.is_within(item.area_code, area_code):
            flaws.append(FieldError.told(FAULTS, "area_code.outside", f"{at}/area_code"))
        elif item.department is None and areas.level_of(item.area_code) not in ("town", "village"):
            flaws.append(FieldError.told(FAULTS, "department.missing", f"{at}/department"))
        if item.due_on < held_on:
            flaws.append(FieldError.told(FAULTS, "due_on.before", f"{at}/due_on"))
    return flaws


@dataclass(frozen=True, slots=True)
class Task:
    """An item as its duty needs it."""

    id: str
    version: int
    area_code: str
    department: str | None
    state: str
    counts_from: date
    due_on: date
    closed_on: date | None


def item_duty_id(item: Task) -> str:
    """Give the id of an item's duty."""
    return f"{ITEM_OF_DEPARTMENT if item.department else ITEM_OF_TOWNSHIP}-{item.id}"


def item_duty(item: Task) -> Duty:
    """Give what is said of an item's duty."""
    values = {
        "duty_id": item_duty_id(item),
        "revision": item.version,
        "kind": item_duty_id(item)[:3],
        "subject_id": item.id,
        "area_code": item.area_code,
        "department": Department(item.department) if item.department else None,
        "counts_from": item.counts_from,
        "due_on": item.due_on,
    }
    if item.state == "open":
        return Opened.model_validate(values)
    return Closed.model_validate(values | {"outcome": item.state, "closed_on": item.closed_on})
