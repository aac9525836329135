"""Decisions about periods and deadlines. Pure: no clock, no session."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

_CHINA = ZoneInfo("Asia/Shanghai")

Timeliness = Literal["on_time", "late", "missing", "pending"]


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


def window(period: str, valid_months: int) -> tuple[str, str]:
    """Give the first and last period of the `valid_months` periods that end with `period`."""
    return shifted(period, 1 - valid_months), period


def due_on(period: str, due_day: int) -> date:
    """Give the day by which a period's data must arrive: `due_day` of the following month, or that month's last day.

    Source: F-A06, 「每月15日前导入数据」; parameter sharing.delivery_due_day.
    """
    following = last_day(shifted(period, 1))
    return following.replace(day=min(due_day, following.day))


def is_future(period: str, today: date) -> bool:
    """Tell whether the period has not begun."""
    return first_day(period) > today


def is_closed(period: str, today: date, open_months: int) -> bool:
    """Tell whether the period ended more than `open_months` months ago.

    Source: parameter sharing.period_open_months.
    """
    return today > last_day(shifted(period, open_months))


def expired_through(today: date, *, valid_months: int, open_months: int, keep_days: int) -> str:
    """Give the last period whose rows may be deleted today, and those of every period before it.

    Rows of a period count for comparisons of that period and the `valid_months - 1` that follow, and those are
    repeated while they are open. The rows go once `keep_days` whole days have passed since the last of them closed.

    Source: parameters sharing.row_retention_days and sharing.period_open_months; Personal Information Protection
    Law art. 19, shortest retention.
    """
    # A period's last needing month must have ended before this day, so it is at most the month before.
    limit = today - timedelta(days=keep_days)
    return shifted(f"{limit.year:04d}-{limit.month:02d}", -(valid_months + open_months))


def superseded_before(now: datetime, keep_days: int) -> datetime:
    """Give the instant before which a delivery must have been superseded for its rows to be deleted now.

    No comparison begun later reads them; those begun before can be replayed as long as their folders are kept,
    which is the same number of days.
    """
    return now - timedelta(days=keep_days)


def business_date(at: datetime) -> date:
    """Give the date in China of an instant, where every deadline is counted."""
    return at.astimezone(_CHINA).date()


def is_late(at: datetime, due: date) -> bool:
    """Tell whether something that arrived at `at` missed a due day; the whole due day counts as in time."""
    return business_date(at) > due


def timeliness(first_received_at: datetime | None, due: date, today: date) -> Timeliness:
    """Tell how a department stands with a dataset. A correction sent later does not make a timely delivery late."""
    if first_received_at is not None:
        return "late" if is_late(first_received_at, due) else "on_time"
    return "missing" if today > due else "pending"


def common_area(areas: Sequence[str]) -> str:
    """Give the smallest area that holds all of a client's areas: whose data the client delivers.

    No area means the nation.
    """
    if not areas:
        return "0" * 12
    for end in (12, 9, 6, 4, 2):
        prefixes = {area[:end] for area in areas}
        if len(prefixes) == 1:
            return prefixes.pop().ljust(12, "0")
    return "0" * 12


def missing_parts(announced: dict[int, str | None], stored: dict[int, str]) -> tuple[list[int], list[int], list[int]]:
    """Compare a commit with what is stored: `(missing, different, unannounced)` part numbers.

    Args:
        announced: Part number -> SHA-256, or None where the caller only counts parts.
    """
    missing = sorted(set(announced) - set(stored))
    different = sorted(n for n, sha in announced.items() if n in stored and sha is not None and sha != stored[n])
    return missing, different, sorted(set(stored) - set(announced))
