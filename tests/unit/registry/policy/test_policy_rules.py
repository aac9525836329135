"""Policy profiles: the shipped data, values, inheritance."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from registry.policy.defaults import national_profile
from registry.policy.rules import PARAMETERS, Fault, Version, in_force, lineage, read_value


def test_every_shipped_number_has_a_source_or_says_that_it_is_assumed() -> None:
    profile = national_profile()
    assert profile.region == "000000000000"
    assert profile.parameters.keys() == PARAMETERS.keys()
    assert all(len(source) >= 3 for source in profile.sources.values())


@pytest.mark.parametrize(
    ("name", "raw", "expected"),
    [
        ("income.monitoring_line", "8800.50", Decimal("8800.50")),
        ("income.monitoring_line", 8800, Decimal(8800)),
        ("clock.identify_limit_unit", "working", "working"),
        ("clock.publicity_days", 5, Decimal(5)),
    ],
)
def test_values_are_read_without_floats(name: str, raw: Any, expected: Any) -> None:
    assert read_value(name, raw) == expected


@pytest.mark.parametrize(
    ("name", "raw", "code"),
    [
        ("income.line", 1, "parameter.unknown"),
        ("income.monitoring_line", "many", "parameter.type"),
        ("income.monitoring_line", True, "parameter.type"),
        ("income.monitoring_line", None, "parameter.type"),
        ("income.monitoring_line", "-1", "parameter.range"),
        ("income.monitoring_line", "Infinity", "parameter.range"),
        ("clock.publicity_days", 4, "parameter.range"),
        ("clock.plan_limit_days", "1.5", "parameter.type"),
        ("agr.rigid_factor", "0.5", "parameter.range"),
        ("clock.identify_limit_unit", 5, "parameter.code"),
    ],
)
def test_impossible_values_are_named(name: str, raw: Any, code: str) -> None:
    fault = read_value(name, raw)
    assert isinstance(fault, Fault)
    assert fault.code == code


def test_a_region_descends_from_its_county_and_the_nation() -> None:
    assert lineage("990101101201") == [
        "990101101201",
        "990101101000",
        "990101000000",
        "990100000000",
        "990000000000",
        "000000000000",
    ]
    assert lineage("990101000000")[0] == "990101000000"
    assert lineage("000000000000") == ["000000000000"]


def test_the_nearest_region_wins_over_the_newest_version() -> None:
    nation = Version("000000000000", 9, date(2026, 6, 1))
    county = [Version("990101000000", 1, date(2025, 1, 1)), Version("990101000000", 2, date(2026, 1, 1))]
    versions = [nation, *county]
    assert in_force(versions, "990101101201", date(2026, 11, 1)) == county[1]
    assert in_force(versions, "990101101201", date(2025, 11, 1)) == county[0]
    assert in_force(versions, "990202000000", date(2026, 11, 1)) == nation
    assert in_force(versions, "990202000000", date(2026, 5, 31)) is None


def test_a_later_version_of_the_same_day_replaces_the_earlier_one() -> None:
    versions = [Version("000000000000", number, date(2026, 1, 1)) for number in (1, 2)]
    assert in_force(versions, "000000000000", date(2026, 1, 1)) == versions[1]
