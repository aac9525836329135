"""R-AGR-01 to 05 and 07 through the real engine (F-A45, F-C04)."""

from __future__ import annotations

from datetime import date

import pytest

from sharing.comparison.evaluation.inputs import Calendar


def severities(county, rule: str) -> set[str]:
    return {severity for found, severity, _ in county.found() if found == rule}


@pytest.mark.parametrize(
    ("year", "expected"),
    [(2026, {"ORANGE"}), (2025, {"ORANGE"}), (2024, set()), (2027, set())],
)
def test_latest_income_counts_unless_it_is_older_than_last_year(county, year, expected):
    county.household()
    county.person(1)
    county.income(year, "8000.00")
    assert severities(county, "R-AGR-01") == expected


def test_reference_income_below_the_line_is_enough(county):
    county.household()
    county.person(1)
    county.income(2026, "9000.00", ref_per_capita="8499.99")
    assert severities(county, "R-AGR-01") == {"ORANGE"}


@pytest.mark.parametrize(
    "household", [{"open_risks": "{01}"}, {"housing_tenure": "none"}, {"unsafe_statuses": "{water}"}]
)
def test_open_risk_or_missing_house_makes_low_income_red(county, household):
    county.household(**household)
    county.person(1)
    county.income(2026, "8000.00")
    assert severities(county, "R-AGR-01") == {"RED"}


def test_uninsured_member_makes_low_income_red_only_when_the_list_is_known(county):
    county.household()
    county.person(1)
    county.income(2026, "8000.00")
    assert severities(county, "R-AGR-01") == {"ORANGE"}


def test_uninsured_member_makes_low_income_red(county):
    county.household()
    county.person(1)
    county.income(2026, "8000.00")
    county.deliver("DS-MED-ENROL")
    assert severities(county, "R-AGR-01") == {"RED"}


def test_member_without_an_id_number_is_no_gap(county):
    county.household()
    county.person(1, id_token=None, person_token=None)
    county.income(2026, "8000.00")
    county.deliver("DS-MED-ENROL")
    assert severities(county, "R-AGR-01") == {"ORANGE"}


def test_child_out_of_school_makes_low_income_red(county):
    county.household()
    county.person(1)
    county.person(2, birth_date="2016-01-01", has_finished_compulsory=False)
    county.income(2026, "8000.00")
    county.deliver("DS-EDU-ROLL")
    assert county.found() >= {("R-AGR-01", "RED", "h1"), ("R-EDU-01", "RED", "p2")}


@pytest.mark.parametrize(
    ("incomes", "expected"),
    [
        ({2026: "9999.99", 2025: "10000.00"}, {"YELLOW"}),
        ({2026: "7000.00", 2025: "10000.00"}, {"RED"}),
        ({2026: "7000.01", 2025: "10000.00"}, {"YELLOW"}),
        ({2026: "10000.00", 2025: "10000.00"}, set()),
        ({2026: "9000.00", 2024: "10000.00"}, set()),  # last year is unknown
        ({2025: "9000.00", 2024: "10000.00"}, {"YELLOW"}),
        ({2026: "-1000.00", 2025: "10000.00"}, {"RED"}),  # into a loss
        ({2026: "-1000.00", 2025: "0.00"}, {"RED"}),
        ({2026: "-9000.00", 2025: "-1000.00"}, {"YELLOW"}),  # from a loss to a deeper one
        ({2026: "-500.00", 2025: "-1000.00"}, set()),
    ],
)
def test_drop_against_the_year_before(county, incomes, expected):
    county.household()
    county.person(1)
    for year, amount in incomes.items():
        county.income(year, amount)
    assert severities(county, "R-AGR-02") == expected


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        (("9000", "9500", "10000"), {"ORANGE"}),
        (("9000", "9500", "9500"), set()),
        (("9500", "9500", "10000"), set()),
    ],
)
def test_two_drops_in_a_row(county, amounts, expected):
    county.household()
    county.person(1)
    for year, amount in zip((2026, 2025, 2024), amounts, strict=True):
        county.income(year, amount)
    assert severities(county, "R-AGR-03") == expected


