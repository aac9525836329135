"""Waiting until every event has reached everybody: outboxes empty, consumers level with what was published, and what a
day begins with done.

For demonstrations and tests. The workers' metrics say which group reads which topic, the bus how much of it is left;
counters would not do: they begin again with a worker. Changes nothing.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from datetime import time as datetime_time
from typing import TYPE_CHECKING

import httpx
import psycopg

from servicekit.bus import open_bus
from servicekit.clock import CHINA

if TYPE_CHECKING:
    from bangfu_local.embedded.system import EmbeddedSystem

_SERVICES = ("registry", "sharing", "alerts", "gateway")
_READS = re.compile(r'^bangfu_events_unread\{group="(?P<group>[^"]+)",topic="(?P<topic>[^"]+)"\} ', re.MULTILINE)
_DAY = re.compile(r'^bangfu_calendar_day_timestamp_seconds\{kind="(?P<kind>[^"]+)"\} (?P<day>\S+)$', re.MULTILINE)
_DEAD = re.compile(r"^bangfu_events_dead_lettered_total\{[^}]*\} (?P<count>\S+)$", re.MULTILINE)
_POLL_S = 0.3


class NotSettledError(RuntimeError):
    """Events were still under way after the time given; the message says which."""


@dataclass(frozen=True)
class Backlog:
    """What is under way.

    Attributes:
        unpublished: Rows in outboxes, by service.
        unread: Events published and not yet handled, by `topic → group`.
        behind: Daily jobs that have not done the business day, by service.
        dead: Events in dead-letter topics since the workers started.
    """

    unpublished: dict[str, int]
    unread: dict[str, int]
    behind: dict[str, int]
    dead: int

    @property
    def total(self) -> int:
        """What is under way."""
        return sum(map(sum, (self.unpublished.values(), self.unread.values(), self.behind.values())))


async def backlog(system: EmbeddedSystem, http: httpx.AsyncClient) -> Backlog:
    """Look once at outboxes, metrics and bus."""
    unpublished: dict[str, int] = {}
    behind: dict[str, int] = {}
    midnight = datetime.combine(system.clock.today(), datetime_time(), CHINA).timestamp()
    groups: dict[str, set[str]] = defaultdict(set)
    dead = 0.0
    for service in _SERVICES:
        metrics = (await http.get(system.worker_url(service) + "/metrics")).text
        for reads in _READS.finditer(metrics):
            groups[reads["group"]].add(reads["topic"])
        behind[service] = sum(float(each["day"]) != midnight for each in _DAY.finditer(metrics))
        dead += sum(float(each["count"]) for each in _DEAD.finditer(metrics))
        unpublished[service] = await _unpublished(system.database_url(service))
    bus = open_bus(system.bus_url, client="settle")
    try:
        unread = {
            f"{topic} → {group}": count
            for group, topics in groups.items()
            for topic, count in (await bus.unread(group, sorted(topics))).items()
            if count
        }
    finally:
        await bus.close()
    return Backlog(_some(unpublished), unread, _some(behind), int(dead))


def _some(counts: dict[str, int]) -> dict[str, int]:
    return {name: count for name, count in counts.items() if count}


async def settle(system: EmbeddedSystem, *, timeout_s: float = 300.0) -> Backlog:
    """Wait until nothing is under way at two looks in a row; returns the last look.

    Raises:
        NotSettledError: after `timeout_s` without any progress.
    """
    ends_at = time.monotonic() + timeout_s
    last_total, quiet = -1, 0
    async with httpx.AsyncClient(timeout=10.0, trust_env=False) as http:
        while True:
            found = await backlog(system, http)
            if found.total == 0:
                quiet += 1
                if quiet == 2:
                    return found
            else:
                quiet = 0
                if found.total != last_total:
                    ends_at = time.monotonic() + timeout_s
                last_total = found.total
            if time.monotonic() > ends_at:
                raise NotSettledError(f"events are stuck: {found.unpublished} {found.unread} {found.behind}")
            await asyncio.sleep(_POLL_S)


async def _unpublished(url: str) -> int:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        cursor = await connection.execute("SELECT count(*) FROM outbox WHERE published_at IS NULL")
        [(waiting,)] = await cursor.fetchall()
    return int(waiting)
