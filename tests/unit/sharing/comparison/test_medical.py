"""R-MED-01, 02, 03, 04 through the real engine (F-B08, F-B21, F-B26, F-B30)."""

from __future__ import annotations

from datetime import date

import pytest

DIBAO = {"type": "dibao", "from_on": "2026-01-01", "monthly_amount": "300", "change": "none"}


def insured(number: int = 1, **values):
    return {"number": number, "year": 2026, "scheme": "resident", "personal_paid": "380", "subsidy": "0"} | values


def cost(self_paid: str, number: int = 1, **values):
    amounts = {"total": "99999", "basic_paid": "0", "critical_paid": "0", "aid_paid": "0"}
    return {"number": number, "year": 2026, "self_paid_ytd": self_paid} | amounts | values


def low(**values):
    row = {"number": 1} | DIBAO | values
    return row | {key: date.fromisoformat(row[key]) for key in ("from_on", "to_on") if row.get(key)}


@pytest.mark.parametrize(
    ("household", "person", "expected"),
    [
        ({"hh_type": "1"}, {}, "ORANGE"),
        ({"is_monitored": True}, {}, "RED"),
        ({}, {"relief": "dibao"}, "ORANGE"),
        ({}, {"relief": "tekun"}, "ORANGE"),
        ({}, {}, None),
    ],
)
def test_low_income_person_without_insurance_is_found(county, household, person, expected):
    county.household(**household)
    county.person(1, **person)
    county.deliver("DS-MED-ENROL", insured(5))
    assert {severity for rule, severity, _ in county.found() if rule == "R-MED-01"} == ({expected} - {None})


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({}, True),
        ({"change": "stopped"}, False),
        ({"from_on": "2026-11-01"}, False),
        ({"to_on": "2026-10-31"}, True),
        ({"to_on": "2026-10-30"}, False),
        ({"type": "marginal"}, False),
        ({"name": "李四"}, False),
    ],
)
def test_current_relief_in_the_civil_affairs_list_makes_low_income(county, row, expected):
    county.household()
    county.person(1)
    county.deliver("DS-MED-ENROL", insured(5))
    county.deliver("DS-CIV-LOW", low(**row))
    assert (("R-MED-01", "ORANGE", "p1") in county.found()) is expected


def test_insurance_of_another_year_is_none(county):
    county.household(hh_type="1")
    county.person(1)
    county.deliver("DS-MED-ENROL", insured(1, year=2025))
    assert ("R-MED-01", "ORANGE", "p1") in county.found()


def test_quarantined_insurance_row_forbids_the_claim_of_absence(county):
    county.household(hh_type="1")
    county.person(1)
    county.deliver("DS-MED-ENROL", insured(1, name="李四"))
    assert county.found() == set()


def test_superseded_delivery_is_not_among_the_sources_and_a_nil_list_is_empty(county):
    county.household(hh_type="1")
    county.person(1)
    county.deliver("DS-MED-ENROL")
    assert ("R-MED-01", "ORANGE", "p1") in county.found()


@pytest.mark.parametrize(
    ("amount", "hh_type", "expected"),
    [
        ("9999.99", "1", None),
        ("10000.00", "1", "ORANGE"),
        ("20000.00", "1", "RED"),
        ("25999.99", "0", None),
        ("26000.00", "0", "ORANGE"),
        ("51999.99", "0", "ORANGE"),
        ("52000.00", "0", "RED"),
    ],
)
def test_self_paid_cost_meets_its_line_exactly(county, amount, hh_type, expected):
    county.household(hh_type=hh_type)
    county.person(1)
    county.deliver("DS-MED-COST", cost(amount))
    assert {severity for rule, severity, _ in county.found() if rule == "R-MED-02"} == ({expected} - {None})


@pytest.mark.parametrize(
    ("net", "year", "expected"),
    [
        ("30000.00", 2026, "ORANGE"),
        ("29999.98", 2026, "RED"),
        ("20000.00", 2025, "RED"),
        ("20000.00", 2024, "ORANGE"),  # too old to be known
    ],
)
def test_more_than_half_of_the_households_income_is_red(county, net, year, expected):
    county.household(hh_type="1")
    county.person(1)
    county.income(year, "30000.00", net=net)
    county.deliver("DS-MED-COST", cost("15000.00"))
    assert {severity for rule, severity, _ in county.found() if rule == "R-MED-02"} == {expected}


def test_cost_of_another_year_or_another_name_is_no_evidence(county):
    county.household(hh_type="1")
    county.person(1)
    county.person(2)
    county.deliver("DS-MED-COST", cost("90000", 1, year=2025), cost("90000", 2, name="李四"))
    outcome = county.compare()
    assert county.findings() == []
    (matching,) = [each for each in outcome.matching if each.dataset == "DS-MED-COST"]
    assert (matching.rows, matching.matched, matching.quarantined, matching.unmatched) == (2, 1, 1, 0)


