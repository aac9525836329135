"""What an income plan may say, and what a village owes the households of the year's cohorts. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from contracts.errors import FieldError
from registry.duty import Ground, Said, Tally
from registry.income_plans.texts import FAULTS
from registry.periods import part_of_year

KIND = "D13"


def fault(key: str, pointer: str) -> FieldError:
    """Give a fault of the texts of income plans."""
    return FieldError.told(FAULTS, key, pointer)


def faults(year: int, due: Sequence[date | None], today: date) -> list[FieldError]:
    """Give what is wrong with a plan's year and the days of its measures."""
    found = [] if year in (today.year, today.year + 1) else [fault("year.unfit", "/year")]
    return found + [
        fault("due_on.other_year", f"/measures/{place}/due_on")
        for place, day in enumerate(due)
        if day is not None and day.year != year
    ]


def due_on(year: int, month: int) -> date:
    """Give the day by which the plans of a year are due: the last of a month."""
    return part_of_year(date(year, month, 1), 1)[1]


def years_of(month: int, known_open: Iterable[str], today: date) -> list[int]:
    """Give the years whose cohorts are looked at: this one, and those that somebody still owes.

    Args:
        month: By whose end plans are due; 0: none is asked for.
        known_open: Ids of duties that were announced and are open.
    """
    return sorted({today.year, *(year_of(each) for each in known_open)}) if month else []


def duty_id(village: str, year: int) -> str:
    """Give the id of a village's duty."""
    return f"{KIND}-{village}-{year}"


def year_of(duty: str) -> int:
    """Give the year that a duty is about."""
    return int(duty[-4:])


def ground_of(duty: str) -> Ground:
    """Give what a duty hangs on."""
    _, village, year = duty.split("-")
    return Ground(f"{village}/{year}", village)


def duty_of(tally: Tally, year: int, month: int) -> Said:
    """Give the duty of a village with households in the cohorts of a year."""
    return tally.said(duty_id(tally.village, year), KIND, (date(year, 1, 1), due_on(year, month)))
