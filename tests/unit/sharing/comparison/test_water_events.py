"""Interruptions of supply and bad water: rows of a scheme and an area meet the households that drink from it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from .conftest import VILLAGE, County

SCHEME, OTHER = "红旗镇集中供水工程", "南山引水工程"
NEXT = "990101101202"


def _event(**values: Any) -> dict[str, Any]:
    event = {"scheme": SCHEME, "village_code": VILLAGE, "event_kind": "outage", "from_on": date(2026, 10, 10)}
    return event | values


def _drinks(number: int, scheme: str, day: date = date(2026, 9, 1)) -> dict[str, Any]:
    safe = dict.fromkeys(("quantity_ok", "quality_ok", "convenience_ok", "guarantee_ok"), True)
    return {"number": number, "scheme": scheme, "checked_on": day, **safe}


@pytest.fixture
def village(county: County) -> County:
    """A formerly poor household h1, and an ordinary one h2."""
    county.household("h1", hh_type="1")
    county.person(1, "h1")
    county.household("h2")
    county.person(2, "h2")
    return county


def _water(county: County) -> set[tuple[str, str]]:
    return {(severity, who) for rule, severity, who in county.found() if rule == "R-WAT-02"}


@pytest.mark.parametrize(
    ("event", "found"),
    [
        (_event(to_on=date(2026, 10, 12)), {("ORANGE", "h1")}),
        (_event(to_on=date(2026, 10, 11)), set()),
        (_event(to_on=date(2026, 10, 11), hours=48), {("ORANGE", "h1")}),
        (_event(from_on=date(2026, 10, 25)), {("ORANGE", "h1")}),
        (_event(from_on=date(2026, 9, 20), to_on=date(2026, 9, 30)), set()),
        (_event(from_on=date(2026, 11, 1)), set()),
        (_event(), {("ORANGE", "h1"), ("ORANGE", "h2")}),
        (_event(cancelled=True), set()),
        (_event(event_kind="quality", to_on=date(2026, 10, 11)), {("ORANGE", "h1")}),
        (_event(village_code=NEXT), set()),
        (_event(village_code="990101101000", to_on=date(2026, 10, 12)), {("ORANGE", "h1")}),
        (_event(village_code="990101000000", to_on=date(2026, 10, 12)), {("ORANGE", "h1")}),
    ],
    ids=[
        "two days", "one day", "one day by dates, but counted as 48 hours", "not over yet", "over before the month",
        "after the month", "three weeks: everybody", "reported by mistake", "bad water", "next village",
        "the township", "the county",
    ],
)  # fmt: skip
def test_long_outages_and_bad_water_are_found(
    village: County, event: dict[str, Any], found: set[tuple[str, str]]
) -> None:
    village.deliver("DS-WAT-EVENT", event)
    assert _water(village) == found


def test_winter_is_worse(new_county: Callable[[str], County]) -> None:
    for period, day, severity in (
        ("2026-10", date(2026, 10, 5), "ORANGE"),
        ("2026-11", date(2026, 11, 5), "RED"),
        ("2026-05", date(2026, 5, 5), "RED"),
        ("2026-06", date(2026, 6, 5), "ORANGE"),
    ):
        county = new_county(period)
        county.period = period
        county.household("h1", is_monitored=True)
        county.deliver("DS-WAT-EVENT", _event(from_on=day, to_on=day.replace(day=8)))
        assert _water(county) == {(severity, "h1")}


def test_who_drinks_another_water_is_not_hit(village: County) -> None:
    village.deliver("DS-WAT-STATUS", _drinks(1, OTHER), _drinks(2, SCHEME))
    village.deliver("DS-WAT-EVENT", _event())
    assert _water(village) == {("ORANGE", "h2")}


def test_where_the_scheme_is_known_others_are_not_meant(village: County) -> None:
    village.deliver("DS-WAT-STATUS", _drinks(2, SCHEME))
    village.deliver("DS-WAT-EVENT", _event())
    assert _water(village) == {("ORANGE", "h2")}


def test_where_nobody_is_known_to_drink_from_it_the_event_is_about_the_village(village: County) -> None:
    village.deliver("DS-WAT-STATUS", _drinks(1, OTHER), _drinks(2, OTHER))
    village.deliver("DS-WAT-EVENT", _event())
    assert _water(village) == {("ORANGE", "h1"), ("ORANGE", "h2")}


def test_two_reports_of_one_outage_are_one(village: County) -> None:
    village.deliver(
        "DS-WAT-EVENT",
        _event(to_on=date(2026, 10, 11)),
        _event(from_on=date(2026, 10, 11), to_on=date(2026, 10, 12)),
        _event(from_on=date(2026, 10, 20), to_on=date(2026, 10, 21)),
    )
    assert _water(village) == {("ORANGE", "h1")}
    [finding] = [row for row in village.findings() if row["rule_id"] == "R-WAT-02"]
    assert finding["evidence"]["water_out_hours"] == 48


def test_the_end_of_an_event_comes_later_and_counts(village: County) -> None:
    first = village.deliver("DS-WAT-EVENT", _event())
    assert _water(village)
    village.deliver("DS-WAT-EVENT", _event(to_on=date(2026, 10, 11)))
    assert _water(village) == set()
    assert first


def test_the_finding_names_its_deliveries(village: County) -> None:
    village.deliver("DS-WAT-EVENT", _event(village_code=NEXT), delivery_id="elsewhere")
    village.deliver("DS-WAT-EVENT", _event(), delivery_id="here")
    village.compare()
    assert {tuple(row["deliveries"]) for row in village.findings() if row["rule_id"] == "R-WAT-02"} == {("here",)}


def test_rows_that_contradict_each_other_are_no_evidence(village: County) -> None:
    village.deliver("DS-WAT-EVENT", _event(hours=60), _event(hours=12), excluded_lines=(1, 2),
                    excluded_because="contradicts")  # fmt: skip
    outcome = village.compare()
    assert [row for row in village.findings() if row["rule_id"] == "R-WAT-02"] == []
    [matching] = [each for each in outcome.matching if each.dataset == "DS-WAT-EVENT"]
    assert (matching.rows, matching.matched, matching.quarantined) == (2, 0, 2)
    assert "contradicts" in (village.folder / "unused.csv").read_text()


def test_without_a_delivery_nothing_is_said(village: County) -> None:
    outcome = village.compare()
    [rule] = [each for each in outcome.rules if each.rule_id == "R-WAT-02"]
    assert rule.status == "not_evaluated"
