"""Work that begins when PostgreSQL says that there is something to do (LISTEN, NOTIFY)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import psycopg
import structlog

from servicekit.db import Database, is_transient
from servicekit.telemetry import redact

log = structlog.get_logger(__name__)

_BACK_OFF_S = (0.2, 0.5, 1.0, 2.0, 5.0)
_LOOK_S = 5.0

Connection = psycopg.AsyncConnection[Any]
Work = Callable[[Connection], Awaitable[None]]
During = Callable[[Connection], AbstractAsyncContextManager[None]]


async def listen(
    database: Database,
    channel: str,
    work: Work,
    stop: asyncio.Event,
    *,
    look_s: float = _LOOK_S,
    during: During = lambda _: contextlib.nullcontext(),
) -> None:
    """Work now, at every notification and every `look_s`, until `stop`; an outage of the database is waited for.

    Nothing is carried in a notification, and one may be lost: `work` looks at the tables itself.

    Args:
        channel: An identifier of our own code.
        work: Gets the connection that listens, on which it may work too.
        during: Entered with each connection before it listens, left when it is lost or no longer needed.
    """
    failures = 0
    while not stop.is_set():
        try:
            async with await database.connect_raw() as connection, during(connection):
                await connection.execute(f"LISTEN {channel}".encode())
                while not stop.is_set():
                    await work(connection)
                    failures = 0
                    if not stop.is_set():
                        await _notified_or_stopped(connection, look_s, stop)
        except Exception as error:
            pause_s = _BACK_OFF_S[min(failures, len(_BACK_OFF_S) - 1)]
            failures += 1
            log.warning(
                "listening.interrupted",
                channel=channel,
                error=type(error).__name__,
                detail=redact(str(error))[:300],
                transient=is_transient(error),
                retry_in_s=pause_s,
            )
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause_s)


async def notified(connection: Connection, timeout_s: float) -> None:
    """Return at the first notification since LISTEN, or at the timeout."""
    async for _ in connection.notifies(timeout=timeout_s, stop_after=1):
        return


async def _notified_or_stopped(connection: Connection, timeout_s: float, stop: asyncio.Event) -> None:
    waiting, stopping = asyncio.ensure_future(notified(connection, timeout_s)), asyncio.ensure_future(stop.wait())
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


class Wakeup:
    """Turns notifications of a channel into wake-ups of any number of waiters: one connection a process.

    A wake-up may be spurious and, while the connection is down, late: waiters give `wait` a timeout and look
    at the tables themselves.
    """

    def __init__(self, database: Database, channel: str) -> None:
        """Listen on `channel` (an identifier of our own code)."""
        self._database = database
        self._channel = channel
        self._turn = asyncio.Event()
        self.listening = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Listen until `stop`, reconnecting as often as it takes."""
        await listen(self._database, self._channel, self._heard, stop, during=self._connected)

    async def _heard(self, _: Connection) -> None:
        self.listening.set()
        self.wake()

    @contextlib.asynccontextmanager
    async def _connected(self, _: Connection) -> AsyncIterator[None]:
        try:
            yield
        finally:
            self.listening.clear()
            self.wake()  # whoever waits looks for itself while nobody listens

    def wake(self) -> None:
        """Wake everybody who waits now."""
        self._turn.set()
        self._turn = asyncio.Event()

    def ticket(self) -> asyncio.Event:
        """Give the event of the next wake-up. Take it before looking at the tables, then nothing is missed."""
        return self._turn


async def wait(ticket: asyncio.Event, timeout_s: float) -> bool:
    """Wait for a wake-up at most `timeout_s`; tell whether it came."""
    try:
        await asyncio.wait_for(ticket.wait(), timeout_s)
    except TimeoutError:
        return False
    return True
