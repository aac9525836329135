"""Each record of indicators.toml has its SQL file in the service that owns the facts, and each file its record."""

from __future__ import annotations

from datetime import date

import pytest

from contracts.indicators import INDICATORS, period_of, period_with
from servicekit.indicators import statements
from servicekit.indicators.service import owed, span_of


@pytest.mark.parametrize("service", ["registry", "sharing", "alerts"])
def test_records_and_sql_files_agree(service: str) -> None:
    assert statements.faults(service) == []


def test_a_forgotten_file_and_an_unknown_parameter_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check can fail: a record of another service has no file here."""
    monkeypatch.setattr(statements, "of_service", lambda _: [INDICATORS["deliveries_on_time"]])
    told = statements.faults("alerts")
    assert "deliveries_on_time: no deliveries_on_time.sql" in told
    assert "clues_raised.sql: no record in indicators.toml" in told
    monkeypatch.setattr(statements, "of_service", lambda _: [INDICATORS["clues_raised"]])
    monkeypatch.setattr(statements, "sql_of", lambda _: "SELECT :first_on, :frist_on, x::text")
    assert "clues_raised.sql: no such parameter: frist_on" in statements.faults("alerts")


@pytest.mark.parametrize(
    ("name", "first", "last", "before"),
    [
        ("2026-12", date(2026, 12, 1), date(2026, 12, 31), "2026-11"),
        ("2026-Q1", date(2026, 1, 1), date(2026, 3, 31), "2025-Q4"),
        ("2024", date(2024, 1, 1), date(2024, 12, 31), "2023"),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29), "2024-01"),
    ],
)
def test_a_period_has_its_days(name: str, first: date, last: date, before: str) -> None:
    period = period_of(name)
    assert (period.first, period.last, period.before.name) == (first, last, before)
    assert all(period_with(day, period.kind) == period for day in (first, last))


def test_the_calendar_owes_what_is_over_since_the_last() -> None:
    """Nothing is asked for of a period that runs; a worker that stood still asks for each month that it missed."""
    monthly = INDICATORS["clues_raised"]
    assert owed(monthly, None, date(2026, 12, 1)) == ["2026-11"]
    assert owed(monthly, "2026-11", date(2026, 12, 31)) == []
    assert owed(monthly, "2026-10", date(2027, 1, 1)) == ["2026-11", "2026-12"]
    assert len(owed(monthly, "2020-01", date(2026, 12, 1))) == 12


def test_a_period_that_runs_is_looked_at_up_to_today() -> None:
    span = span_of(period_of("2026-11"), date(2026, 11, 10))
    assert (span["last_on"], span["seen_on"]) == (date(2026, 11, 10), date(2026, 11, 10))
    over = span_of(period_of("2026-11"), date(2026, 12, 10))
    assert (over["last_on"], over["seen_on"]) == (date(2026, 11, 30), date(2026, 12, 1))
    assert over["ends_at"].isoformat() == "2026-12-01T00:00:00+08:00"
