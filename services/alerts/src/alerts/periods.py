"""What is asked of months, quarters and years besides their days. Pure."""

from __future__ import annotations

from datetime import date, timedelta

from contracts.indicators import Period, PeriodKind, period_of, period_with


def year_before(period: Period) -> Period:
    """Give the same month, quarter or year of the year before."""
    return period_of(f"{int(period.name[:4]) - 1:04d}{period.name[4:]}")


def last_ended(day: date, kind: PeriodKind) -> Period:
    """Give the last month, quarter or year whose last day is `day` or before it."""
    period = period_with(day, kind)
    return period if period.last == day else period.before


def parts_of(period: Period, kind: PeriodKind) -> list[Period]:
    """Give the months, quarters or years that lie in a period, in order."""
    found, day = [], period.first
    while day <= period.last:
        found.append(period_with(day, kind))
        day = found[-1].last + timedelta(days=1)
    return found
