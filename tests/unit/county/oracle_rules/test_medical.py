"""The oracle's rules about insurance and the cost of illness, each on a small hand-made table."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from bangfu_county.oracle.register import Home, Member
from bangfu_county.oracle.rules import Rules

from .hand_made import Row, home, low, member, rules, yuan


def cost(paid: str, outpatient: str | None = None, year: int = 2026) -> Row:
    month = None if outpatient is None else Decimal(outpatient)
    return {"year": year, "self_paid_ytd": Decimal(paid), "outpatient_self_paid_month": month}


@pytest.mark.parametrize(("born", "severity"), [(date(2026, 10, 15), "ORANGE"), (date(2026, 10, 16), None)])
def test_r_med_01_asks_for_those_who_lived_on_the_lists_day(born: date, severity: str | None) -> None:
    asked = rules(insured=False)
    asked.evidence.enrolment_day = date(2026, 10, 15)
    assert asked.r_med_01(home(hh_type="1"), member(born=born)) == severity


@pytest.mark.parametrize(
    ("household", "person", "asked", "severity"),
    [
        (home(hh_type="1"), member(), rules(insured=False), "ORANGE"),
        (home(is_monitored=True), member(), rules(insured=False), "RED"),
        (home(), member(relief="tekun"), rules(insured=False), "ORANGE"),
        (home(), member(), rules(insured=False, CIV_LOW=[low()]), "ORANGE"),
        (home(), member(), rules(insured=False, CIV_LOW=[low("marginal")]), None),
        (home(), member(), rules(insured=False, CIV_LOW=[low(change="stopped", end=date(2026, 3, 31))]), None),
        (home(), member(), rules(insured=False, CIV_LOW=[low(end=date(2026, 10, 30))]), None),
        (home(), member(), rules(insured=False), None),
        (home(hh_type="1"), member(), rules(), None),
        (home(hh_type="1"), member(number=None), rules(insured=False), None),
    ],
)
def test_r_med_01_low_income_and_not_insured(
    household: Home, person: Member, asked: Rules, severity: str | None
) -> None:
    assert asked.r_med_01(household, person) == severity


@pytest.mark.parametrize(
    ("household", "row", "severity"),
    [
        (home(hh_type="1", net=yuan("50000")), cost("9999.99"), None),
        (home(hh_type="1", net=yuan("50000")), cost("10000"), "ORANGE"),
        (home(hh_type="1", net=yuan("50000")), cost("20000"), "RED"),
        (home(hh_type="1", net=yuan("20000")), cost("10000"), "ORANGE"),  # exactly half
        (home(hh_type="1", net=yuan("20000")), cost("10000.01"), "RED"),
        (home(hh_type="1", net={}), cost("12000"), "ORANGE"),  # nothing known of the income
        (home(hh_type="1", net={2025: Decimal(20000)}), cost("12000"), "RED"),
        (home(hh_type="1", net={2024: Decimal(20000)}), cost("12000"), "ORANGE"),  # too old
        (home(net=yuan("60000")), cost("25999.99"), None),
        (home(net=yuan("60000")), cost("26000"), "ORANGE"),
        (home(net=yuan("200000")), cost("52000"), "RED"),
        (home(hh_type="1"), cost("15000", year=2025), None),
        (home(member(), member(number=None, relief="dibao"), net=yuan("50000")), cost("10000"), "ORANGE"),
    ],
)
def test_r_med_02_self_paid_cost_of_the_year(household: Home, row: Row, severity: str | None) -> None:
    assert rules(MED_COST=[row]).r_med_02(household, member()) == severity


@pytest.mark.parametrize(
    ("row", "severity"),
    [
        (cost("600", "499.99"), None),
        (cost("600", "500"), "YELLOW"),
        (cost("600"), None),
        (cost("900", "800", year=2025), None),
    ],
)
def test_r_med_03_outpatient_cost_of_the_month(row: Row, severity: str | None) -> None:
    assert rules(MED_COST=[row]).r_med_03(member()) == severity


@pytest.mark.parametrize("kind", ["dibao", "tekun", "marginal", "rigid"])
def test_r_med_02_the_lower_line_holds_for_every_relief_list(kind: str) -> None:
    asked = rules(MED_COST=[cost("10000")], CIV_LOW=[low(kind)])
    assert asked.r_med_02(home(net=yuan("50000")), member()) == "ORANGE"
