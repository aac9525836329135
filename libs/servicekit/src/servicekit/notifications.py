"""Waiting until PostgreSQL says that there is something to do."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import psycopg


async def notified(connection: psycopg.AsyncConnection[Any], timeout_s: float, stop: asyncio.Event) -> None:
    """Return at the first notification on a connection that LISTENs, at the timeout, or soon after `stop`.

    Raises:
        psycopg.OperationalError: the connection is gone.
    """

    async def first() -> None:
        async for _ in connection.notifies(timeout=timeout_s, stop_after=1):
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
