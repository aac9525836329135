"""The oracle's rules about income, each on a small hand-made table."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bangfu_county.oracle.register import Home
from bangfu_county.oracle.rules import Rules

from .hand_made import NINE, child, home, house, member, rules, yuan

POOR = yuan("8499.99")


@pytest.mark.parametrize(
    ("household", "asked", "severity"),
    [
        (home(net=POOR), rules(), "ORANGE"),
        (home(net=yuan("8500")), rules(), None),
        (home(net=yuan("9000"), self_paid=yuan("500")), rules(), None),
        (home(net=yuan("9000"), self_paid=yuan("500.01")), rules(), "ORANGE"),
        (home(net=yuan("9000"), self_paid=yuan("1500"), payout=yuan("1000")), rules(), None),
        (home(net=POOR, open_risks=["01"]), rules(), "RED"),
        (home(net=POOR), rules(insured=False), "RED"),
        (home(member(number=None), net=POOR), rules(insured=False), "ORANGE"),
        (home(net=POOR, tenure="none"), rules(), "RED"),
        (home(net=POOR), rules(HOU_GRADE=[house("C")]), "RED"),
        (home(child(NINE), net=POOR), rules(), "RED"),
        (home(net={2025: Decimal(8000)}, payout={2025: Decimal(0)}, self_paid={2025: Decimal(0)}), rules(), "ORANGE"),
        (home(net={2024: Decimal(8000)}), rules(), None),
        (home(net={2027: Decimal(8000)}), rules(), None),
        (home(net={}), rules(), None),
    ],
)
def test_r_agr_01_below_the_monitoring_line(household: Home, asked: Rules, severity: str | None) -> None:
    assert asked.r_agr_01(household) == severity


def test_r_agr_01_counts_no_gap_where_a_dataset_is_missing() -> None:
    asked = rules(insured=False)
    asked.evidence.delivered.clear()
    assert asked.r_agr_01(home(child(NINE), net=POOR)) == "ORANGE"


@pytest.mark.parametrize(
    ("net", "severity"),
    [
        (yuan("20000", "20000"), None),
        (yuan("19999.99", "20000"), "YELLOW"),
        (yuan("14000.01", "20000"), "YELLOW"),
        (yuan("14000", "20000"), "RED"),
        (yuan("14000"), None),
        ({2026: Decimal(1), 2024: Decimal(20000)}, None),
    ],
)
def test_r_agr_02_less_than_last_year(net: dict[int, Decimal], severity: str | None) -> None:
    assert rules().r_agr_02(home(net=net)) == severity


@pytest.mark.parametrize(
    ("net", "severity"),
    [
        (yuan("17000", "18000", "19000"), "ORANGE"),
        (yuan("17000", "18000", "18000"), None),
        (yuan("18000", "18000", "19000"), None),
        (yuan("17000", "18000"), None),
    ],
)
def test_r_agr_03_two_falling_years(net: dict[int, Decimal], severity: str | None) -> None:
    assert rules().r_agr_03(home(net=net)) == severity


@pytest.mark.parametrize(
    ("household", "severity"),
    [
        (home(hh_type="1", net=yuan("9999.99")), "YELLOW"),
        (home(hh_type="1", net=yuan("10000")), None),
        (home(net=yuan("9000")), None),
        (home(is_monitored=True, net=yuan("9000")), None),
    ],
)
def test_r_agr_04a_former_poor_below_the_focus_line(household: Home, severity: str | None) -> None:
    assert rules().r_agr_04a(household) == severity


@pytest.mark.parametrize(
    ("household", "severity"),
    [
        (home(hh_type="1", net=yuan("10999.99")), "ORANGE"),
        (home(member(labour="2"), is_monitored=True, net=yuan("10999.99")), "ORANGE"),
        (home(member(labour="3"), hh_type="1", net=yuan("10999.99")), None),
        (home(hh_type="1", net=yuan("11000")), None),
        (home(net=yuan("10000")), None),
    ],
)
def test_r_agr_04b_labour_and_below_the_higher_focus_line(household: Home, severity: str | None) -> None:
    assert rules().r_agr_04b(household) == severity


@pytest.mark.parametrize(
    ("net", "self_paid", "severity"),
    [
        (yuan("20000"), yuan("10000"), "RED"),
        (yuan("20000"), yuan("9999.99"), None),
        (yuan("60000"), yuan("5000", "2500"), "RED"),
        (yuan("60000"), yuan("4999.99", "1000"), None),
        (yuan("60000"), yuan("5999.99", "3000"), None),
        (yuan("60000"), yuan("7000", "0"), None),
        (yuan("60000"), yuan("7000"), None),
        (yuan("0"), yuan("0"), None),
    ],
)
def test_r_agr_07_expenditure_spike(
    net: dict[int, Decimal], self_paid: dict[int, Decimal], severity: str | None
) -> None:
    assert rules().r_agr_07(home(net=net, self_paid=self_paid)) == severity
