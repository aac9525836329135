"""R-CIV-01, 02, 03 and R-HOU-01, 02 through the real engine (F-B10, F-B13, F-B25, F-B27, F-B29)."""

from __future__ import annotations

from datetime import date

import pytest


def low(number: int = 1, **values):
    return {
        "number": number,
        "type": "dibao",
        "from_on": date(2026, 1, 1),
        "to_on": None,
        "monthly_amount": "300",
        "change": "none",
    } | values


def temporary(granted_on: date, number: int = 1, reason: str = "illness"):
    return {"number": number, "granted_on": granted_on, "amount": "800", "reason": reason}


def house(ref: str = "r1", number: int = 1, **values):
    return {
        "number": number,
        "house_ref": ref,
        "grade": "C",
        "appraised_on": date(2026, 3, 1),
        "sole_residence": True,
        "measure": "none",
    } | values


@pytest.mark.parametrize(
    ("from_on", "change", "expected"),
    [
        (date(2026, 10, 1), "new", True),
        (date(2026, 10, 31), "new", True),
        (date(2026, 9, 1), "new", True),
        (date(2026, 8, 31), "new", False),
        (date(2026, 11, 1), "new", False),
        (date(2026, 10, 1), "none", False),
        (date(2026, 10, 1), "adjusted", False),
    ],
)
@pytest.mark.parametrize("kind", ["dibao", "marginal", "rigid"])
def test_relief_that_began_in_this_month_or_the_last_is_new_though_the_last_list_had_it(
    county, from_on, change, expected, kind
):
    county.household()
    county.person(1)
    county.deliver("DS-CIV-LOW", low(), period="2026-09", before=True)
    county.deliver("DS-CIV-LOW", low(type=kind, from_on=from_on, change=change))
    assert (("R-CIV-01", "ORANGE", "h1") in county.found()) is expected


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        ([date(2025, 11, 1), date(2026, 10, 31)], True),
        ([date(2025, 10, 31), date(2026, 10, 31)], False),  # twelve months ago to the day is out
        ([date(2026, 5, 1)], False),
        ([date(2026, 5, 1), date(2026, 11, 1)], False),  # after the period
    ],
)
def test_temporary_assistance_counts_within_its_window(county, dates, expected):
    county.household()
    county.person(1)
    county.deliver("DS-CIV-LOW")
    county.deliver("DS-CIV-TEMP", *(temporary(day) for day in dates))
    assert (("R-CIV-01", "ORANGE", "h1") in county.found()) is expected


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (temporary(date(2026, 5, 1), 2), False),  # one day and one reason is one grant
        (temporary(date(2026, 5, 1), 2, "schooling"), True),
        (temporary(date(2026, 5, 1), 1, "schooling"), True),
        (temporary(date(2026, 5, 2), 2), True),
    ],
)
def test_temporary_assistance_is_counted_over_the_household_by_day_and_reason_without_a_relief_list(
    county, second, expected
):
    county.household()
    county.person(1)
    county.person(2)
    county.deliver("DS-CIV-TEMP", temporary(date(2026, 5, 1)), period="2026-05")
    county.deliver("DS-CIV-TEMP", second, period="2026-06")
    assert (("R-CIV-01", "ORANGE", "h1") in county.found()) is expected


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (None, True),  # no list of last month
        ([low(5)], True),  # was not on it
        ([low()], False),
        ([low(type="marginal")], False),
        ([low(change="stopped", to_on=date(2026, 9, 30))], True),  # was leaving it
        ([low(name="李四")], True),
    ],
)
def test_relief_called_new_counts_when_last_months_list_did_not_have_the_person(county, before, expected):
    county.household()
    county.person(1)
    if before is not None:
        county.deliver("DS-CIV-LOW", *before, period="2026-09", before=True)
    county.deliver("DS-CIV-LOW", low(change="new", from_on=date(2026, 3, 1)))
    assert (("R-CIV-01", "ORANGE", "h1") in county.found()) is expected


