"""The oracle's rules about houses, each on a small hand-made table."""

from __future__ import annotations

import pytest

from .hand_made import Row, home, house, rules


@pytest.mark.parametrize(
    ("rows", "severity"),
    [
        ([house("D")], "RED"),
        ([house("C", "in_progress")], "ORANGE"),
        ([house("C"), house("D", "planned")], "RED"),
        ([house("D", "finished"), house("C")], "ORANGE"),
        ([house("D", sole=False)], None),
        ([house("B")], None),
        ([], None),
    ],
)
def test_r_hou_01_unsafe_only_house(rows: list[Row], severity: str | None) -> None:
    assert rules(HOU_GRADE=rows).r_hou_01(home()) == severity


@pytest.mark.parametrize(
    ("tenure", "severity"), [("owned", None), ("rented_safe", None), ("borrowed", "RED"), ("none", "RED")]
)
def test_r_hou_02_no_house(tenure: str, severity: str | None) -> None:
    assert rules().r_hou_02(home(tenure=tenure)) == severity
