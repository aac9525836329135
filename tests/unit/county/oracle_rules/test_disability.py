"""The oracle's rule about disability certificates, on small hand-made tables."""

from __future__ import annotations

from datetime import date

import pytest

from bangfu_county.oracle.disability import r_dpf_01
from bangfu_county.oracle.register import Home

from .hand_made import home, member, rules


@pytest.mark.parametrize(
    ("level", "day", "change", "severity"),
    [
        (4, date(2026, 10, 31), "new", "ORANGE"),
        (4, date(2026, 9, 1), "new", "ORANGE"),
        (4, date(2026, 8, 31), "new", None),
        (4, date(2026, 10, 31), "renewed", None),
        (2, date(2019, 1, 1), "changed", "ORANGE"),
        (3, date(2019, 1, 1), "changed", None),
        (1, date(2019, 1, 1), "cancelled", None),
        (1, date(2026, 11, 1), "new", None),
    ],
)
def test_r_dpf_01_new_or_severe(level: int, day: date, change: str, severity: str | None) -> None:
    row = {"level": level, "issued_on": day, "change": change}
    assert r_dpf_01(rules(DPF_CERT=[row]), home(), member()) == severity


@pytest.mark.parametrize(
    ("household", "severity"),
    [
        (home(is_monitored=True), None),
        (home(negative_on=date(2025, 11, 1)), None),
        (home(negative_on=date(2025, 10, 31)), "ORANGE"),
        (home(negative_on=date(2026, 11, 1)), "ORANGE"),
    ],
)
def test_r_dpf_01_leaves_alone_who_is_monitored_or_decided(household: Home, severity: str | None) -> None:
    row = {"level": 1, "issued_on": date(2019, 1, 1), "change": "new"}
    assert r_dpf_01(rules(DPF_CERT=[row]), household, member()) == severity