def test_the_months_in_which_new_relief_may_begin_are_the_countys(county):
    county.household()
    county.person(1)
    county.deliver("DS-CIV-LOW", low(), period="2026-09", before=True)
    county.deliver("DS-CIV-LOW", low(change="new", from_on=date(2026, 8, 1)))
    assert county.found() == set()
    county.parameters = {"civ.new_months": 3}
    assert county.found() == {("R-CIV-01", "ORANGE", "h1")}


def risk_of(county) -> list[str]:
    county.compare()
    return [row["risk_type"] for row in county.findings() if row["rule_id"] == "R-CIV-01"]


@pytest.mark.parametrize(
    ("reason", "risk"),
    [("illness", "01"), ("disaster", "02"), ("disability", "03"), ("no_labour", "04"), ("schooling", "09"),
     ("other", "22"), (None, "22")],
)  # fmt: skip
def test_the_reason_of_new_relief_is_its_risk(county, reason, risk):
    county.household()
    county.person(1)
    county.deliver("DS-CIV-LOW", low(change="new", from_on=date(2026, 10, 5), reason=reason))
    assert risk_of(county) == [risk]


@pytest.mark.parametrize(("reason", "risk"), [("illness", "01"), ("disaster", "02"), ("other", "22")])
def test_the_reason_of_temporary_relief_is_its_risk(county, reason, risk):
    county.household()
    county.person(1)
    days = date(2026, 5, 1), date(2026, 6, 1)
    county.deliver("DS-CIV-TEMP", *(temporary(day, reason=reason) for day in days))
    assert risk_of(county) == [risk]


def test_the_reason_of_a_single_grant_is_no_risk_of_the_new_allowance(county):
    county.household()
    county.person(1)
    county.deliver("DS-CIV-LOW", low(change="new", from_on=date(2026, 10, 5), reason="other"))
    county.deliver("DS-CIV-TEMP", temporary(date(2026, 5, 1)))
    assert risk_of(county) == ["22"]


@pytest.mark.parametrize(
    ("household", "expected"),
    [
        ({"is_monitored": True}, False),
        ({"last_negative_decision_on": "2025-11-01"}, False),
        ({"last_negative_decision_on": "2025-10-31"}, True),
        ({"last_negative_decision_on": "2026-11-05"}, True),  # not before the period's end
    ],
)
def test_monitored_or_recently_decided_household_is_left_alone(county, household, expected):
    county.household(**household)
    county.person(1)
    county.deliver("DS-CIV-LOW", low(change="new", from_on=date(2026, 10, 5)))
    assert (("R-CIV-01", "ORANGE", "h1") in county.found()) is expected


@pytest.mark.parametrize(
    ("household", "labour", "rows", "expected"),
    [
        ({"hh_type": "1"}, "4", [], True),
        ({"is_monitored": True}, "5", [], True),
        ({}, "5", [], True),  # an ordinary household
        ({"hh_type": "1"}, "3", [], False),
        ({"hh_type": "1"}, "4", [low()], False),
        ({"hh_type": "1"}, "4", [low(change="stopped", to_on=date(2026, 10, 31))], True),
        ({"hh_type": "1"}, "4", [low(name="李四")], False),  # quarantined: no claim
        ({"hh_type": "1"}, "4", [low(type="marginal")], True),
    ],
)
def test_household_without_labour_and_relief_is_found(county, household, labour, rows, expected):
    county.household(**household)
    county.person(1, labour=labour)
    county.deliver("DS-CIV-LOW", *rows)
    assert (("R-CIV-02", "RED", "h1") in county.found()) is expected


@pytest.mark.parametrize("household", [{}, {"hh_type": "1"}, {"is_monitored": True}])
@pytest.mark.parametrize(
    ("labour", "health", "amounts", "expected"),
    [
        ("3", "{disabled}", ("8499.99", "8499.99"), True),
        ("3", "{chronic,major_disease}", ("8499.99", "8499.99"), True),
        ("3", "{chronic}", ("8499.99", "8499.99"), False),
        ("3", "{healthy}", ("8499.99", "8499.99"), False),
        ("3", "{disabled}", ("8500.00", "8500.00"), False),
        ("3", "{disabled}", ("8500.00", "8499.99"), True),
        ("3", "{disabled}", None, False),
        ("2", "{disabled}", ("8000.00", "8000.00"), False),
        ("4", "{healthy}", ("20000.00", "20000.00"), True),
    ],
)
def test_half_labour_with_illness_and_low_income_is_no_labour(county, household, labour, health, amounts, expected):
    county.household(**household)
    county.person(1, labour=labour, health=health)
    if amounts:
        county.income(2026, amounts[0], ref_per_capita=amounts[1])
    county.deliver("DS-CIV-LOW")
    assert (("R-CIV-02", "RED", "h1") in county.found()) is expected


