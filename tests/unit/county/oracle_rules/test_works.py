"""The oracle's rule about renovations that are overdue, on small hand-made tables."""

from __future__ import annotations

from datetime import date

import pytest

from bangfu_county.oracle.works import r_hou_03

from .hand_made import home, rules

LATER = date(2026, 12, 31)


@pytest.mark.parametrize(
    ("due", "started", "finished", "severity"),
    [
        (date(2026, 10, 30), date(2026, 4, 1), None, "YELLOW"),
        (date(2026, 10, 31), date(2026, 4, 1), None, None),
        (LATER, date(2025, 10, 30), None, "YELLOW"),
        (LATER, date(2025, 10, 31), None, None),
        (LATER, None, None, "YELLOW"),  # approved long ago, and never begun
        (date(2026, 8, 1), date(2025, 4, 1), date(2026, 10, 31), None),
        (date(2026, 8, 1), date(2025, 4, 1), date(2026, 11, 1), "YELLOW"),
    ],
)
def test_r_hou_03_works_overdue(due: date, started: date | None, finished: date | None, severity: str | None) -> None:
    row = {"approved_on": date(2025, 3, 1), "started_on": started, "finished_on": finished, "due_on": due}
    assert r_hou_03(rules(HOU_WORKS=[row]), home()) == severity
