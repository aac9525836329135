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


def temporary(granted_on: date, number: int = 1):
    return {"number": number, "granted_on": granted_on, "amount": "800"}


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
        (date(2026, 9, 30), "new", False),
        (date(2026, 11, 1), "new", False),
        (date(2026, 10, 1), "none", False),
    ],
)
@pytest.mark.parametrize("kind", ["dibao", "marginal", "rigid"])
def test_relief_newly_granted_in_the_month_is_found(county, from_on, change, expected, kind):
    county.household()
    county.person(1)
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


def test_temporary_assistance_is_counted_over_the_household(county):
    county.household()
    county.person(1)
    county.person(2)
    county.deliver("DS-CIV-LOW")
    county.deliver("DS-CIV-TEMP", temporary(date(2026, 5, 1)), period="2026-05")
    county.deliver("DS-CIV-TEMP", temporary(date(2026, 5, 1), 2), period="2026-06")
    assert ("R-CIV-01", "ORANGE", "h1") in county.found()


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
        ({}, "5", [], False),
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
