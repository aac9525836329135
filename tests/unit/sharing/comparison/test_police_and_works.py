"""R-PSB-01, R-PSB-02 and R-HOU-03 through the real engine (F-B14, F-B25)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from .conftest import County


def severities(county: County, rule: str) -> set[str]:
    return {severity for each, severity, _ in county.found() if each == rule}


@pytest.mark.parametrize(
    ("row", "labour", "severity"),
    [
        ({}, "1", "ORANGE"),
        ({"change": "prison"}, "2", "ORANGE"),
        ({"change": "moved_out"}, "3", "INFO"),
        ({}, "5", "INFO"),
        ({"change": "marriage"}, "1", None),
        ({"change": "birth"}, "5", None),
        ({"change": "moved_in"}, "1", None),
        ({"changed_on": date(2026, 9, 1)}, "1", "ORANGE"),
        ({"changed_on": date(2026, 8, 31)}, "1", None),
        ({"changed_on": date(2026, 11, 1)}, "1", None),
        ({"name": "李四"}, "1", None),
    ],
)
def test_a_member_who_is_gone_is_found(county: County, row: dict[str, Any], labour: str, severity: str | None) -> None:
    county.household()
    county.person(1, labour=labour)
    county.deliver("DS-PSB-HUKOU", {"number": 1, "change": "death", "changed_on": date(2026, 10, 12)} | row)
    assert severities(county, "R-PSB-01") == ({severity} - {None})


@pytest.mark.parametrize(
    ("row", "severity"),
    [
        ({}, "RED"),
        ({"consequence": "disabled", "cause": "crime"}, "ORANGE"),
        ({"consequence": "injured"}, "ORANGE"),
        ({"consequence": "none"}, None),
        ({"happened_on": date(2026, 8, 31)}, None),
        ({"name": "李四"}, None),
    ],
)
def test_harm_by_traffic_or_crime_is_found(county: County, row: dict[str, Any], severity: str | None) -> None:
    county.household()
    county.person()
    given = {"number": 1, "cause": "traffic", "happened_on": date(2026, 9, 1), "consequence": "death"}
    county.deliver("DS-PSB-HARM", given | row)
    assert severities(county, "R-PSB-02") == ({severity} - {None})


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({}, False),
        ({"due_on": date(2026, 10, 30)}, True),
        ({"due_on": date(2026, 10, 31)}, False),
        ({"started_on": date(2025, 10, 30)}, True),
        ({"started_on": date(2025, 10, 31)}, False),
        ({"started_on": None, "approved_on": date(2025, 10, 1)}, True),
        ({"due_on": date(2026, 8, 1), "finished_on": date(2026, 10, 31)}, False),
        ({"due_on": date(2026, 8, 1), "finished_on": date(2026, 11, 1)}, True),
        ({"due_on": date(2026, 8, 1), "name": "李四"}, False),
    ],
)
def test_works_that_are_overdue_are_found(county: County, row: dict[str, Any], expected: bool) -> None:
    county.household()
    county.person()
    works = {"approved_on": date(2026, 3, 1), "started_on": date(2026, 4, 1), "due_on": date(2026, 12, 31)}
    county.deliver("DS-HOU-WORKS", {"number": 1, "finished_on": None, "subsidy": "25000"} | works | row)
    assert severities(county, "R-HOU-03") == ({"YELLOW"} if expected else set())


def test_how_long_works_may_stay_open_is_the_countys(county: County) -> None:
    county.household()
    county.person()
    works = {"approved_on": date(2026, 3, 1), "started_on": date(2026, 4, 1), "due_on": date(2026, 12, 31)}
    county.deliver("DS-HOU-WORKS", {"number": 1, "finished_on": None, "subsidy": "25000"} | works)
    county.parameters = {"hou.works_months": 6}
    assert severities(county, "R-HOU-03") == {"YELLOW"}
