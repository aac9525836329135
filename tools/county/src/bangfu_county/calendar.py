"""The month that the county is generated for, and the dates that follow from it."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random


@dataclass(frozen=True, slots=True)
class Month:
    """A reporting period, for example 2026-10."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> Month:
        """Read "2026-10".

        Raises:
            ValueError: not a year and a month.
        """
        parsed = date.fromisoformat(f"{text}-01")
        return cls(parsed.year, parsed.month)

    @property
    def first(self) -> date:
        """First day of the month."""
        return date(self.year, self.month, 1)

    @property
    def as_of(self) -> date:
        """Last day of the month: the day for which the rules are asked."""
        return date(self.year, self.month, monthrange(self.year, self.month)[1])

    @property
    def cutoff(self) -> date:
        """31 August of the running school year's first calendar year."""
        return date(self.year if self.month >= 9 else self.year - 1, 8, 31)

    @property
    def school_year(self) -> str:
        """The running school year, for example "2026-2027"."""
        return f"{self.cutoff.year}-{self.cutoff.year + 1}"

    @property
    def term(self) -> str:
        """The running term: autumn from September to January, spring from February to August."""
        return "spring" if 2 <= self.month <= 8 else "autumn"

    @property
    def term_began(self) -> date:
        """Its first day."""
        return date(self.year, 2, 1) if self.term == "spring" else self.cutoff + timedelta(days=1)

    def months_back(self, months: int) -> date:
        """The as-of day moved back by whole months, clamped to the end of the month reached."""
        index = self.year * 12 + self.month - 1 - months
        year, month = divmod(index, 12)
        return date(year, month + 1, min(self.as_of.day, monthrange(year, month + 1)[1]))


def age_on(born: date, day: date) -> int:
    """Completed years."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def years_before(day: date, years: int) -> date:
    """The same calendar day some years earlier; 29 February becomes the 28th."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def born_aged(rng: Random, age: int, day: date) -> date:
    """Draw a birth date of somebody who is `age` completed years old on `day`."""
    return years_before(day, age) - timedelta(days=int(rng.random() * 365))


def between(rng: Random, first: date, last: date) -> date:
    """Draw a day, both ends included."""
    return first + timedelta(days=int(rng.random() * ((last - first).days + 1)))
