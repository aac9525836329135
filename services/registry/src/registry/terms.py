"""A term in a role, as the rules of every feature see it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from contracts.vocabulary import StaffRole


@dataclass(frozen=True)
class Term:
    """A term in a role: both days included, `last_on` None while no end is known."""

    role: StaffRole
    area_code: str
    first_on: date
    last_on: date | None = None
    grid: str | None = None

    def covers(self, day: date) -> bool:
        """Tell whether the term runs on a day."""
        return self.first_on <= day and (self.last_on is None or day <= self.last_on)

    def meets(self, other: Term) -> bool:
        """Tell whether both run on some day."""
        return (self.last_on is None or other.first_on <= self.last_on) and (
            other.last_on is None or self.first_on <= other.last_on
        )
