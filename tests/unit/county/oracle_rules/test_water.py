"""The oracle's rule about drinking water, on small hand-made tables."""

from __future__ import annotations

from datetime import date

import pytest

from bangfu_county.oracle.water import INDICATORS, r_wat_01

from .hand_made import Row, home, rules


def check(day: date, *failed: str) -> Row:
    return {"checked_on": day} | {name: name not in failed for name in INDICATORS}


@pytest.mark.parametrize(
    ("rows", "severity"),
    [
        ([], None),
        ([check(date(2026, 9, 1))], None),
        *(([check(date(2026, 9, 1), name)], "RED") for name in INDICATORS),
        ([check(date(2026, 3, 1), "quality_ok"), check(date(2026, 9, 1))], None),
        ([check(date(2026, 3, 1)), check(date(2026, 9, 1), "quality_ok")], "RED"),
        ([check(date(2026, 9, 1), "quality_ok"), check(date(2026, 9, 1))], "RED"),
        ([check(date(2026, 11, 1), "quality_ok")], None),
    ],
)
def test_r_wat_01_newest_check_fails(rows: list[Row], severity: str | None) -> None:
    assert r_wat_01(rules(WAT_STATUS=rows), home()) == severity
