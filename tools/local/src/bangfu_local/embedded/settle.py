"""Waiting until every event has reached everybody: outboxes empty, consumers level with what was published.

For demonstrations and tests. Reads the workers' metrics and the outbox tables, changes nothing.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
import psycopg

if TYPE_CHECKING:
    from bangfu_local.embedded.system import EmbeddedSystem

_SERVICES = ("registry", "sharing", "alerts")
CONSUMERS: dict[str, tuple[str, ...]] = {
    "registry.household.v1": ("sharing", "alerts"),
    "registry.policy.v1": ("sharing", "alerts"),
    "sharing.finding.v1": ("alerts",),
    "alerts.clue.v1": ("registry",),
    "registry.episode.v1": ("alerts",),
}
"""Which services consume a topic; a topic or service that is missing here is not waited for."""

_SAMPLE = re.compile(r"^(?P<name>bangfu_\w+)\{(?P<labels>[^}]*)\} (?P<value>\S+)$", re.MULTILINE)
_LABEL = re.compile(r'(\w+)="([^"]*)"')
_POLL_S = 0.3


class NotSettledError(RuntimeError):
    """Events were still under way after the time given; the message says which."""


@dataclass(frozen=True)
class Backlog:
    """What is under way.

    Attributes:
        unpublished: Rows in outboxes, by service.
        unread: Events published and not yet handled, by `topic → service`.
        dead: Events in dead-letter topics since the workers started.
    """

    unpublished: dict[str, int]
    unread: dict[str, int]
    dead: int

    @property
    def total(self) -> int:
        """Events under way."""
        return sum(self.unpublished.values()) + sum(self.unread.values())


async def backlog(system: EmbeddedSystem, http: httpx.AsyncClient) -> Backlog:
    """Look once at outboxes and metrics."""
    published: dict[str, float] = defaultdict(float)
    handled: dict[tuple[str, str], float] = defaultdict(float)
    dead = 0.0
    unpublished: dict[str, int] = {}
    for service in _SERVICES:
        text = (await http.get(system.worker_url(service) + "/metrics")).text
        for sample in _SAMPLE.finditer(text):
            labels = dict(_LABEL.findall(sample["labels"]))
            value = float(sample["value"])
            match sample["name"]:
                case "bangfu_outbox_published_total":
                    published[labels["topic"]] += value
                case "bangfu_events_consumed_total" | "bangfu_events_duplicate_total":
                    handled[labels["topic"], service] += value
                case "bangfu_events_dead_lettered_total":
                    handled[labels["topic"], service] += value
                    dead += value
        unpublished[service] = await _unpublished(system.database_url(service))
    unread: dict[str, int] = {}
    for topic, consumers in CONSUMERS.items():
        for service in consumers:
            behind = int(published[topic] - handled[topic, service])
            if behind > 0:
                unread[f"{topic} → {service}"] = behind
    return Backlog({name: count for name, count in unpublished.items() if count}, unread, int(dead))


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
                raise NotSettledError(f"events are stuck: {found.unpublished} {found.unread}")
            await asyncio.sleep(_POLL_S)


async def _unpublished(url: str) -> int:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        cursor = await connection.execute("SELECT count(*) FROM outbox WHERE published_at IS NULL")
        [(waiting,)] = await cursor.fetchall()
    return int(waiting)
