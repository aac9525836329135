"""A month of sharing's indicators."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from indicator_case import Month
from servicekit.db import Database
from sharing.indicators.service import OWN


@pytest.fixture
def month(sharing_database: Database, move_clock: Callable[[float], None]) -> Month:
    """November, looked at on a day after it that does not end while a test runs."""
    move_clock(datetime(2026, 12, 1, 4, tzinfo=UTC).timestamp() - time.time())
    return Month(sharing_database, OWN)
