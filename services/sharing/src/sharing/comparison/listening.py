"""Work that begins when PostgreSQL says so."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import structlog

from servicekit.db import Database, is_transient
from servicekit.notifications import notified
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
                        await notified(connection, look_s, stop)
        except Exception as error:
            log.warning(
                "comparison.interrupted",
                error=type(error).__name__,
                detail=redact(str(error))[:300],
                transient=is_transient(error),
            )
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _BACK_OFF_S)
