"""Waking readers: one LISTEN connection a process, however many readers wait."""

from __future__ import annotations

import asyncio
import contextlib

import structlog

from servicekit.db import Database

log = structlog.get_logger(__name__)

_RECONNECT_S = 1.0
_SLICE_S = 5.0


class Wakeup:
    """Turns notifications of a channel into wake-ups of any number of waiters.

    A wake-up may be spurious and, while the connection is down, late: waiters give `wait` a timeout and look
    at the tables themselves. Nothing is carried in a notification.
    """

    def __init__(self, database: Database, channel: str) -> None:
        """Listen on `channel` (an identifier of our own code)."""
        self._database = database
        self._channel = channel
        self._turn = asyncio.Event()
        self.listening = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Listen until `stop`, reconnecting as often as it takes."""
        stopping = asyncio.ensure_future(stop.wait())
        try:
            while not stop.is_set():
                listening = asyncio.ensure_future(self._listen())
                await asyncio.wait({listening, stopping}, return_when=asyncio.FIRST_COMPLETED)
                self.listening.clear()
                if listening.done():
                    error = listening.exception()
                    log.warning("wakeup.interrupted", channel=self._channel, error=type(error).__name__)
                    self.wake()  # whoever waits looks for itself while nobody listens
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(stop.wait(), _RECONNECT_S)
                else:
                    listening.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await listening
        finally:
            stopping.cancel()
            self.wake()

    async def _listen(self) -> None:
        connection = await self._database.connect_raw()
        async with connection:
            await connection.execute(f"LISTEN {self._channel}".encode())
            self.listening.set()
            self.wake()
            while True:
                async for _ in connection.notifies(timeout=_SLICE_S, stop_after=1):
                    self.wake()

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
