"""Until when shortfalls are to be mended, what counts on a day, and how they add up. Pure.

Source: 动态清零 (F-B12, F-B20, F-B22): a shortfall is open from the status that made it known until another ends it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from contracts.vocabulary import Guarantee
from servicekit.clock import CHINA

By = Literal["village", "town", "county"]

WITHDRAWN = "withdrawn"
ENDED = "household_ended"


@dataclass(frozen=True)
class Tally:
    """How many shortfalls of a guarantee an area, or everything asked for, has.

    Attributes:
        closed: Of those ever known, how many are closed.
        opened_in_month, closed_in_month: In the calendar month of the day that is looked at.
        oldest_since_on: Of the open ones.
    """

    guarantee: Guarantee
    open: int = 0
    overdue: int = 0
    closed: int = 0
    households: int = 0
    opened_in_month: int = 0
    closed_in_month: int = 0
    oldest_since_on: date | None = None


def limit_of(guarantee: Guarantee) -> str:
    """Give the parameter that says within how many days a shortfall of it is to be mended."""
    return f"guarantees.{guarantee.value}_days"


def until(as_of: date) -> datetime:
    """Give the instant until which is known what counts on a day: its end in China."""
    return datetime.combine(as_of + timedelta(days=1), time(), CHINA)


def totals(tallies: Iterable[Tally], guarantees: Sequence[Guarantee]) -> list[Tally]:
    """Add up the areas of each guarantee; one that lacks nowhere counts none (清零)."""
    found: dict[Guarantee, Tally] = {guarantee: Tally(guarantee) for guarantee in guarantees}
    for each in tallies:
        so_far = found[each.guarantee]
        days = [day for day in (so_far.oldest_since_on, each.oldest_since_on) if day is not None]
        found[each.guarantee] = Tally(
            each.guarantee,
            so_far.open + each.open,
            so_far.overdue + each.overdue,
            so_far.closed + each.closed,
            so_far.households + each.households,
            so_far.opened_in_month + each.opened_in_month,
            so_far.closed_in_month + each.closed_in_month,
            min(days, default=None),
        )
    return [found[guarantee] for guarantee in guarantees]