@pytest.mark.parametrize(
    ("year", "quarters", "net", "members", "expected"),
    [
        (2026, 1, "2499.99", 1, {"YELLOW"}),
        (2026, 1, "2500.00", 1, set()),
        (2026, 3, "15000.00", 2, set()),
        (2026, 3, "14999.98", 2, {"YELLOW"}),
        (2025, 4, "1.00", 1, set()),
    ],
)
def test_a_year_that_is_expected_to_bring_less_than_the_last(county, year, quarters, net, members, expected):
    """R-AGR-05, F-A45: by the season's share of a year; of another year nothing is forecast."""
    county.household(to_date_year=year, to_date_quarters=quarters, to_date_net=net)
    for number in range(1, members + 1):
        county.person(number)
    county.income(2025, "10000.00")
    assert severities(county, "R-AGR-05") == expected


@pytest.mark.parametrize("last_year", [2024, 2026])
def test_nothing_is_forecast_without_last_year_or_once_the_year_is_registered(county, last_year):
    county.household(to_date_year=2026, to_date_quarters=2, to_date_net="1.00")
    county.person(1)
    county.income(last_year, "10000.00")
    if last_year == 2026:
        county.income(2025, "10000.00")
    assert severities(county, "R-AGR-05") == set()


@pytest.mark.parametrize(
    ("household", "labour", "amount", "expected"),
    [
        ({"hh_type": "1"}, "4", "9999.99", {"R-AGR-04a"}),
        ({"hh_type": "1"}, "4", "10000.00", set()),
        ({"hh_type": "1"}, "2", "10999.99", {"R-AGR-04b"}),
        ({"hh_type": "1"}, "3", "10999.99", set()),
        ({"is_monitored": True}, "1", "10999.99", {"R-AGR-04b"}),
        ({}, "1", "9000.00", set()),
    ],
)
def test_focus_lines(county, household, labour, amount, expected):
    county.household(**household)
    county.person(1, labour=labour)
    county.income(2026, amount)
    assert {rule for rule, _, _ in county.found() if rule.startswith("R-AGR-04")} == expected


@pytest.mark.parametrize(
    ("now", "before", "net", "expected"),
    [
        ("20000.00", None, "40000.00", {"RED"}),
        ("19999.99", None, "40000.00", set()),
        ("5000.00", "2500.00", "40000.00", {"RED"}),
        ("4999.99", "2000.00", "40000.00", set()),
        ("9000.00", "0.00", "40000.00", set()),
        ("0.00", "0.00", "0.00", set()),
        ("0.01", None, "-100.00", {"RED"}),
    ],
)
def test_expenditure_spike(county, now, before, net, expected):
    county.household()
    county.person(1)
    county.income(2026, "12000", net=net, self_paid=now)
    if before is not None:
        county.income(2025, "12000", self_paid=before)
    assert severities(county, "R-AGR-07") == expected


def med(self_paid: str, number: int = 1, **values):
    amounts = {"total": self_paid, "basic_paid": "0", "critical_paid": "0", "aid_paid": "0"}
    return {"number": number, "year": 2026, "self_paid_ytd": self_paid} | amounts | values


def fee(self_paid: str, number: int = 1, year: str = "2026-2027"):
    zero = {"tuition": self_paid, "board": "0", "books": "0", "aid_total": "0", "stage": "senior"}
    return {"number": number, "school_year": year, "self_paid": self_paid} | zero


