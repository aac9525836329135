"""The oracle's rules about households of one, unattended children and subsidies, on small hand-made tables."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from bangfu_county.oracle.civil import r_civ_04, r_civ_05
from bangfu_county.oracle.disability import r_dpf_02
from bangfu_county.oracle.register import Home

from .hand_made import Row, home, low, member, rules

EARLIER = date(2019, 1, 1)


def cert(level: int) -> Row:
    return {"level": level, "issued_on": EARLIER, "change": "new"}


def subsidy(item: str, end: date | None = None) -> Row:
    return {"item": item, "from_on": EARLIER, "to_on": end}


def care(category: str, grade: int | None = None) -> Row:
    return {"category": category, "disability_grade": grade, "from_on": EARLIER, "to_on": None}


@pytest.mark.parametrize(
    ("certificates", "relief", "subsidies", "severity"),
    [
        ([cert(2)], [], [], "YELLOW"),
        ([cert(2)], [], [subsidy("nursing")], None),
        ([cert(2)], [], [subsidy("nursing", date(2026, 10, 30))], "YELLOW"),
        ([cert(3)], [], [], None),
        ([cert(3)], [low()], [], "YELLOW"),
        ([cert(3)], [low("tekun")], [], None),
        ([cert(3)], [low()], [subsidy("living")], None),
        ([], [low()], [], None),
    ],
)
def test_r_dpf_02_subsidies(certificates: list[Row], relief: list[Row], subsidies: list[Row], severity: str) -> None:
    asked = rules(DPF_CERT=certificates, CIV_LOW=relief, CIV_DIS2=subsidies)
    assert r_dpf_02(asked, home(), member()) == severity


def test_r_dpf_02_claims_nothing_of_another_name() -> None:
    assert r_dpf_02(rules("DS-CIV-DIS2", DPF_CERT=[cert(1)]), home(), member()) is None


@pytest.mark.parametrize(
    ("rows", "severity"),
    [
        ({"DPF_CERT": [cert(2)]}, "YELLOW"),
        ({"DPF_CERT": [cert(3)]}, None),
        ({"VET_CARE": [care("soldier", 6)]}, "YELLOW"),
        ({"VET_CARE": [care("soldier", 7)]}, None),
        ({"VET_CARE": [care("pension")]}, "YELLOW"),
        ({"HEA_DISEASE": [{"disease_code": "D07", "diagnosed_on": EARLIER, "status": "treated"}]}, "YELLOW"),
    ],
)
def test_r_civ_04_households_of_one(rows: dict[str, Any], severity: str | None) -> None:
    marginal = low("marginal")
    assert r_civ_04(rules(CIV_LOW=[marginal], **rows), home(), member()) == severity
    assert r_civ_04(rules(CIV_LOW=[marginal, low()], **rows), home(), member()) is None
    assert r_civ_04(rules(**rows), home(), member()) is None


@pytest.mark.parametrize(
    ("household", "from_on", "severity"),
    [
        (home(), date(2026, 10, 31), "YELLOW"),
        (home(), date(2026, 11, 1), None),
        (home(is_monitored=True), EARLIER, None),
        (home(negative_on=date(2025, 11, 1)), EARLIER, None),
    ],
)
def test_r_civ_05_unattended_children(household: Home, from_on: date, severity: str | None) -> None:
    assert r_civ_05(rules(CIV_CHILD=[{"type": "orphan", "from_on": from_on}]), household, member()) == severity
