"""A daily job is done again as soon as another day begins by the business clock, however long its interval is."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from servicekit import clock
from servicekit.worker import daily

HOURS_S = 7200.0
NOON = datetime(2027, 3, 10, 4, tzinfo=UTC)


@pytest.fixture
def clock_file(tmp_path: Path) -> Iterator[Path]:
    """A clock at noon in China: the hour of the real day does not matter."""
    path = tmp_path / "clock.json"
    set_to(path, NOON)
    clock.use_clock_file(path)
    yield path
    clock.use_clock_file(None)


def set_to(path: Path, instant: datetime) -> None:
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps({"offset_s": (instant - datetime.now(UTC)).total_seconds()}))
    draft.replace(path)


class Diary:
    """A job that notes its days; it fails on those that it is told to."""

    def __init__(self, *fails_on: date) -> None:
        self.days: list[date] = []
        self.fails_on, self.written = fails_on, asyncio.Event()

    async def write(self) -> None:
        self.days.append(clock.today())
        self.written.set()
        if clock.today() in self.fails_on:
            raise RuntimeError

    async def next(self) -> date:
        async with asyncio.timeout(30):
            await self.written.wait()
        self.written.clear()
        return self.days[-1]


def day_done() -> float:
    return REGISTRY.get_sample_value("bangfu_calendar_day_timestamp_seconds", {"kind": "write"}) or 0.0


async def test_a_clock_that_moves_over_months_has_the_job_done_at_once_and_the_metric_says_so(clock_file: Path) -> None:
    later = NOON + timedelta(days=120)
    diary, stop = Diary(later.date()), asyncio.Event()
    running = asyncio.create_task(daily(HOURS_S, diary.write)(stop))
    assert await diary.next() == NOON.date()
    set_to(clock_file, later)
    assert await diary.next() == later.date()
    set_to(clock_file, later + timedelta(days=1))
    assert await diary.next() == later.date() + timedelta(days=1)
    stop.set()
    async with asyncio.timeout(30):
        await running
    assert len(diary.days) == 3
    # The job of the day before failed: only what was done is said.
    assert datetime.fromtimestamp(day_done(), clock.CHINA).date() == later.date() + timedelta(days=1)


async def test_a_day_whose_job_failed_is_not_said_to_be_done(clock_file: Path) -> None:
    diary, stop = Diary(NOON.date()), asyncio.Event()
    running = asyncio.create_task(daily(HOURS_S, diary.write)(stop))
    assert await diary.next() == NOON.date()
    stop.set()
    async with asyncio.timeout(30):
        await running
    assert day_done() == 0.0
