"""Decisions about periods and deadlines. Pure: no clock, no session."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from sharing.periods import due_on as due_on
from sharing.periods import first_day
from sharing.periods import last_day as last_day
from sharing.periods import shifted as shifted

_CHINA = ZoneInfo("Asia/Shanghai")

Timeliness = Literal["on_time", "late", "missing", "pending", "not_owed"]
Mode = Literal["full", "incremental", "correction"]
Kind = Literal["full", "increment", "correction"]


def window(period: str, valid_months: int) -> tuple[str, str]:
    """Give the first and last period of the `valid_months` periods that end with `period`."""
    return shifted(period, 1 - valid_months), period


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


def timeliness(first_received_at: datetime | None, due: date, today: date, *, is_owed: bool = True) -> Timeliness:
    """Tell how a department stands with a dataset. A correction sent later does not make a timely delivery late."""
    if not is_owed:
        return "not_owed" if first_received_at is None else "on_time"
    if first_received_at is not None:
        return "late" if is_late(first_received_at, due) else "on_time"
    return "missing" if today > due else "pending"


def kind_of(mode: Mode | None, dataset_mode: Literal["full", "incremental"]) -> Kind | None:
    """Give what a delivery is.

    `None`: the dataset has no such deliveries; only some rows of it are ever delivered, so none is the whole list.
    """
    if mode == "correction":
        return "correction"
    if (mode or dataset_mode) == "incremental":
        return "increment"
    return "full" if dataset_mode == "full" else None


def joins(kind: str, dataset_mode: Literal["full", "incremental"], *, adds_to_list: bool) -> bool:
    """Tell whether the rows of a delivery join what counts for the month instead of replacing it.

    Args:
        adds_to_list: Its sender says that it adds, and there is a list of the month to add to. Where the month's rows
            come in one file, rows without a word are the month.
    """
    if kind == "correction":
        return True
    return kind == "increment" and (dataset_mode == "full" or adds_to_list)


def missing_parts(announced: dict[int, str | None], stored: dict[int, str]) -> tuple[list[int], list[int], list[int]]:
    """Compare a commit with what is stored: `(missing, different, unannounced)` part numbers.

    Args:
        announced: Part number -> SHA-256, or None where the caller only counts parts.
    """
    missing = sorted(set(announced) - set(stored))
    different = sorted(n for n, sha in announced.items() if n in stored and sha is not None and sha != stored[n])
    return missing, different, sorted(set(stored) - set(announced))
