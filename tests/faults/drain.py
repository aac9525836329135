"""Waiting until nothing is under way: the backlog after the last fault must drain in bounded time (P8)."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import psycopg
from aiokafka.errors import KafkaError

from faults.bus import unread

if TYPE_CHECKING:
    from faults.arena import Arena

_WAITING: dict[str, tuple[tuple[str, str], ...]] = {
    "registry": (("unpublished", "SELECT count(*) FROM outbox WHERE published_at IS NULL"),),
    "sharing": (
        ("unpublished", "SELECT count(*) FROM outbox WHERE published_at IS NULL"),
        ("comparisons", "SELECT count(*) FROM comparison_run WHERE state IN ('queued', 'running')"),
    ),
    "alerts": (
        ("unpublished", "SELECT count(*) FROM outbox WHERE published_at IS NULL"),
        ("webhooks", "SELECT count(*) FROM webhook_delivery WHERE state = 'pending'"),
        ("steps", "SELECT count(*) FROM duty WHERE state = 'open' AND NOT is_paused AND next_on <= '{today}'"),
    ),
    # The record is sealed every ten seconds, which a quick month would not live to see.
    "gateway": (("seal", "SELECT count(*) FROM (VALUES (1)) AS first WHERE NOT EXISTS (SELECT FROM audit_seal)"),),
}


async def backlog(arena: Arena) -> dict[str, int]:
    """What is under way, by what and where; empty when nothing is."""
    found = await unread(arena)
    for service, questions in _WAITING.items():
        async with await psycopg.AsyncConnection.connect(arena.database_url(service), connect_timeout=3) as connection:
            for name, question in questions:
                asked = question.format(today=arena.system.clock.today())
                row = await (await connection.execute(asked.encode())).fetchone()
                if row and row[0]:
                    found[f"{service} {name}"] = int(row[0])
    return found


async def drained(arena: Arena, *, within_s: float) -> float:
    """Wait until nothing is under way at two looks in a row; give the seconds it took.

    Args:
        within_s: On a machine that is not busy with something else.

    Raises:
        AssertionError: something still is.
    """
    loop = asyncio.get_running_loop()
    began_at, quiet, found = loop.time(), 0, {"the system": 1}
    while quiet < 2:
        if loop.time() - began_at > within_s * arena.slowness:
            raise AssertionError(f"P8: still under way after {within_s * arena.slowness:.0f} s: {found}")
        with contextlib.suppress(
            psycopg.OperationalError, KafkaError, OSError
        ):  # the database or broker is just being killed
            found = await backlog(arena)
            quiet = 0 if found else quiet + 1
        await asyncio.sleep(0.2)
    return loop.time() - began_at
