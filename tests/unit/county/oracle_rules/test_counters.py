"""The oracle's rules about loans, payouts, the card, the resettled, the roll and tickets, on small hand-made tables."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bangfu_county.oracle.civil import r_civ_06, r_civ_07, r_med_05
from bangfu_county.oracle.counters import (
    claim_risk,
    r_bnk_01,
    r_bnk_02,
    r_fin_01,
    r_ins_01,
    r_ins_02,
    r_pet_01,
    r_psb_03,
    r_res_91,
)

from .hand_made import AS_OF, home, low, member, rules, yuan


@pytest.mark.parametrize(("days", "severity"), [(0, None), (1, "YELLOW"), (30, "YELLOW"), (31, "ORANGE")])
def test_r_bnk_01_overdue(days: int, severity: str | None) -> None:
    assert r_bnk_01(rules(BNK_LOAN=[{"overdue_days": days}]), home()) == severity


@pytest.mark.parametrize(
    ("due_on", "balance", "before", "severity"),
    [
        (date(2026, 12, 30), "1", "20000.01", "INFO"),
        (date(2026, 12, 31), "1", "20000.01", None),
        (AS_OF, "1", "20000.01", "INFO"),
        (date(2026, 10, 30), "1", "20000.01", None),
        (AS_OF, "0", "20000.01", None),
        (AS_OF, "1", "20000.00", None),
    ],
)
def test_r_bnk_02_due_soon(due_on: date, balance: str, before: str, severity: str | None) -> None:
    asked = rules(BNK_LOAN=[{"balance": Decimal(balance), "due_on": due_on}])
    assert r_bnk_02(asked, home(net=yuan("20000.00", before))) == severity


@pytest.mark.parametrize(
    ("amount", "day", "severity"),
    [
        ("10000.00", AS_OF, "YELLOW"),
        ("9999.99", AS_OF, None),
        ("10000.00", date(2025, 11, 1), "YELLOW"),
        ("10000.00", date(2025, 10, 31), None),
    ],
)
def test_r_ins_01_large_payouts(amount: str, day: date, severity: str | None) -> None:
    asked = rules(INS_CLAIM=[{"paid_on": day, "amount": Decimal(amount), "cause": "accident"}])
    assert r_ins_01(asked, home()) == severity
    assert r_ins_01(asked, home(is_monitored=True)) is None
    assert claim_risk(asked, home()) == (None if day == date(2025, 10, 31) else "05")


def test_r_ins_02_nothing_was_paid() -> None:
    ill = home(is_monitored=True, open_risks=["04", "01"])
    assert r_ins_02(rules(), ill) == "INFO"
    assert r_ins_02(rules(), home(is_monitored=True, open_risks=["04"])) is None
    assert r_ins_02(rules(INS_CLAIM=[{"paid_on": AS_OF, "amount": Decimal(1), "cause": "illness"}]), ill) is None


@pytest.mark.parametrize(
    ("first", "last", "reason", "severity"),
    [
        (date(2025, 1, 1), date(2026, 8, 1), None, "INFO"),
        (date(2025, 1, 1), date(2026, 9, 1), None, None),
        (date(2026, 6, 1), date(2026, 8, 1), None, "INFO"),
        (date(2026, 7, 1), date(2026, 8, 1), None, None),
        (date(2025, 1, 1), date(2026, 8, 1), "moved", None),
    ],
)
def test_r_fin_01_a_subsidy_stopped(first: date, last: date, reason: str | None, severity: str | None) -> None:
    asked = rules(FIN_SUBSIDY=[{"first_month": first, "last_month": last, "stop_reason": reason}])
    assert r_fin_01(asked, home(), member()) == severity


def test_r_res_91_list_and_register() -> None:
    listed: dict[str, Any] = {"RES_HH": [{"moved_year": 2019}]}
    assert r_res_91(rules(**listed), home()) == "INFO"
    assert r_res_91(rules(), home(is_resettled=True)) == "INFO"
    assert r_res_91(rules(**listed), home(is_resettled=True)) is None
    assert r_res_91(rules("DS-RES-HH"), home(is_resettled=True)) is None


def test_r_psb_03_roll_and_register() -> None:
    def asked(size: int, quarantined: str | None = None) -> Any:
        return rules(quarantined, PSB_ROLL=[{"household_ref": "H", "size": size}])

    assert r_psb_03(asked(1), home()) is None
    assert r_psb_03(asked(2), home()) == "INFO"
    assert r_psb_03(asked(2, "DS-PSB-ROLL"), home()) is None
    assert r_psb_03(asked(1), home(member(), member(number="440524188001010014"))) == "INFO"
    assert r_psb_03(asked(1), home(member(), member(number=None, is_dead=True))) is None
    assert r_psb_03(rules(), home()) is None


@pytest.mark.parametrize(
    ("category", "day", "severity"),
    [
        ("unfair", AS_OF, "ORANGE"),
        ("other", AS_OF, None),
        ("hardship", date(2026, 9, 1), "ORANGE"),
        ("hardship", date(2026, 8, 31), None),
    ],
)
def test_r_pet_01_tickets(category: str, day: date, severity: str | None) -> None:
    assert r_pet_01(rules(PET_TICKET=[{"category": category, "received_on": day}]), home()) == severity


ILL = {"disease_code": "D08", "status": "confirmed", "diagnosed_on": date(2026, 9, 1)}


def test_r_civ_06_a_disease_without_relief() -> None:
    granted = {"granted_on": date(2025, 11, 1), "reason": "illness"}
    assert r_civ_06(rules(HEA_DISEASE=[ILL]), home(), member()) == "YELLOW"
    assert r_civ_06(rules(HEA_DISEASE=[ILL], CIV_TEMP=[granted]), home(), member()) is None
    earlier = ILL | {"diagnosed_on": date(2026, 8, 31)}
    assert r_civ_06(rules(HEA_DISEASE=[earlier]), home(), member()) is None


def test_r_med_05_a_disease_without_aid() -> None:
    bills = {"year": 2026, "self_paid_ytd": Decimal("0.01"), "aid_paid": Decimal(0)}
    asked = rules(HEA_DISEASE=[ILL], MED_COST=[bills])
    assert r_med_05(asked, home(hh_type="1"), member()) == "YELLOW"
    assert r_med_05(asked, home(), member()) is None
    paid = rules(HEA_DISEASE=[ILL], MED_COST=[bills | {"aid_paid": Decimal("0.01")}])
    assert r_med_05(paid, home(hh_type="1"), member()) is None
    assert r_med_05(rules(MED_COST=[bills]), home(hh_type="1"), member()) is None


def test_r_civ_07_below_the_line_of_the_allowance() -> None:
    poor = home(net=yuan("6599.99"))
    assert r_civ_07(rules(), poor) == "YELLOW"
    assert r_civ_07(rules(), home(net=yuan("6600.00"))) is None
    assert r_civ_07(rules(CIV_LOW=[low()]), poor) is None
    assert r_civ_07(rules("DS-CIV-LOW"), poor) is None
