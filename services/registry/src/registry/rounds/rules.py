"""Which rounds of its grids a village has to make. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from registry.duty import Ground, Said, Tally
from registry.periods import part_of_year

KIND = "D12"


def rounds_of(months: int, missed: Iterable[date], today: date) -> list[tuple[date, date]]:
    """Give the rounds that are looked at, by first and last day: the one that runs, and those that were missed.

    Args:
        months: Of a round; 0: none is asked for.
        missed: First days of rounds whose duty is open.
    """
    if not months:
        return []
    return [part_of_year(day, months) for day in sorted({part_of_year(today, months)[0], *missed})]


def duty_id(village: str, first: date) -> str:
    """Give the id of a village's duty."""
    return f"{KIND}-{village}-{first.isoformat()}"


def first_of(duty: str) -> date:
    """Give the first day of the round that a duty is about."""
    return date.fromisoformat(duty[-10:])


def ground_of(village: str, first: date) -> Ground:
    """Give what the duty hangs on."""
    return Ground(f"{village}/{first.isoformat()}", village)


def duty_of(tally: Tally, first: date, last: date) -> Said:
    """Give the duty of a village with households in grids."""
    return tally.said(duty_id(tally.village, first), KIND, (first, last))
