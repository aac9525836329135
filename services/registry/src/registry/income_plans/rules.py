"""What an income plan may say. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from contracts.errors import FieldError
from registry.income_plans.texts import FAULTS

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
