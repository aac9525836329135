"""What the oracle makes of a line of the register, of months and of ages."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from bangfu_county.oracle.evidence import Evidence
from bangfu_county.oracle.register import completed_years, move_months, read_home
from bangfu_county.oracle.rules import Rules


def test_incomes_follow_the_registers_formula() -> None:
    """Source: net = wage + business + property + transfer - cost; reference adds payout, subtracts self-paid."""
    income = {
        "year": 2026,
        "wage": "30000.00",
        "business": "9000.00",
        "property": "500.00",
        "transfer": "1500.50",
        "business_cost": "4000.00",
        "insurance_payout": "600.00",
        "self_paid": "1600.00",
    }
    person = {
        "person_no": "P1",
        "id_no": "34052419800101001X",
        "birth_date": "1980-01-01",
        "labour": "1",
        "has_finished_compulsory": True,
        "relief": "none",
        "school_stage": None,
        "health": ["healthy"],
    }
    line = {
        "hh_no": "H1",
        "hh_type": "0",
        "housing_tenure": "owned",
        "monitor": None,
        "last_negative_decision_on": None,
        "members": [person, person, person],
        "incomes": [income],
    }
    read = read_home(line)
    assert read.net[2026] == Decimal("37000.50")
    assert read.per_capita(2026) == Decimal("12333.50")
    assert read.reference(2026) == Decimal("12000.17")


@pytest.mark.parametrize(
    ("day", "months", "moved"),
    [
        (date(2026, 10, 31), -12, date(2025, 10, 31)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2026, 1, 31), -11, date(2025, 2, 28)),
    ],
)
def test_months_end_where_the_month_ends(day: date, months: int, moved: date) -> None:
    assert move_months(day, months) == moved


def test_age_counts_completed_years() -> None:
    assert completed_years(date(2020, 8, 31), date(2026, 8, 31)) == 6
    assert completed_years(date(2020, 9, 1), date(2026, 8, 31)) == 5


def test_school_cutoff_follows_the_running_school_year() -> None:
    assert Rules(date(2026, 8, 31), Evidence()).cutoff == date(2025, 8, 31)
    assert Rules(date(2026, 9, 30), Evidence()).cutoff == date(2026, 8, 31)
