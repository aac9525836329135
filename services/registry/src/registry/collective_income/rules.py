"""What a village may say of its collective income. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from contracts.errors import FieldError
from registry.collective_income.texts import FAULTS

KIND = "D16"


@dataclass(frozen=True)
class Settled:
    """What became of a village's collective income of a year, in yuan."""

    year: int
    income: Decimal
    distributed: Decimal
    households: int
    settled_on: date


def faults(told: Settled, today: date) -> list[FieldError]:
    """Give what does not go together."""
    found: list[tuple[str, str]] = []
    if told.year > today.year:
        found.append(("year.future", "/year"))
    if told.distributed > told.income:
        found.append(("distributed.above", "/distributed"))
    if told.distributed and not told.households:
        found.append(("households.missing", "/households"))
    if told.households and not told.distributed:
        found.append(("households.unexpected", "/households"))
    if told.settled_on > today:
        found.append(("settled_on.future", "/settled_on"))
    if told.settled_on.year < told.year:
        found.append(("settled_on.before", "/settled_on"))
    return [FieldError.told(FAULTS, key, pointer) for key, pointer in found]
