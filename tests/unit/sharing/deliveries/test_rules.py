"""Periods, due days and lateness."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from sharing.deliveries import rules


@pytest.mark.parametrize(
    ("period", "months", "shifted"),
    [("2026-10", 0, "2026-10"), ("2026-12", 1, "2027-01"), ("2026-01", -1, "2025-12"), ("2026-03", -15, "2024-12")],
)
def test_periods_shift_across_years(period: str, months: int, shifted: str) -> None:
    assert rules.shifted(period, months) == shifted


def test_a_window_ends_with_its_period() -> None:
    assert rules.window("2026-10", 1) == ("2026-10", "2026-10")
    assert rules.window("2026-10", 12) == ("2025-11", "2026-10")


def test_the_due_day_is_one_of_the_following_month() -> None:
    """F-A06: 每月15日前; a day that the month does not have means its last one."""
    assert rules.due_on("2026-10", 15) == date(2026, 11, 15)
    assert rules.due_on("2026-12", 15) == date(2027, 1, 15)
    assert rules.due_on("2027-01", 31) == date(2027, 2, 28)


def test_a_period_is_open_from_its_first_day_to_the_last_open_month() -> None:
    assert rules.is_future("2026-11", date(2026, 10, 31))
    assert not rules.is_future("2026-11", date(2026, 11, 1))
    assert not rules.is_closed("2026-04", date(2026, 10, 31), 6)
    assert rules.is_closed("2026-04", date(2026, 11, 1), 6)


@pytest.mark.parametrize(
    ("today", "valid_months", "open_months", "keep_days", "through"),
    [
        # October is open until 30 April; thirty whole days later, from 31 May, its rows may go.
        (date(2027, 5, 30), 1, 6, 30, "2026-09"),
        (date(2027, 5, 31), 1, 6, 30, "2026-10"),
        # An increment still counts for the eleven periods after its own.
        (date(2028, 4, 30), 12, 6, 30, "2026-09"),
        (date(2028, 5, 1), 12, 6, 30, "2026-10"),
        (date(2026, 11, 10), 60, 6, 30, "2021-04"),
        # One whole day after the last day of the period, or none.
        (date(2026, 11, 1), 1, 0, 1, "2026-09"),
        (date(2026, 11, 2), 1, 0, 1, "2026-10"),
        (date(2026, 11, 1), 1, 0, 0, "2026-10"),
        (date(2026, 3, 1), 1, 1, 28, "2025-12"),
    ],
)
def test_rows_expire_the_days_after_the_last_period_that_needs_them_closed(
    today: date, valid_months: int, open_months: int, keep_days: int, through: str
) -> None:
    assert (
        rules.expired_through(today, valid_months=valid_months, open_months=open_months, keep_days=keep_days) == through
    )


@pytest.mark.parametrize("today", [date(2026, 1, 31), date(2026, 2, 28), date(2026, 12, 31), date(2028, 2, 29)])
@pytest.mark.parametrize(("valid_months", "open_months", "keep_days"), [(1, 6, 30), (12, 6, 1), (60, 1, 365)])
def test_rows_expire_only_when_every_period_that_needs_them_is_closed(
    today: date, valid_months: int, open_months: int, keep_days: int
) -> None:
    through = rules.expired_through(today, valid_months=valid_months, open_months=open_months, keep_days=keep_days)
    needed_last = rules.shifted(through, valid_months - 1)
    then = today - timedelta(days=keep_days)
    assert rules.is_closed(needed_last, then, open_months)
    assert not rules.is_closed(rules.shifted(needed_last, 1), then, open_months)


def test_superseded_rows_are_kept_for_the_days() -> None:
    now = datetime(2026, 12, 11, tzinfo=UTC)
    assert rules.superseded_before(now, 30) == datetime(2026, 11, 11, tzinfo=UTC)


def test_the_due_day_counts_whole_in_china() -> None:
    due = date(2026, 11, 15)
    assert not rules.is_late(datetime(2026, 11, 15, 15, 59, 59, tzinfo=UTC), due)
    assert rules.is_late(datetime(2026, 11, 15, 16, 0, tzinfo=UTC), due)


@pytest.mark.parametrize(
    ("received", "today", "status"),
    [
        (None, date(2026, 11, 15), "pending"),
        (None, date(2026, 11, 16), "missing"),
        (datetime(2026, 11, 2, tzinfo=UTC), date(2026, 12, 1), "on_time"),
        (datetime(2026, 11, 17, tzinfo=UTC), date(2026, 11, 17), "late"),
    ],
)
def test_timeliness(received: datetime | None, today: date, status: str) -> None:
    assert rules.timeliness(received, date(2026, 11, 15), today) == status


def test_what_is_not_owed_is_never_late() -> None:
    due, later = date(2026, 11, 15), date(2026, 12, 1)
    assert rules.timeliness(None, due, later, is_owed=False) == "not_owed"
    assert rules.timeliness(datetime(2026, 11, 20, tzinfo=UTC), due, later, is_owed=False) == "on_time"


def test_parts_are_compared_by_number_and_digest() -> None:
    stored = {1: "a", 2: "b", 4: "d"}
    assert rules.missing_parts({1: "a", 2: "x", 3: "c"}, stored) == ([3], [2], [4])
    assert rules.missing_parts({1: None, 2: None, 4: None}, stored) == ([], [], [])
