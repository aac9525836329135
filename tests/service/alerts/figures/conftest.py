"""Figures as a month brings them: computed by their service, heard of by the bus."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from alerts_world import World
from figures_case import Month

from alerts.indicators.service import OWN


@pytest.fixture
def noon(move_clock: Callable[[float], None]) -> None:
    """A day after the month that the tests look at, which does not end while one runs."""
    move_clock(datetime(2026, 12, 1, 4, tzinfo=UTC).timestamp() - time.time())


@pytest.fixture
def month(world: World, noon: None) -> Month:
    """November."""
    return Month(world.database, OWN)
