"""The oracle's rules about major diseases, family doctors and the premium, on small hand-made tables."""

from __future__ import annotations

from datetime import date

import pytest

from bangfu_county.oracle.health import r_hea_01, r_hea_02, r_med_04
from bangfu_county.oracle.register import Home, Member

from .hand_made import NUMBER, Row, home, low, member, rules


@pytest.mark.parametrize(
    ("code", "day", "status", "severity"),
    [
        ("D08", date(2026, 10, 31), "confirmed", "ORANGE"),
        ("D30", date(2026, 9, 1), "treated", "ORANGE"),
        ("D08", date(2026, 8, 31), "confirmed", None),
        ("D08", date(2026, 11, 1), "confirmed", None),
        ("D99", date(2026, 10, 31), "confirmed", None),
        ("D08", date(2026, 10, 31), "recovered", None),
        ("D08", date(2026, 10, 31), "revoked", None),
    ],
)
def test_r_hea_01_new_listed_disease(code: str, day: date, status: str, severity: str | None) -> None:
    row = {"disease_code": code, "diagnosed_on": day, "status": status}
    assert r_hea_01(rules(HEA_DISEASE=[row]), home(), member()) == severity


def contract(valid_to: date) -> Row:
    return {"signed_on": date(2026, 1, 5), "valid_to": valid_to}


@pytest.mark.parametrize(
    ("household", "person", "rows", "severity"),
    [
        (home(hh_type="1"), member(health=["chronic"]), [], "INFO"),
        (home(is_monitored=True), member(born=date(1961, 10, 31)), [], "INFO"),
        (home(hh_type="1"), member(born=date(1961, 11, 1)), [], None),
        (home(), member(health=["chronic"]), [], None),
        (home(), member(health=["disabled"], relief="tekun"), [], "INFO"),
        (home(hh_type="1"), member(number=None, health=["chronic"]), [], None),
        (home(hh_type="1"), member(health=["chronic"]), [contract(date(2026, 10, 31))], None),
        (home(hh_type="1"), member(health=["chronic"]), [contract(date(2026, 10, 30))], "INFO"),
    ],
)
def test_r_hea_02_family_doctors(household: Home, person: Member, rows: list[Row], severity: str | None) -> None:
    assert r_hea_02(rules(HEA_CONTRACT=rows), household, person) == severity


def test_r_hea_02_claims_nothing_of_another_name() -> None:
    asked = rules("DS-HEA-CONTRACT")
    assert r_hea_02(asked, home(hh_type="1"), member(health=["chronic"])) is None


@pytest.mark.parametrize(
    ("household", "relief", "has_paid", "severity"),
    [
        (home(hh_type="1"), [], True, "YELLOW"),
        (home(), [low()], True, "YELLOW"),
        (home(), [low("marginal")], True, None),
        (home(), [], True, None),
        (home(hh_type="1"), [], False, None),
    ],
)
def test_r_med_04_whole_premium(household: Home, relief: list[Row], has_paid: bool, severity: str | None) -> None:
    asked = rules(CIV_LOW=relief)
    asked.evidence.paid_in_full = {NUMBER} if has_paid else set()
    assert r_med_04(asked, household, member()) == severity
