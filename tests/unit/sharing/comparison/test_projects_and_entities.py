"""Projects that failed, entities that closed, hazard points: lists without persons met by lists of households."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from .conftest import County

COUNTY = "990101000000"


def _project(**values: Any) -> dict[str, Any]:
    project = {
        "project_no": "P1", "project_name": "大棚", "area_code": COUNTY, "project_year": 2026, "category": "industry",
        "entity": "甲合作社", "fund_source": "central", "amount": "100000.00", "state": "running",
    }  # fmt: skip
    return project | values


def _link(number: int = 1, **values: Any) -> dict[str, Any]:
    link = {"number": number, "entity": "甲合作社", "project_no": "P1", "benefit": "dividend"}
    return link | {"yearly_amount": "6000.00"} | values


@pytest.fixture
def home(county: County) -> County:
    """A formerly poor household h1 with 20,000 yuan a year."""
    county.household("h1", hh_type="1")
    county.person(1, "h1")
    county.income(2026, "10000.00", "h1", net="20000.00")
    return county


def _found(county: County, rule_id: str) -> list[tuple[str, str]]:
    county.compare()
    return [(row["severity"], row["risk_type"]) for row in county.findings() if row["rule_id"] == rule_id]


@pytest.mark.parametrize(
    ("project", "link", "is_found"),
    [
        ({"state": "failed"}, {}, True),
        ({"state": "failed"}, {"yearly_amount": "5999.99"}, False),
        ({"state": "idle"}, {}, False),
        ({"price_fall_pct": 30}, {}, True),
        ({"price_fall_pct": 29}, {}, False),
        ({"state": "failed"}, {"project_no": "P2"}, False),
    ],
    ids=["failed, 30 %", "just below 30 %", "idle", "price fell by 30 %", "price fell by 29 %", "another project"],
)  # fmt: skip
def test_a_failed_project_is_found_where_the_income_depends_on_it(
    home: County, project: dict[str, Any], link: dict[str, Any], is_found: bool
) -> None:
    home.deliver("DS-AGR-PROJ", _project(**project))
    home.deliver("DS-AGR-LINK", _link(**link))
    assert _found(home, "R-AGR-06") == ([("ORANGE", "06")] if is_found else [])


def test_without_the_list_of_projects_nothing_is_said(home: County) -> None:
    home.deliver("DS-AGR-LINK", _link())
    [rule] = [each for each in home.compare().rules if each.rule_id == "R-AGR-06"]
    assert rule.status == "not_evaluated"


def _work(**values: Any) -> dict[str, Any]:
    work = {"number": 1, "place": "county", "from_on": date(2026, 3, 1), "employer": "乙电子厂", "channel": "workshop"}
    return work | {"point_to_point": False, "months_ytd": 8} | values


def _closed(**values: Any) -> dict[str, Any]:
    closed = {"entity": "乙电子厂", "area_code": COUNTY, "entity_kind": "workshop", "closed_on": date(2026, 10, 12)}
    return closed | {"closed_why": "stopped"} | values


@pytest.mark.parametrize(
    ("work", "closed", "is_found"),
    [
        ({}, {}, True),
        ({"to_on": date(2026, 10, 12)}, {}, True),
        ({"to_on": date(2026, 9, 30)}, {}, False),
        ({}, {"closed_on": date(2026, 11, 2)}, False),
        ({}, {"entity": "丙电子厂"}, False),
    ],
    ids=["at work", "worked until it closed", "left before", "closes next month", "another one"],
)  # fmt: skip
def test_a_closed_employer_is_found(home: County, work: dict[str, Any], closed: dict[str, Any], is_found: bool) -> None:
    home.deliver("DS-HRS-WORK", _work(**work))
    home.deliver("DS-MKT-ENT", _closed(**closed))
    assert _found(home, "R-MKT-01") == ([("ORANGE", "07")] if is_found else [])


def test_a_closed_partner_is_a_risk_of_the_project(home: County) -> None:
    home.deliver("DS-AGR-LINK", _link())
    home.deliver("DS-MKT-ENT", _closed(entity="甲合作社", entity_kind="cooperative"))
    assert _found(home, "R-MKT-01") == [("ORANGE", "06")]
    [finding] = [row for row in home.findings() if row["rule_id"] == "R-MKT-01"]
    assert finding["deliveries"] == ["d1", "d2"]


@pytest.mark.parametrize(
    ("period", "values", "is_found"),
    [
        ("2026-07", {}, True),
        ("2026-10", {}, False),
        ("2026-07", {"ended_on": date(2026, 6, 30)}, False),
        ("2026-07", {"ended_on": date(2026, 8, 1)}, True),
    ],
    ids=["July", "October", "ended before", "ends later"],
)  # fmt: skip
def test_a_hazard_point_counts_in_the_flood_season(
    home: County, period: str, values: dict[str, Any], is_found: bool
) -> None:
    home.period = period
    point = {"number": 1, "point_no": "D1", "hazard": "slide", "level": "large", "checked_on": date(2026, 4, 20)}
    home.deliver("DS-NAT-HAZ", point | values, period="2026-05")
    assert _found(home, "R-NAT-01") == ([("INFO", "02")] if is_found else [])