@pytest.mark.parametrize(("amount", "expected"), [("499.99", False), ("500.00", True), (None, False)])
def test_outpatient_cost_of_the_month_meets_its_line(county, amount, expected):
    county.household()
    county.person(1)
    county.deliver("DS-MED-COST", cost("600", outpatient_self_paid_month=amount))
    assert (("R-MED-03", "YELLOW", "p1") in county.found()) is expected


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"type": "marginal"}, True),
        ({"type": "rigid"}, True),
        ({"type": "dibao"}, True),
        ({"type": "tekun"}, True),
        ({"type": "marginal", "change": "stopped", "to_on": "2026-09-30"}, False),
        ({"type": "marginal", "from_on": "2026-11-01"}, False),
        ({"type": "rigid", "to_on": "2026-10-31"}, True),
        ({"type": "rigid", "to_on": "2026-10-30"}, False),
        ({"type": "marginal", "name": "李四"}, False),
    ],
)
def test_the_lower_line_holds_for_everybody_of_a_household_on_any_relief_list(county, row, expected):
    county.household()
    county.person(1)
    county.person(2)
    county.deliver("DS-MED-COST", cost("10000.00", 2))
    county.deliver("DS-CIV-LOW", low(**row))
    assert (("R-MED-02", "ORANGE", "p2") in county.found()) is expected


@pytest.mark.parametrize("relief", ["dibao", "tekun"])
def test_the_lower_line_holds_for_the_household_of_somebody_registered_on_relief(county, relief):
    county.household()
    county.person(1, relief=relief)
    county.person(2)
    county.deliver("DS-MED-COST", cost("10000.00", 2))
    assert ("R-MED-02", "ORANGE", "p2") in county.found()


@pytest.mark.parametrize(
    ("born", "as_of", "expected"),
    [
        ("2026-10-15", "2026-10-15", True),  # born on the list's day
        ("2026-10-16", "2026-10-15", False),
        ("2026-10-31", None, True),  # a list without its own day is of the month's last
        ("2026-11-01", None, False),
    ],
)
def test_insurance_is_asked_of_those_who_lived_on_the_lists_day(county, born, as_of, expected):
    county.household(hh_type="1")
    county.person(1, birth_date=born)
    county.person(2)
    day = {"as_of": date.fromisoformat(as_of)} if as_of else {}
    county.deliver("DS-MED-ENROL", insured(2, **day), insured(5, **day))
    assert (("R-MED-01", "ORANGE", "p1") in county.found()) is expected
    county.rows["household"][0]["hh_type"] = "0"
    county.income(2026, "8000.00")
    assert (("R-AGR-01", "RED", "h1") in county.found()) is expected  # the same gap among the four statuses


def test_of_two_lists_each_tells_of_its_own_day(county):
    for number, area in ((1, "990101101201"), (2, "990101102201")):
        county.household(f"h{number}", area_code=area, hh_type="1")
        county.person(number, f"h{number}", birth_date="2026-10-20")
    county.deliver("DS-MED-ENROL", insured(5, as_of=date(2026, 10, 10)), area_code="990101101000")
    county.deliver("DS-MED-ENROL", insured(6, as_of=date(2026, 10, 31)), area_code="990101102000")
    assert {person for rule, _, person in county.found() if rule == "R-MED-01"} == {"p2"}


def test_evidence_holds_money_as_text_with_two_digits(county):
    county.household(hh_type="1")
    county.person(1)
    county.income(2026, "9000.50", net="27001.50")
    county.deliver("DS-MED-COST", cost("12000"))
    county.compare()
    (finding,) = [row for row in county.findings() if row["rule_id"] == "R-MED-02"]
    assert finding["evidence"] == {
        "cost_self_paid_ytd": "12000.00",
        "has_low_income": True,
        "net_income": "27001.50",
    }
    assert finding["parameters"] == {
        "med.self_paid_low_income": "10000.00",
        "med.self_paid_other": "26000.00",
        "med.red_factor": "2",
        "med.red_income_share": "0.5",
    }


@pytest.mark.parametrize(
    ("household", "row", "expected"),
    [
        ({"hh_type": "1"}, {}, True),
        ({"is_monitored": True}, {}, True),
        ({}, {}, False),
        ({"hh_type": "1"}, {"subsidy": "0.01"}, False),
        ({"hh_type": "1"}, {"personal_paid": "0"}, False),
        ({"hh_type": "1"}, {"scheme": "employee"}, False),
        ({"hh_type": "1"}, {"year": 2025}, False),
        ({"hh_type": "1"}, {"name": "李四"}, False),
    ],
)
def test_low_income_person_who_paid_the_whole_premium_is_found(county, household, row, expected):
    county.household(**household)
    county.person(1)
    county.deliver("DS-MED-ENROL", insured(**row))
    assert (("R-MED-04", "YELLOW", "p1") in county.found()) is expected
