"""The oracle's rule about major diseases, on small hand-made tables."""

from __future__ import annotations

from datetime import date

import pytest

from bangfu_county.oracle.health import r_hea_01

from .hand_made import home, member, rules


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
