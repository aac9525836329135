"""Which years' holidays a county must record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import chinese_calendar
import pytest

from contracts.parameters import resolve
from registry.calendars.rules import unknown_years

COUNTY = "990101000000"


@dataclass
class Version:
    region: str
    parameters: dict[str, Any]
    version: int = 1
    effective_from: date = date(2020, 1, 1)


LAST_KNOWN = max(day.year for day in chinese_calendar.constants.holidays)
NEXT = LAST_KNOWN + 1


def said(today: date, **parameters: str) -> dict[str, tuple[date, date]]:
    versions = [Version(COUNTY, {name.replace("__", "."): value for name, value in parameters.items()})]
    found = unknown_years(COUNTY, resolve(versions, COUNTY, today), today)
    return {duty.duty_id: (duty.counts_from, duty.due_on) for _, duty in found}


@pytest.mark.parametrize(
    ("today", "years"),
    [
        (date(LAST_KNOWN, 11, 15), []),
        (date(LAST_KNOWN, 11, 16), [NEXT]),  # 45 days before the last day
        (date(NEXT, 1, 1), [NEXT]),  # late
        (date(NEXT, 11, 16), [NEXT, NEXT + 1]),
        (date(NEXT + 1, 2, 1), [NEXT + 1]),  # nobody needs the year that is over
    ],
)
def test_this_year_and_the_next_one_as_it_comes_near(today: date, years: list[int]) -> None:
    assert said(today) == {
        f"C01-990101-{year}": (date(year - 1, 11, 16), date(year - 1, 12, 31)) for year in years
    }  # fmt: skip


def test_the_countys_own_table_is_knowledge_and_so_is_one_above_it() -> None:
    assert said(date(LAST_KNOWN, 12, 1), clock__days_off=f"{NEXT}-01-01") == {}
    assert list(said(date(LAST_KNOWN, 12, 1), clock__days_off=f"{LAST_KNOWN}-01-01")) == [f"C01-990101-{NEXT}"]


def test_how_long_before_is_the_policys() -> None:
    assert said(date(LAST_KNOWN, 11, 16), clock__calendar_ahead_days="44") == {}
    assert list(said(date(LAST_KNOWN, 11, 17), clock__calendar_ahead_days="44")) == [f"C01-990101-{NEXT}"]
