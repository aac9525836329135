"""Months `yyyy-mm`, their days, and when their data are due. Pure."""

from __future__ import annotations

import calendar
from datetime import date


def first_day(period: str) -> date:
    """Give the first day of a period `yyyy-mm`.

    Raises:
        ValueError: if it is no month.
    """
    year, month = period.split("-")
    return date(int(year), int(month), 1)


def last_day(period: str) -> date:
    """Give the last day of a period: the default date of its data."""
    first = first_day(period)
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])


def shifted(period: str, months: int) -> str:
    """Give the period `months` later (negative: earlier)."""
    first = first_day(period)
    index = first.year * 12 + first.month - 1 + months
    return f"{index // 12:04d}-{index % 12 + 1:02d}"


def due_on(period: str, due_day: int) -> date:
    """Give the day by which a period's data must arrive: `due_day` of the following month, or that month's last day.

    Source: F-A06, 「每月15日前导入数据」; parameter sharing.delivery_due_day.
    """
    following = last_day(shifted(period, 1))
    return following.replace(day=min(due_day, following.day))
