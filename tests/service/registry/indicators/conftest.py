"""A month of registry's indicators."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from indicator_case import Month
from registry.indicators.service import OWN
from servicekit.db import Database


@pytest.fixture
def month(registry_database: Database, move_clock: Callable[[float], None]) -> Month:
    """November, looked at on a day after it that does not end while a test runs."""
    move_clock(datetime(2026, 12, 1, 4, tzinfo=UTC).timestamp() - time.time())
    return Month(registry_database, OWN)
