"""Work that begins when PostgreSQL says so."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from servicekit.db import Database, is_transient
from servicekit.telemetry import redact

log = structlog.get_logger(__name__)

_BACK_OFF_S = 2.0


async def listen(
    database: Database, channel: str, work: Callable[[], Awaitable[None]], stop: asyncio.Event, *, look_s: float
) -> None:
    """Work now, at every notification and every `look_s`, until `stop`; an outage of the database is waited for."""
    while not stop.is_set():
        try:
            async with await database.connect_raw() as connection:
                await connection.execute(f"LISTEN {channel}")
                while not stop.is_set():
                    await work()
                    if not stop.is_set():
                        await _notified(connection, stop, look_s)
        except Exception as error:
            log.warning(
                "comparison.interrupted",
                error=type(error).__name__,
                detail=redact(str(error))[:300],
                transient=is_transient(error),
            )
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _BACK_OFF_S)


# `connection` is a psycopg.AsyncConnection of any row type.
async def _notified(connection: Any, stop: asyncio.Event, poll_s: float) -> None:
    """Return at the first notification, at the next poll, or soon after `stop`."""

    async def first() -> None:
        async for _ in connection.notifies(timeout=poll_s, stop_after=1):
            return

    waiting, stopping = asyncio.ensure_future(first()), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({waiting, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (waiting, stopping):
            if not task.done():
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
    if waiting.done() and not waiting.cancelled():
        waiting.result()