@pytest.mark.parametrize(
    ("registered", "rows", "expected", "is_doubtful"),
    [
        ("dibao", None, False, False),  # no list counts: the register does
        ("none", None, True, False),
        ("dibao", [], True, True),  # the list first, and the two disagree
        ("none", [low()], False, True),
        ("dibao", [low()], False, False),
        ("none", [], True, False),
        ("dibao", [low(name="李四")], False, False),  # under another name: neither claimed nor compared
    ],
)
def test_relief_is_what_the_list_says_and_the_register_only_without_one(
    county, registered, rows, expected, is_doubtful
):
    county.household()
    county.person(1, labour="5", relief=registered)
    if rows is not None:
        county.deliver("DS-CIV-LOW", *rows)
    assert (("R-CIV-02", "RED", "h1") in county.found()) is expected
    assert (("R-CIV-91", "INFO", "p1") in county.found(doubts=True)) is is_doubtful


@pytest.mark.parametrize(("to_on", "expected"), [(date(2026, 7, 31), True), (date(2026, 8, 1), False), (None, False)])
def test_stopped_relief_is_found_when_the_grace_is_over(county, to_on, expected):
    county.household(hh_type="1")
    county.person(1)
    county.deliver("DS-CIV-LOW", low(change="stopped", to_on=to_on))
    assert (("R-CIV-03", "YELLOW", "h1") in county.found()) is expected


def test_stopped_relief_is_no_matter_while_another_member_receives_it(county):
    county.household(hh_type="1")
    county.person(1)
    county.person(2)
    county.deliver("DS-CIV-LOW", low(change="stopped", to_on=date(2026, 3, 31)), low(2, type="tekun"))
    assert not any(rule == "R-CIV-03" for rule, _, _ in county.found())


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, "ORANGE"),
        ({"grade": "D"}, "RED"),
        ({"grade": "B"}, None),
        ({"sole_residence": False}, None),
        ({"measure": "finished"}, None),
        ({"measure": "in_progress"}, "ORANGE"),
        ({"name": "李四"}, None),
    ],
)
def test_unsafe_only_house_without_finished_measure_is_found(county, values, expected):
    county.household()
    county.person(1)
    county.deliver("DS-HOU-GRADE", house(**values))
    assert {severity for rule, severity, _ in county.found() if rule == "R-HOU-01"} == ({expected} - {None})


def test_newest_appraisal_of_a_house_counts_whenever_it_was_delivered(county):
    county.household()
    county.person(1)
    county.deliver("DS-HOU-GRADE", house(grade="A", appraised_on=date(2026, 9, 1)), period="2026-09")
    county.deliver("DS-HOU-GRADE", house(grade="D", appraised_on=date(2026, 3, 1)), period="2026-10")
    assert county.found() == set()


def test_later_delivery_counts_among_appraisals_of_the_same_day(county):
    county.household()
    county.person(1)
    county.deliver("DS-HOU-GRADE", house(grade="D"), period="2026-09")
    county.deliver("DS-HOU-GRADE", house(grade="D", measure="finished"), period="2026-10")
    assert county.found() == set()


def test_worst_house_gives_the_severity(county):
    county.household()
    county.person(1)
    county.deliver("DS-HOU-GRADE", house("r1"), house("r2", grade="D"))
    assert ("R-HOU-01", "RED", "h1") in county.found()


@pytest.mark.parametrize(("tenure", "expected"), [("none", True), ("borrowed", True), ("rented_safe", False)])
def test_household_without_a_house_is_found(county, tenure, expected):
    county.household(housing_tenure=tenure)
    county.person(1)
    assert (("R-HOU-02", "RED", "h1") in county.found()) is expected
