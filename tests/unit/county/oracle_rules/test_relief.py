"""The oracle's rules about relief, each on a small hand-made table."""

from __future__ import annotations

from datetime import date

import pytest

from bangfu_county.oracle.register import Home, Member
from bangfu_county.oracle.rules import Rules

from .hand_made import AS_OF, NUMBER, Row, home, low, member, rules, yuan


def grants(*days: date, reasons: tuple[str, ...] = ()) -> list[Row]:
    return [{"granted_on": day, "reason": (*reasons, *["illness"] * len(days))[i]} for i, day in enumerate(days)]


@pytest.mark.parametrize(
    ("household", "asked", "severity"),
    [
        (home(), rules(CIV_LOW=[low("rigid", "new", date(2026, 10, 1))]), "ORANGE"),
        (home(), rules(CIV_LOW=[low("dibao", "new", date(2026, 8, 31))]), "ORANGE"),  # nobody was listed before
        (home(), rules(CIV_TEMP=grants(AS_OF, AS_OF)), None),
        (home(), rules(CIV_TEMP=grants(AS_OF, AS_OF, reasons=("schooling",))), "ORANGE"),
        (home(), rules(CIV_LOW=[low("dibao", "adjusted", date(2026, 10, 1))]), None),
        (home(is_monitored=True), rules(CIV_LOW=[low("dibao", "new", date(2026, 10, 1))]), None),
        (home(negative_on=date(2026, 3, 1)), rules(CIV_LOW=[low("dibao", "new", date(2026, 10, 1))]), None),
        (home(negative_on=date(2025, 6, 1)), rules(CIV_LOW=[low("dibao", "new", date(2026, 10, 1))]), "ORANGE"),
        (home(), rules(CIV_TEMP=grants(date(2025, 11, 1), AS_OF)), "ORANGE"),
        (home(), rules(CIV_TEMP=grants(date(2025, 10, 31), AS_OF)), None),
        (home(), rules(CIV_TEMP=grants(AS_OF)), None),
        (home(), rules(CIV_TEMP=grants(AS_OF, date(2026, 11, 1))), None),
    ],
)
def test_r_civ_01_new_relief(household: Home, asked: Rules, severity: str | None) -> None:
    assert asked.r_civ_01(household) == severity


@pytest.mark.parametrize(("start", "severity"), [(date(2026, 9, 1), "ORANGE"), (date(2026, 8, 31), None)])
def test_r_civ_01_whom_last_months_list_had_is_new_only_if_the_relief_is(start: date, severity: str | None) -> None:
    asked = rules(CIV_LOW=[low("dibao", "new", start)])
    asked.evidence.listed_before.add(NUMBER)
    assert asked.r_civ_01(home()) == severity


@pytest.mark.parametrize(
    ("rows", "temporary", "risk"),
    [
        ([low("dibao", "new", AS_OF, reason="illness")], [], "01"),
        ([low("dibao", "new", AS_OF, reason="schooling"), low("rigid", "new", AS_OF, reason="disaster")], [], "02"),
        ([low("dibao", "new", AS_OF, reason="other")], [], "22"),
        ([low("dibao", "new", AS_OF)], grants(AS_OF, date(2026, 5, 1)), "01"),
        ([low("dibao", "new", AS_OF)], grants(AS_OF), "22"),
    ],
)
def test_r_civ_01_the_reason_is_the_risk(rows: list[Row], temporary: list[Row], risk: str) -> None:
    assert rules(CIV_LOW=rows, CIV_TEMP=temporary).risk_of("R-CIV-01", home()) == risk


OLD = member(labour="5")
WEAK = member(labour="3", health=["disabled"])


@pytest.mark.parametrize(
    ("household", "asked", "severity"),
    [
        (home(OLD, hh_type="1"), rules(), "RED"),
        (home(OLD, is_monitored=True), rules(), "RED"),
        (home(OLD), rules(), "RED"),
        (home(member(labour="3"), hh_type="1", net=yuan("3000")), rules(), None),
        (home(WEAK, net=yuan("8499.99")), rules(), "RED"),
        (home(WEAK, net=yuan("8500")), rules(), None),
        (home(WEAK, net={}), rules(), None),
        (home(WEAK, OLD, member(labour="2"), net=yuan("3000")), rules(), None),
        (home(OLD, hh_type="1"), rules(CIV_LOW=[low()]), None),
        (home(OLD, hh_type="1"), rules(CIV_LOW=[low("marginal")]), "RED"),
        (home(OLD, hh_type="1"), rules(CIV_LOW=[low(start=date(2026, 11, 1))]), "RED"),
        (home(OLD, hh_type="1"), rules(quarantined="DS-CIV-LOW"), None),
    ],
)
def test_r_civ_02_no_labour_and_no_allowance(household: Home, asked: Rules, severity: str | None) -> None:
    assert asked.r_civ_02(household) == severity


def test_r_civ_02_believes_the_register_only_where_no_list_came() -> None:
    asked, registered = rules(), home(member(labour="5", relief="dibao"))
    assert asked.r_civ_02(registered) == "RED"
    asked.evidence.delivered.remove("DS-CIV-LOW")
    assert asked.r_civ_02(registered) is None


@pytest.mark.parametrize(
    ("person", "asked", "severity"),
    [
        (member(relief="dibao"), rules(), "INFO"),
        (member(), rules(CIV_LOW=[low("tekun")]), "INFO"),
        (member(relief="dibao"), rules(CIV_LOW=[low("tekun")]), None),
        (member(), rules(CIV_LOW=[low("marginal")]), None),
        (member(relief="dibao", number=None), rules(), None),
        (member(relief="dibao"), rules(quarantined="DS-CIV-LOW"), None),
    ],
)
def test_r_civ_91_register_and_list_disagree(person: Member, asked: Rules, severity: str | None) -> None:
    assert asked.r_civ_91(person) == severity


def stopped(end: date | None, kind: str = "dibao") -> Row:
    return low(kind, "stopped", end=end)


@pytest.mark.parametrize(
    ("household", "asked", "severity"),
    [
        (home(hh_type="1"), rules(CIV_LOW=[stopped(date(2026, 7, 31))]), "YELLOW"),
        (home(hh_type="1"), rules(CIV_LOW=[stopped(date(2026, 8, 1))]), None),
        (home(is_monitored=True), rules(CIV_LOW=[stopped(date(2026, 3, 31), "tekun")]), "YELLOW"),
        (home(), rules(CIV_LOW=[stopped(date(2026, 3, 31))]), None),
        (home(hh_type="1"), rules(CIV_LOW=[stopped(date(2026, 3, 31), "marginal")]), None),
        (home(hh_type="1"), rules(CIV_LOW=[stopped(None)]), None),
        (home(hh_type="1"), rules(CIV_LOW=[stopped(date(2026, 3, 31)), low("tekun")]), None),
    ],
)
def test_r_civ_03_allowance_stopped(household: Home, asked: Rules, severity: str | None) -> None:
    assert asked.r_civ_03(household) == severity
