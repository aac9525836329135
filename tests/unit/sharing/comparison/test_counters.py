"""Loans, payouts, the card, resettlement, the roll and the hotlines through the real engine (F-A09, F-B14, F-C29)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from .conftest import County


def severities(county: County, rule: str, *, doubts: bool = False) -> set[str]:
    return {severity for each, severity, _ in county.found(doubts=doubts) if each == rule}


@pytest.fixture
def home(county: County) -> County:
    county.household()
    county.person()
    return county


def loan(**values: Any) -> dict[str, Any]:
    given = {"number": 1, "loan_ref": "a", "product": "micro", "balance": "30000.00", "due_on": date(2027, 3, 1)}
    return given | {"overdue_days": 0, "overdue_amount": "0.00"} | values


@pytest.mark.parametrize(
    ("rows", "severity"),
    [
        ([loan(overdue_days=1)], "YELLOW"),
        ([loan(overdue_days=30)], "YELLOW"),
        ([loan(overdue_days=31)], "ORANGE"),
        ([loan(), loan(loan_ref="b", overdue_days=45)], "ORANGE"),
        ([loan()], None),
        ([loan(overdue_days=31, name="李四")], None),
    ],
)
def test_an_overdue_loan_is_found(home: County, rows: list[dict[str, Any]], severity: str | None) -> None:
    home.deliver("DS-BNK-LOAN", *rows)
    assert severities(home, "R-BNK-01") == ({severity} - {None})


@pytest.mark.parametrize(
    ("row", "before", "expected"),
    [
        ({"due_on": date(2026, 12, 30)}, "10000.01", True),
        ({"due_on": date(2026, 12, 31)}, "10000.01", False),
        ({"due_on": date(2026, 10, 31)}, "10000.01", True),
        ({"due_on": date(2026, 10, 30)}, "10000.01", False),
        ({"due_on": date(2026, 12, 30)}, "10000.00", False),
        ({"due_on": date(2026, 12, 30), "balance": "0.00"}, "10000.01", False),
    ],
)
def test_a_loan_that_is_due_soon_beside_less_income(
    home: County, row: dict[str, Any], before: str, expected: bool
) -> None:
    home.income(2026, "10000.00")
    home.income(2025, before)
    home.deliver("DS-BNK-LOAN", loan(**row))
    assert severities(home, "R-BNK-02") == ({"INFO"} if expected else set())


def claim(**values: Any) -> dict[str, Any]:
    given = {"number": 1, "claim_no": "a", "product": "poverty", "cause": "illness", "paid_on": date(2026, 10, 1)}
    return given | {"amount": "10000.00"} | values


@pytest.mark.parametrize(
    ("values", "household", "expected"),
    [
        ({}, {}, True),
        ({"amount": "9999.99"}, {}, False),
        ({"paid_on": date(2025, 11, 1)}, {}, True),
        ({"paid_on": date(2025, 10, 31)}, {}, False),
        ({"paid_on": date(2026, 11, 1)}, {}, False),
        ({}, {"is_monitored": True}, False),
        ({}, {"last_negative_decision_on": date(2026, 3, 1)}, False),
        ({}, {"last_negative_decision_on": date(2025, 10, 31)}, True),
    ],
)
def test_a_large_payout_is_found(
    county: County, values: dict[str, Any], household: dict[str, Any], expected: bool
) -> None:
    county.household(**household)
    county.person()
    county.deliver("DS-INS-CLAIM", claim(**values))
    assert severities(county, "R-INS-01") == ({"YELLOW"} if expected else set())


def test_a_payout_tells_the_risk(home: County) -> None:
    home.deliver("DS-INS-CLAIM", claim(cause="accident"))
    home.compare()
    assert {row["risk_type"] for row in home.findings() if row["rule_id"] == "R-INS-01"} == {"05"}


@pytest.mark.parametrize(
    ("household", "rows", "expected"),
    [
        ({"is_monitored": True, "open_risks": "{01,04}"}, [], True),
        ({"is_monitored": True, "open_risks": "{04}"}, [], False),
        ({"is_monitored": True, "open_risks": "{05}"}, [claim(amount="10.00")], False),
        ({"is_monitored": True, "open_risks": "{05}"}, [claim(paid_on=date(2025, 10, 31))], True),
        ({"open_risks": "{02}"}, [], False),
    ],
)
def test_who_suffers_what_an_insurance_pays_is_hinted(
    county: County, household: dict[str, Any], rows: list[dict[str, Any]], expected: bool
) -> None:
    county.household(**household)
    county.person()
    county.deliver("DS-INS-CLAIM", claim(number=9), *rows)
    assert severities(county, "R-INS-02") == ({"INFO"} if expected else set())


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"last_month": date(2026, 8, 1)}, True),
        ({"last_month": date(2026, 9, 1)}, False),
        ({"last_month": date(2026, 8, 1), "stop_reason": "expired"}, False),
        ({"last_month": date(2026, 8, 1), "first_month": date(2026, 6, 1)}, True),
        ({"last_month": date(2026, 8, 1), "first_month": date(2026, 7, 1)}, False),
        ({"last_month": date(2026, 8, 1), "name": "李四"}, False),
    ],
)
def test_a_regular_subsidy_that_stopped_is_told(home: County, values: dict[str, Any], expected: bool) -> None:
    given = {"number": 1, "item": "高龄津贴", "first_month": date(2025, 1, 1), "amount": "60.00", "stop_reason": None}
    home.deliver("DS-FIN-SUBSIDY", given | values)
    assert severities(home, "R-FIN-01") == ({"INFO"} if expected else set())


def resettled(**values: Any) -> dict[str, Any]:
    given = {"number": 1, "site_id": None, "moved_year": 2019, "mode": "scattered", "hukou_moved": True}
    return given | {"title_issued": True} | values


@pytest.mark.parametrize(
    ("is_registered", "rows", "expected"),
    [
        (True, [], True),
        (False, [resettled()], True),
        (True, [resettled()], False),
        (False, [], False),
        (True, [resettled(name="李四")], False),
        (False, [resettled(name="李四")], False),
    ],
)
def test_list_and_register_of_the_resettled_are_compared(
    county: County, is_registered: bool, rows: list[dict[str, Any]], expected: bool
) -> None:
    county.household(is_resettled=is_registered)
    county.person()
    county.deliver("DS-RES-HH", resettled(number=9), *rows)
    assert severities(county, "R-RES-91", doubts=True) == ({"INFO"} if expected else set())


def book(number: int, size: int, ref: str = "H1", **values: Any) -> dict[str, Any]:
    return {"number": number, "household_ref": ref, "relation": "家属", "size": size} | values


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([book(1, 2), book(2, 2)], False),
        ([book(1, 2)], True),
        ([book(1, 3), book(2, 3)], True),
        ([book(1, 1), book(2, 1, "H2")], True),
        ([], False),
        ([book(1, 2), book(2, 2, name="李四")], False),
    ],
)
def test_the_roll_and_the_register_are_compared(home: County, rows: list[dict[str, Any]], expected: bool) -> None:
    home.person(2)
    home.deliver("DS-PSB-ROLL", book(9, 1, "H9"), *rows)
    assert severities(home, "R-PSB-03", doubts=True) == ({"INFO"} if expected else set())


def test_the_dead_are_no_difference_to_the_roll(home: County) -> None:
    home.person(2)
    home.deliver("DS-PSB-ROLL", book(1, 1))
    home.deliver("DS-PSB-HUKOU", {"number": 2, "change": "death", "changed_on": date(2026, 5, 1)})
    assert severities(home, "R-PSB-03", doubts=True) == set()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, True),
        ({"category": "other"}, False),
        ({"received_on": date(2026, 9, 1)}, True),
        ({"received_on": date(2026, 8, 31)}, False),
        ({"received_on": date(2026, 11, 1)}, False),
    ],
)
def test_a_ticket_about_hardship_is_found(home: County, values: dict[str, Any], expected: bool) -> None:
    given = {"number": 1, "ticket_no": "a", "channel": "h12317", "received_on": date(2026, 10, 12)}
    home.deliver("DS-PET-TICKET", given | {"category": "hardship", "village_code": None} | values)
    assert severities(home, "R-PET-01") == ({"ORANGE"} if expected else set())


ILL = {"number": 1, "disease_code": "D08", "diagnosed_on": date(2026, 9, 1), "status": "confirmed"}


@pytest.mark.parametrize(
    ("values", "grants", "expected"),
    [
        ({}, [], True),
        ({"diagnosed_on": date(2026, 8, 31)}, [], False),
        ({}, [date(2025, 11, 1)], False),
        ({}, [date(2025, 10, 31)], True),
        ({}, [date(2026, 11, 1)], True),
    ],
)
def test_a_listed_disease_without_temporary_relief(
    home: County, values: dict[str, Any], grants: list[date], expected: bool
) -> None:
    home.person(2)
    home.deliver("DS-HEA-DISEASE", ILL | values)
    rows = [{"number": 2, "granted_on": day, "amount": "500.00", "reason": "illness"} for day in grants]
    home.deliver("DS-CIV-TEMP", {"number": 9, "granted_on": date(2026, 10, 1), "reason": "other"}, *rows)
    assert severities(home, "R-CIV-06") == ({"YELLOW"} if expected else set())


@pytest.mark.parametrize(
    ("hh_type", "aid", "expected"), [("1", "0.00", True), ("1", "0.01", False), ("0", "0.00", False)]
)
def test_a_listed_disease_without_medical_aid(county: County, hh_type: str, aid: str, expected: bool) -> None:
    county.household(hh_type=hh_type)
    county.person()
    county.deliver("DS-HEA-DISEASE", ILL | {"diagnosed_on": date(2024, 3, 1)})
    bills = {"number": 1, "year": 2026, "period_to": date(2026, 10, 31), "total": "3000.00", "self_paid_ytd": "900.00"}
    county.deliver("DS-MED-COST", bills | {"basic_paid": "2100.00", "critical_paid": "0.00", "aid_paid": aid})
    assert severities(county, "R-MED-05") == ({"YELLOW"} if expected else set())


@pytest.mark.parametrize(
    ("income", "kind", "name", "expected"),
    [
        ("6599.99", None, "张三", True),
        ("6600.00", None, "张三", False),
        ("5000.00", "dibao", "张三", False),
        ("5000.00", "marginal", "张三", True),
        ("5000.00", "dibao", "李四", False),
    ],
)
def test_who_meets_the_conditions_of_the_allowance_is_told(
    home: County, income: str, kind: str | None, name: str, expected: bool
) -> None:
    home.income(2026, income)
    row = {"from_on": date(2025, 1, 1), "monthly_amount": "300.00", "change": "none"}
    rows = [row | {"number": 1, "type": kind, "name": name}] if kind else []
    home.deliver("DS-CIV-LOW", row | {"number": 9, "type": "dibao"}, *rows)
    assert severities(home, "R-CIV-07") == ({"YELLOW"} if expected else set())


def test_a_family_with_rigid_expenditure_counts_like_a_marginal_one(home: County) -> None:
    home.person(2)
    row = {"number": 2, "type": "rigid", "from_on": date(2025, 1, 1), "monthly_amount": "0.00", "change": "none"}
    home.deliver("DS-CIV-LOW", row)
    home.deliver("DS-HEA-DISEASE", ILL | {"diagnosed_on": date(2024, 3, 1)})
    assert severities(home, "R-CIV-04") == {"YELLOW"}
