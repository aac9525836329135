"""R-WAT-01 and the status of the water, through the real engine (F-B12, F-A12)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from .conftest import County
from .test_statuses import told


def check(number: int = 1, **values: Any) -> dict[str, Any]:
    kept = {f"{name}_ok": True for name in ("quantity", "quality", "convenience", "guarantee")}
    return {"number": number, "scheme": "集中供水工程", "checked_on": date(2026, 9, 18)} | kept | values


@pytest.mark.parametrize("indicator", ["quantity_ok", "quality_ok", "convenience_ok", "guarantee_ok"])
def test_any_indicator_that_fails_is_found(county: County, indicator: str) -> None:
    county.household()
    county.person()
    county.deliver("DS-WAT-STATUS", check(**{indicator: False}))
    assert county.found() == {("R-WAT-01", "RED", "h1")}


@pytest.mark.parametrize(
    "row", [{}, {"quality_ok": False, "name": "李四"}, {"quality_ok": False, "checked_on": date(2026, 11, 1)}]
)
def test_good_water_another_name_and_a_later_day_are_not_found(county: County, row: dict[str, Any]) -> None:
    county.household()
    county.person()
    county.deliver("DS-WAT-STATUS", check(**row))
    assert county.found() == set()


@pytest.mark.parametrize(
    ("newer", "expected"),
    [({}, set()), ({"quality_ok": False}, {("R-WAT-01", "RED", "h1")})],
)
def test_the_newest_check_counts_whoever_it_is_told_of(
    county: County, newer: dict[str, Any], expected: set[tuple[str, str, str]]
) -> None:
    county.household()
    county.person(1)
    county.person(2)
    older = {"checked_on": date(2026, 3, 1), "quality_ok": not newer.get("quality_ok", True)}
    county.deliver("DS-WAT-STATUS", check(1, **older), period="2026-03")
    county.deliver("DS-WAT-STATUS", check(2, **newer))
    assert county.found() == expected


def test_the_status_is_what_the_check_says_and_safe_only_where_a_visit_said_otherwise(county: County) -> None:
    county.household(unsafe_statuses="{water}")
    county.person()
    county.deliver("DS-WAT-STATUS", check(guarantee_ok=False))
    facts = {"is_water_short": False, "is_water_unfit": False, "is_water_far": False, "is_water_unreliable": True}
    assert told(county) == {"water": (False, "2026-09-18", facts)}


@pytest.mark.parametrize(("found_by_visit", "expected"), [("{water}", (True, "2026-09-18", {})), ("{}", None)])
def test_good_water_takes_back_what_a_visit_found(county: County, found_by_visit: str, expected: object) -> None:
    county.household(unsafe_statuses=found_by_visit)
    county.person()
    county.deliver("DS-WAT-STATUS", check())
    assert told(county).get("water") == expected
