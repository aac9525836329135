"""R-EMG-01 and R-EMG-02 through the real engine."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from .conftest import VILLAGE, County


def loss(number: int = 1, **values: Any) -> dict[str, Any]:
    quiet = {"deaths": 0, "injured": 0, "house_damage": "none", "crop_loss_pct": None, "est_loss": "3500"}
    event = {"event_id": "ZH2026-1", "disaster_subtype": "0201", "ended_on": date(2026, 10, 3), "village_code": VILLAGE}
    return {"number": number} | event | quiet | values


def severities(county: County, rule: str) -> set[str]:
    return {severity for each, severity, _ in county.found() if each == rule}


@pytest.mark.parametrize(
    ("row", "severity"),
    [
        ({"deaths": 1}, "RED"),
        ({"house_damage": "collapsed"}, "RED"),
        ({"house_damage": "serious"}, "RED"),
        ({"crop_loss_pct": 80}, "RED"),
        ({"crop_loss_pct": 79}, "ORANGE"),
        ({"crop_loss_pct": 50}, "ORANGE"),
        ({"crop_loss_pct": 49}, None),
        ({"injured": 1}, "ORANGE"),
        ({"house_damage": "minor"}, None),
        ({"crop_loss_pct": 90, "ended_on": date(2026, 8, 1)}, "RED"),
        ({"crop_loss_pct": 90, "ended_on": date(2026, 7, 31)}, None),
        ({"crop_loss_pct": 90, "ended_on": date(2026, 11, 1)}, None),
        ({"crop_loss_pct": 90, "name": "李四"}, None),
    ],
)
def test_a_loss_in_a_disaster_is_found(county: County, row: dict[str, Any], severity: str | None) -> None:
    county.household()
    county.person()
    county.deliver("DS-EMG-LOSS", loss(**row))
    assert severities(county, "R-EMG-01") == ({severity} - {None})


def test_the_worst_that_is_told_of_a_household_counts(county: County) -> None:
    county.household()
    county.person(1)
    county.person(2)
    county.deliver("DS-EMG-LOSS", loss(1, crop_loss_pct=55), loss(2, event_id="ZH2026-2", house_damage="collapsed"))
    assert severities(county, "R-EMG-01") == {"RED"}


def test_the_lines_of_lost_crops_are_the_countys(county: County) -> None:
    county.household()
    county.person()
    county.deliver("DS-EMG-LOSS", loss(crop_loss_pct=40))
    assert severities(county, "R-EMG-01") == set()
    county.parameters = {"emg.crop_loss": 30}
    assert severities(county, "R-EMG-01") == {"ORANGE"}


@pytest.mark.parametrize(
    ("row", "severity"),
    [
        ({"consequence": "death"}, "RED"),
        ({"consequence": "disabled"}, "RED"),
        ({"consequence": "serious"}, "RED"),
        ({"consequence": "minor"}, None),
        ({"consequence": "serious", "happened_on": date(2026, 7, 31)}, None),
        ({"consequence": "serious", "name": "李四"}, None),
    ],
)
def test_a_grave_accident_is_found(county: County, row: dict[str, Any], severity: str | None) -> None:
    county.household()
    county.person()
    county.deliver("DS-EMG-ACC", {"number": 1, "event_id": "SG1", "happened_on": date(2026, 8, 1)} | row)
    assert severities(county, "R-EMG-02") == ({severity} - {None})
