"""R-HEA-01, R-HEA-02 and R-DPF-01 through the real engine (F-B04, F-B05)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from .conftest import County


def diagnosis(number: int = 1, **values: Any) -> dict[str, Any]:
    return {
        "number": number,
        "disease_code": "D08",
        "diagnosed_on": date(2026, 10, 12),
        "status": "confirmed",
    } | values


def certificate(number: int = 1, **values: Any) -> dict[str, Any]:
    return {
        "number": number,
        "category": "4",
        "level": 4,
        "issued_on": date(2026, 10, 12),
        "change": "new",
    } | values


def is_found(county: County, rule: str, who: str = "p1") -> bool:
    return (rule, "ORANGE", who) in county.found()


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({}, True),
        ({"status": "treated"}, True),
        ({"status": "recovered"}, False),
        ({"status": "revoked"}, False),
        ({"disease_code": "D99"}, False),
        ({"diagnosed_on": date(2026, 9, 1)}, True),
        ({"diagnosed_on": date(2026, 8, 31)}, False),
        ({"diagnosed_on": date(2026, 11, 1)}, False),
        ({"name": "李四"}, False),
    ],
)
def test_a_new_diagnosis_of_a_listed_disease_is_found(county: County, row: dict[str, Any], expected: bool) -> None:
    county.household()
    county.person()
    county.deliver("DS-HEA-DISEASE", diagnosis(**row))
    assert is_found(county, "R-HEA-01") is expected


@pytest.mark.parametrize(("listed", "expected"), [("D01 D08", True), ("D01 D02", False), ("", False), ("D99", False)])
def test_which_diseases_are_listed_is_the_countys(county: County, listed: str, expected: bool) -> None:
    county.parameters = {"hea.listed_diseases": listed}
    county.household()
    county.person()
    county.deliver("DS-HEA-DISEASE", diagnosis())
    assert is_found(county, "R-HEA-01") is expected


def test_a_recovery_that_is_delivered_later_counts(county: County) -> None:
    county.household()
    county.person()
    county.deliver("DS-HEA-DISEASE", diagnosis(diagnosed_on=date(2026, 9, 3)), period="2026-09")
    county.deliver("DS-HEA-DISEASE", diagnosis(diagnosed_on=date(2026, 9, 3), status="recovered"))
    assert county.found() == set()


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({}, True),
        ({"issued_on": date(2026, 9, 1)}, True),
        ({"issued_on": date(2026, 8, 31)}, False),
        ({"change": "renewed"}, False),
        ({"level": 2, "issued_on": date(2019, 1, 1)}, True),
        ({"level": 3, "issued_on": date(2019, 1, 1)}, False),
        ({"level": 1, "change": "cancelled"}, False),
        ({"level": 1, "name": "李四"}, False),
    ],
)
def test_a_new_certificate_or_a_severe_level_is_found(county: County, row: dict[str, Any], expected: bool) -> None:
    county.household()
    county.person()
    county.deliver("DS-DPF-CERT", certificate(**row))
    assert is_found(county, "R-DPF-01") is expected


@pytest.mark.parametrize(
    ("household", "expected"),
    [
        ({"is_monitored": True}, False),
        ({"last_negative_decision_on": "2025-11-01"}, False),
        ({"last_negative_decision_on": "2025-10-31"}, True),
        ({"last_negative_decision_on": "2026-11-05"}, True),
    ],
)
def test_a_household_that_is_monitored_or_was_decided_is_left_alone(
    county: County, household: dict[str, Any], expected: bool
) -> None:
    county.household(**household)
    county.person()
    county.deliver("DS-DPF-CERT", certificate())
    assert is_found(county, "R-DPF-01") is expected


def test_how_severe_a_disability_is_severe_is_the_countys(county: County) -> None:
    county.household()
    county.person()
    county.deliver("DS-DPF-CERT", certificate(level=3, issued_on=date(2019, 1, 1)))
    assert not is_found(county, "R-DPF-01")
    county.parameters = {"dpf.severe_level": 3}
    assert is_found(county, "R-DPF-01")


def contract(number: int = 1, **values: Any) -> dict[str, Any]:
    term = {"signed_on": date(2026, 1, 5), "valid_to": date(2026, 12, 31)}
    return {"number": number, "team": "红旗镇卫生院"} | term | values


@pytest.mark.parametrize(
    ("household", "person", "rows", "expected"),
    [
        ({"hh_type": "1"}, {"health": "{chronic}"}, [], True),
        ({"is_monitored": True}, {"health": "{disabled}"}, [], True),
        ({}, {"health": "{major_disease}", "relief": "dibao"}, [], True),
        ({}, {"health": "{chronic}"}, [], False),
        ({"hh_type": "1"}, {}, [], False),
        ({"hh_type": "1"}, {"birth_date": "1961-10-31"}, [], True),
        ({"hh_type": "1"}, {"birth_date": "1961-11-01"}, [], False),
        ({"hh_type": "1"}, {"health": "{chronic}", "id_token": None, "person_token": None}, [], False),
        ({"hh_type": "1"}, {"health": "{chronic}"}, [contract()], False),
        ({"hh_type": "1"}, {"health": "{chronic}"}, [contract(valid_to=date(2026, 10, 30))], True),
        ({"hh_type": "1"}, {"health": "{chronic}"}, [contract(signed_on=date(2026, 11, 1))], True),
        ({"hh_type": "1"}, {"health": "{chronic}"}, [contract(name="李四")], False),  # another name: no claim
    ],
)
def test_a_priority_person_of_low_income_without_a_family_doctor_is_found(
    county: County, household: dict[str, Any], person: dict[str, Any], rows: list[dict[str, Any]], expected: bool
) -> None:
    county.household(**household)
    county.person(1, **person)
    county.deliver("DS-HEA-CONTRACT", contract(9), *rows)
    assert (("R-HEA-02", "INFO", "p1") in county.found()) is expected
