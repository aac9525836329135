"""The oracle's rules about registration, accidents and crimes, on small hand-made tables."""

from __future__ import annotations

from datetime import date

import pytest

from bangfu_county.oracle import findings
from bangfu_county.oracle.police import r_psb_01, r_psb_02

from .hand_made import NUMBER, home, low, member, rules

FIRST, DAY_BEFORE = date(2026, 9, 1), date(2026, 8, 31)


@pytest.mark.parametrize(
    ("change", "day", "labour", "severity"),
    [
        ("death", FIRST, "1", "ORANGE"),
        ("prison", FIRST, "2", "ORANGE"),
        ("moved_out", FIRST, "3", "INFO"),
        ("death", FIRST, "5", "INFO"),
        ("death", DAY_BEFORE, "1", None),
        ("death", date(2026, 11, 1), "1", None),
        ("marriage", FIRST, "1", None),
        ("moved_in", FIRST, "1", None),
        ("birth", FIRST, "5", None),
    ],
)
def test_r_psb_01_members_who_are_gone(change: str, day: date, labour: str, severity: str | None) -> None:
    asked = rules(PSB_HUKOU=[{"change": change, "changed_on": day}])
    assert r_psb_01(asked, home(), member(labour=labour)) == severity


@pytest.mark.parametrize(
    ("consequence", "day", "severity"),
    [
        ("death", FIRST, "RED"),
        ("disabled", FIRST, "ORANGE"),
        ("injured", FIRST, "ORANGE"),
        ("none", FIRST, None),
        ("death", DAY_BEFORE, None),
    ],
)
def test_r_psb_02_accidents_and_crimes(consequence: str, day: date, severity: str | None) -> None:
    asked = rules(PSB_HARM=[{"cause": "traffic", "happened_on": day, "consequence": consequence}])
    assert r_psb_02(asked, home(), member()) == severity


def test_who_is_dead_is_asked_about_nothing_but_dying() -> None:
    asked = rules(PSB_HUKOU=[{"change": "death", "changed_on": FIRST}], CIV_LOW=[low()], insured=False)
    asked.evidence.dead.add(NUMBER)
    found = {each.rule for each, _ in findings(asked, home(member(labour="5", relief="dibao"), hh_type="1"))}
    assert "R-PSB-01" in found
    assert not {rule for rule in found if rule.startswith(("R-MED", "R-HRS"))}
    assert "R-CIV-02" in found  # nobody who lives has an allowance
