"""Server-sent events: the feed as it grows, resumable at any position.

Source: WHATWG HTML, server-sent events: `id`, `event`, `data`, `retry`, comment lines, Last-Event-ID.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager

import structlog
from prometheus_client import Gauge

from alerts.feed import problems, service
from alerts.feed.rules import AlertFilter, FeedItem
from servicekit import outward
from servicekit.db import Database
from servicekit.failpoints import failpoint_async
from servicekit.notifications import Wakeup, wait

log = structlog.get_logger(__name__)

_BATCH = 200
_RETRY_MS = 2000
_LOOK_S = 1.0  # how soon a stream notices that the process drains

open_streams = Gauge("bangfu_alert_streams_open", "Open SSE streams of this process")


class StreamSeats:
    """Bounds how many streams a process and a client may hold."""

    def __init__(self, limit: int, limit_per_client: int) -> None:
        """Allow `limit` streams, `limit_per_client` of them to one client."""
        self._limit = limit
        self._limit_per_client = limit_per_client
        self._held: Counter[str] = Counter()

    def require_free(self, client_id: str) -> None:
        """Check, before the response begins, that a seat is free.

        Raises:
            TooManyStreams: if all are taken.
        """
        if self._held.total() >= self._limit or self._held[client_id] >= self._limit_per_client:
            raise problems.TooManyStreams("too many open streams", headers={"Retry-After": "10"})

    @contextmanager
    def seat(self, client_id: str) -> Iterator[None]:
        """Hold a seat while a stream runs; taken by the stream itself, so that one that never began holds none."""
        self._held[client_id] += 1
        open_streams.inc()
        try:
            yield
        finally:
            self._held[client_id] -= 1
            if not self._held[client_id]:
                del self._held[client_id]
            open_streams.dec()


async def stream(
    database: Database,
    wakeup: Wakeup,
    wanted: AlertFilter,
    after: int,
    *,
    heartbeat_s: float,
    max_age_s: float,
    goes_on: Callable[[], Awaitable[bool]],
) -> AsyncIterator[bytes]:
    """Give the feed after a position for ever, in order, without gap or duplicate.

    Each reader asks the table at its own pace, so a slow one holds back nobody and nothing piles up in memory.
    Ends at `max_age_s`, or when it does not go on: the process drains, or the reader lost rights that it had at the
    beginning. It comes back with Last-Event-ID. While sending is held (after a restore) it stays open and silent.
    """
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + max_age_s
    spoke_at = loop.time()
    yield f"retry: {_RETRY_MS}\n\n".encode()
    while loop.time() < ends_at:
        ticket = wakeup.ticket()
        items, reached = ([], after) if await outward.is_held_in(database) else await _read(database, wanted, after)
        if not await goes_on():
            return
        if items:
            yield b"".join(_frame(item) for item in items)
            await failpoint_async("alerts.stream_sent")
            spoke_at = loop.time()
        after = reached
        if len(items) == _BATCH:
            continue
        while loop.time() < ends_at:
            if await wait(ticket, min(_LOOK_S, heartbeat_s)):
                break
            if not await goes_on():
                return
            if loop.time() - spoke_at >= heartbeat_s:
                spoke_at = loop.time()
                yield b": heartbeat\n\n"
                break  # and look at the table: a notification may have been lost


async def _read(database: Database, wanted: AlertFilter, after: int) -> tuple[list[FeedItem], int]:
    return await service.read(database, wanted, after, _BATCH)


def _frame(item: FeedItem) -> bytes:
    # The stored JSON has no line breaks: pydantic writes it on one line, and control characters are escaped.
    return b"id: %d\nevent: alert\ndata: %s\n\n" % (item.position, item.envelope())


async def seated(chunks: AsyncIterator[bytes], seats: StreamSeats, client_id: str) -> AsyncIterator[bytes]:
    """Give the chunks while holding a seat."""
    with seats.seat(client_id):
        async for chunk in chunks:
            yield chunk
