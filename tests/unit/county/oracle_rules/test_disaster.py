"""The oracle's rules about disasters and accidents, on small hand-made tables."""

from __future__ import annotations

from datetime import date

import pytest

from bangfu_county.oracle.disaster import r_emg_01, r_emg_02

from .hand_made import Row, home, member, rules

LATELY = date(2026, 8, 1)


def loss(crops: int | None = None, damage: str = "none", *, deaths: int = 0, hurt: int = 0, day: date = LATELY) -> Row:
    return {"ended_on": day, "deaths": deaths, "injured": hurt, "house_damage": damage, "crop_loss_pct": crops}


@pytest.mark.parametrize(
    ("rows", "severity"),
    [
        ([], None),
        ([loss(49, "minor")], None),
        ([loss(50)], "ORANGE"),
        ([loss(79)], "ORANGE"),
        ([loss(80)], "RED"),
        ([loss(hurt=1)], "ORANGE"),
        ([loss(deaths=1)], "RED"),
        ([loss(damage="serious")], "RED"),
        ([loss(55), loss(damage="collapsed")], "RED"),
        ([loss(90, day=date(2026, 7, 31))], None),
        ([loss(90, day=date(2026, 11, 1))], None),
    ],
)
def test_r_emg_01_losses(rows: list[Row], severity: str | None) -> None:
    assert r_emg_01(rules(EMG_LOSS=rows), home()) == severity


@pytest.mark.parametrize(
    ("consequence", "day", "severity"),
    [
        ("death", LATELY, "RED"),
        ("disabled", LATELY, "RED"),
        ("serious", LATELY, "RED"),
        ("minor", LATELY, None),
        ("serious", date(2026, 7, 31), None),
    ],
)
def test_r_emg_02_accidents(consequence: str, day: date, severity: str | None) -> None:
    asked = rules(EMG_ACC=[{"happened_on": day, "consequence": consequence}])
    assert r_emg_02(asked, home(), member()) == severity
