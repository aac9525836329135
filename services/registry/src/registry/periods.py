"""Parts of a year: months, quarters, halves. Pure."""

from __future__ import annotations

from datetime import date, timedelta


def part_of_year(day: date, months: int) -> tuple[date, date]:
    """Give the first and the last day of the part of its year, of so many months, that a day lies in.

    Args:
        months: A divisor of twelve.
    """
    first = date(day.year, (day.month - 1) // months * months + 1, 1)
    after = first.month - 1 + months
    return first, date(first.year + after // 12, after % 12 + 1, 1) - timedelta(days=1)
