"""Policy parameters: the declarations, values, and what holds where and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from contracts.errors import FieldError
from contracts.id_numbers import check_digit
from contracts.parameters import (
    DEFAULTS,
    GROUPS,
    PARAMETERS,
    contradictions,
    in_force,
    lineage,
    read_value,
    read_values,
    resolve,
    resolve_all,
)
from contracts.vocabulary import Channel, MonitorCategory

_FIRST = "99010119900101001"
_NUMBER = _FIRST + check_digit(_FIRST)
NATION, COUNTY, VILLAGE = "000000000000", "990101000000", "990101101201"


@dataclass(frozen=True)
class Stored:
    region: str
    version: int
    effective_from: date
    parameters: dict[str, Any]


def stored(region: str, version: int = 1, since: date = date(2026, 1, 1), **values: Any) -> Stored:
    return Stored(region, version, since, {name.replace("__", "."): value for name, value in values.items()})


def test_every_parameter_has_both_titles_a_source_and_a_titled_group() -> None:
    for name, parameter in PARAMETERS.items():
        assert name.split(".")[0] in GROUPS
        assert parameter.zh
        assert parameter.en
        assert parameter.source


@pytest.mark.parametrize(
    ("name", "raw", "expected"),
    [
        ("income.monitoring_line", "8800.50", Decimal("8800.50")),
        ("income.monitoring_line", 8800, Decimal(8800)),
        ("clock.identify_limit_unit", "working", "working"),
        ("clock.publicity_days", 5, Decimal(5)),
        ("hea.listed_diseases", " D08 D01  D08 ", "D01 D08"),
        ("hea.listed_diseases", "", ""),
    ],
)
def test_values_are_read_without_floats(name: str, raw: Any, expected: Any) -> None:
    assert read_value(PARAMETERS[name], raw) == expected


@pytest.mark.parametrize(
    ("name", "raw", "code"),
    [
        ("income.line", 1, "parameter.unknown"),
        ("income.monitoring_line", "many", "parameter.type"),
        ("income.monitoring_line", True, "parameter.type"),
        ("income.monitoring_line", None, "parameter.type"),
        ("income.monitoring_line", "-1", "parameter.range"),
        ("income.monitoring_line", "99999999999", "parameter.range"),
        ("income.monitoring_line", "Infinity", "parameter.range"),
        ("income.monitoring_line", "NaN", "parameter.range"),
        ("income.monitoring_line", "1.234", "parameter.type"),
        ("income.drop_red_share", "0.12345", "parameter.type"),
        ("civ.grace_months", "1.5", "parameter.type"),
        ("clock.publicity_days", 4, "parameter.range"),
        ("clock.plan_limit_days", "1.5", "parameter.type"),
        ("agr.rigid_factor", "0.5", "parameter.range"),
        ("clock.identify_limit_unit", 5, "parameter.code"),
        ("hea.listed_diseases", "D01 D31", "parameter.code"),
        ("hea.listed_diseases", ["D01"], "parameter.code"),
    ],
)
def test_impossible_values_are_named(name: str, raw: Any, code: str) -> None:
    values, faults = read_values({name: raw, "alerts.verifiers_min": 3})
    assert values == {"alerts.verifiers_min": Decimal(3)}
    assert [(fault.pointer, fault.code) for fault in faults] == [(f"/parameters/{name}", code)]


def test_a_pair_of_values_may_contradict_itself() -> None:
    values = {"edu.compulsory_age_from": Decimal(17), "edu.compulsory_age_to": Decimal(15)}
    assert [(fault.pointer, fault.code) for fault in contradictions(values)] == [
        ("/parameters/edu.compulsory_age_to", "parameter.range")
    ]
    assert contradictions(DEFAULTS) == []


def test_a_region_descends_from_its_county_and_the_nation() -> None:
    assert lineage(VILLAGE) == [VILLAGE, "990101101000", COUNTY, "990100000000", "990000000000", NATION]
    assert lineage(COUNTY)[0] == COUNTY
    assert lineage(NATION) == [NATION]


def test_nearest_profile_wins_parameter_by_parameter_over_newer_versions_of_ancestors() -> None:
    versions = [
        stored(NATION, 9, date(2026, 6, 1), income__monitoring_line="8000", med__outpatient_month="450"),
        stored("990100000000", 4, income__monitoring_line="8200"),
        stored(COUNTY, 3, income__monitoring_line="8600"),
        stored("990102000000", 8, income__monitoring_line="1"),
    ]
    village = resolve(versions, VILLAGE, date(2026, 11, 1))
    assert village.version == 3
    assert village.number("income.monitoring_line") == Decimal(8600)
    assert village.number("med.outpatient_month") == Decimal(450)
    assert resolve(versions, VILLAGE, date(2026, 5, 31)).number("med.outpatient_month") == Decimal(500)
    assert resolve(versions, "980102101201", date(2026, 11, 1)).version == 9
    both = resolve_all(versions, [VILLAGE, "990201101201"], date(2026, 11, 1))
    assert [profile.version for profile in both.values()] == [3, 9]


def test_what_nobody_sets_has_its_default_and_that_is_told() -> None:
    empty = resolve([], VILLAGE, date(2026, 1, 1))
    assert (empty.version, dict(empty.values), empty.defaulted) == (0, DEFAULTS, DEFAULTS.keys())
    one = resolve([stored(NATION, civ__grace_months="6")], VILLAGE, date(2026, 1, 1))
    assert one.whole("civ.grace_months") == 6
    assert one.defaulted == DEFAULTS.keys() - {"civ.grace_months"}


def test_a_name_of_a_newer_release_is_ignored_and_a_broken_value_is_not() -> None:
    assert "income.later" not in resolve([stored(NATION, income__later="1")], VILLAGE, date(2026, 1, 1)).values
    with pytest.raises(ValueError, match=r"civ\.grace_months"):
        resolve([stored(NATION, civ__grace_months="many")], VILLAGE, date(2026, 1, 1))


def test_a_later_version_of_the_same_day_replaces_the_earlier_one_and_the_future_waits() -> None:
    versions = [stored(NATION, number) for number in (1, 2)]
    later = stored(NATION, 3, date(2027, 1, 1))
    assert in_force([*versions, later], date(2026, 1, 1)) == {NATION: versions[1]}
    assert in_force(versions, date(2025, 12, 31)) == {}


def test_a_value_is_a_value_or_a_fault() -> None:
    assert isinstance(read_value(PARAMETERS["clock.publicity_days"], "x"), FieldError)


@pytest.mark.parametrize("raw", ["", "  ", "一" * 41, "两\n行", 5, None, f"张三 {_NUMBER}"])
def test_a_name_is_a_line_of_text_and_no_persons_number(raw: Any) -> None:
    """F-G03, F-G06."""
    values, faults = read_values({"names.lead_department": raw})
    assert (values, [fault.code for fault in faults]) == ({}, ["parameter.type"])


def test_each_monitoring_category_and_channel_has_a_name_and_a_text_is_kept_as_written() -> None:
    """F-G06."""
    assert {f"names.category_{category.value}" for category in MonitorCategory} <= PARAMETERS.keys()
    for channel in Channel:
        assert PARAMETERS[f"names.channel_{channel.value[2:]}"].default == channel.label
    assert read_values({"names.programme": " 常态化帮扶 "}) == ({"names.programme": "常态化帮扶"}, [])


def test_the_transition_period_does_not_end_before_it_begins() -> None:
    assert [fault.pointer for fault in contradictions(DEFAULTS | {"transition.first_year": Decimal(2026)})] == [
        "/parameters/transition.last_year"
    ]