@pytest.mark.parametrize(
    ("registered", "costs", "fees", "expected"),
    [
        ("0.00", [med("9500"), med("9500", 2)], [fee("9500", 2)], {"RED"}),
        ("0.00", [med("9999.99"), med("5000", 2)], [fee("5000", 2)], set()),  # a cent below half
        ("0.00", [med("10000"), med("5000", 2)], [fee("5000", 2)], {"RED"}),
        ("20000.00", [med("1")], [], {"RED"}),  # the larger of both counts
        ("19999.99", [med("19999.99")], [], set()),  # and not their sum
        ("0.00", [med("25000", year=2025)], [], set()),
        ("0.00", [med("25000", name="李四")], [], set()),
        ("0.00", [], [fee("12000", 2), fee("11000", 2, "2025-2026")], set()),  # one school year a student
    ],
)
def test_delivered_costs_are_expenditure_as_the_registered_ones_are(county, registered, costs, fees, expected):
    county.household()
    county.person(1)
    county.person(2)
    county.income(2026, "20000", net="40000.00", self_paid=registered)
    if costs:
        county.deliver("DS-MED-COST", *costs)
    if fees:
        county.deliver("DS-EDU-FEE", *fees)
    assert severities(county, "R-AGR-07") == expected


def test_delivered_costs_are_held_against_last_years(county):
    county.household()
    county.person(1)
    county.income(2026, "40000", net="40000.00")
    county.income(2025, "40000", self_paid="3000.00")
    county.deliver("DS-MED-COST", med("6000.00"))
    assert severities(county, "R-AGR-07") == {"RED"}


def test_costs_without_an_income_that_counts_are_no_share_of_anything(county):
    county.household()
    county.person(1)
    county.income(2024, "1000")
    county.deliver("DS-MED-COST", med("25000.00"))
    assert severities(county, "R-AGR-07") == set()


@pytest.mark.parametrize(("year", "expected"), [(2026, False), (2025, False), (2024, True), (2027, True), (None, True)])
def test_household_without_an_income_that_counts_is_told_as_questionable_data(county, year, expected):
    county.household()
    county.person(1)
    if year:
        county.income(year, "8000.00")
    assert (("R-AGR-91", "INFO", "h1") in county.found(doubts=True)) is expected


def student(number: int):
    return {"number": number, "school": "某校", "stage": "senior", "roll_status": "enrolled", "present": True}


@pytest.mark.parametrize(
    ("dataset", "rows", "expected"),
    [
        ("DS-MED-COST", [med("26000.00")], "RED"),
        ("DS-MED-COST", [med("25999.99")], "ORANGE"),
        ("DS-MED-COST", [med("600", outpatient_self_paid_month="500")], "RED"),
        ("DS-EDU-FEE", [fee("10000.01")], "RED"),
        ("DS-EDU-FEE", [fee("10000.00")], "ORANGE"),
        ("DS-EDU-ROLL", [student(1), student(2)], "RED"),  # a rule about the household itself
        ("DS-EDU-ROLL", [student(1)], "ORANGE"),
    ],
)
def test_named_risk_found_in_the_same_month_makes_low_income_red(county, dataset, rows, expected):
    county.household()
    county.person(1)
    county.person(2)
    county.income(2026, "8000.00")
    county.deliver(dataset, *rows)
    assert severities(county, "R-AGR-01") == {expected}


@pytest.mark.parametrize(("reason", "expected"), [("illness", {"RED"}), ("other", {"ORANGE"})])
def test_new_relief_makes_low_income_red_when_its_reason_names_a_risk(county, reason, expected):
    county.household()
    county.person(1)
    county.income(2026, "8000.00")
    row = {"type": "marginal", "from_on": date(2026, 10, 1), "monthly_amount": "0", "change": "new", "reason": reason}
    county.deliver("DS-CIV-LOW", {"number": 1, **row})
    assert severities(county, "R-AGR-01") == expected


@pytest.mark.parametrize(
    ("period", "as_of", "cutoff"),
    [
        ("2026-10", "2026-10-31", "2026-08-31"),
        ("2026-09", "2026-09-30", "2026-08-31"),
        ("2026-08", "2026-08-31", "2025-08-31"),
        ("2027-02", "2027-02-28", "2026-08-31"),
        ("2028-02", "2028-02-29", "2027-08-31"),
    ],
)
def test_dates_of_a_period(period, as_of, cutoff):
    days = Calendar.of(period)
    assert (days.as_of.isoformat(), days.cutoff.isoformat()) == (as_of, cutoff)
    assert days.period_from.isoformat() == f"{period}-01"
