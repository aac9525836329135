"""What a village may say of its collective income."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from registry.collective_income.rules import Settled, faults

TODAY = date(2026, 9, 20)
TOLD = Settled(2026, Decimal(1000), Decimal(700), 12, TODAY)
NOTHING: dict[str, Any] = {"distributed": Decimal(0), "households": 0}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, []),
        ({"distributed": Decimal(1000)}, []),
        (NOTHING, []),
        (NOTHING | {"income": Decimal(0)}, []),
        ({"year": 2025}, []),  # told late
        ({"year": 2027}, ["year.future", "settled_on.before"]),
        ({"distributed": Decimal("1000.01")}, ["distributed.above"]),
        ({"households": 0}, ["households.missing"]),
        (NOTHING | {"households": 1}, ["households.unexpected"]),
        ({"settled_on": date(2026, 9, 21)}, ["settled_on.future"]),
        ({"settled_on": date(2025, 12, 31)}, ["settled_on.before"]),
    ],
)
def test_amounts_households_and_days_go_together(more: dict[str, Any], expected: list[str]) -> None:
    assert [fault.code for fault in faults(replace(TOLD, **more), TODAY)] == expected
