"""The outbox: a change and its announcement in one transaction, and the one relay that publishes.

Rows are read by `published_at IS NULL`, never by `id > last`: sequence order is not commit order.
Order per key is the order of ids because use cases lock the entity before they add its event.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple, cast

import orjson
import psycopg
import structlog
from prometheus_client import Counter, Gauge
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.envelope import EventData
from servicekit import clock
from servicekit.bus.port import EventBus, OutMessage
from servicekit.db import Database, copy_rows, is_transient
from servicekit.failpoints import failpoint_async
from servicekit.ids import new_id
from servicekit.notifications import notified
from servicekit.tracing import current_traceparent

log = structlog.get_logger(__name__)

_RELAY_LOCK = 7_205_759_401
_BATCH = 1000
_COUNT_LIMIT = 100_000
_POLL_S = 5.0  # a safety net: LISTEN wakes the relay, this only covers a lost notification
_BACK_OFF_S = (0.2, 0.5, 1.0, 2.0, 5.0)

published_total = Counter("bangfu_outbox_published_total", "Events published by the relay", ["service", "topic"])
lag_seconds = Gauge("bangfu_outbox_oldest_seconds", "Age of the oldest unpublished event", ["service"])
backlog = Gauge("bangfu_outbox_unpublished", "Unpublished events, counted up to 100,000", ["service"])
is_elected = Gauge("bangfu_outbox_relay_elected", "1 where this process is the relay", ["service"])

_COLUMNS = ("event_id", "topic", "key", "type", "time", "traceparent", "data")


async def add(session: AsyncSession, events: EventData | Sequence[EventData], *, event_id: str | None = None) -> None:
    """Announce facts with the transaction: published if and only if it commits.

    Args:
        event_id: Only for a single event whose id is known elsewhere (the alert feed); a UUID.
    """
    facts = [events] if isinstance(events, EventData) else list(events)
    await _write(session, ((event_id or new_id(), type(fact), fact.key, fact.model_dump_json()) for fact in facts))


async def add_json(session: AsyncSession, model: type[EventData], facts: Iterable[tuple[str, bytes]]) -> None:
    """Announce facts that are JSON already, pairs of key and data; for batches, where making models costs the most."""
    await _write(session, ((new_id(), model, key, data.decode()) for key, data in facts))


async def _write(session: AsyncSession, rows: Iterable[tuple[str, type[EventData], str, str]]) -> None:
    at = str(clock.now())
    traceparent = current_traceparent()
    await copy_rows(
        session,
        "outbox",
        _COLUMNS,
        (
            (event_id, model.topic.name, key, model.event_type, at, traceparent, data)
            for event_id, model, key, data in rows
        ),
    )
    await failpoint_async("outbox.added")


class _Row(NamedTuple):
    id: int
    event_id: str
    topic: str
    key: str
    type: str
    time: datetime
    traceparent: str | None
    data: bytes


def render_event(row: _Row, source: str) -> bytes:
    """Give the structured CloudEvent as JSON; `data` is embedded as it was stored, without parsing it again."""
    head: dict[str, Any] = {
        "specversion": "1.0",
        "id": row.event_id,
        "source": source,
        "type": row.type,
        "subject": row.key,
        "time": row.time,
        "datacontenttype": "application/json",
        "partitionkey": row.key,
    }
    if row.traceparent:
        head["traceparent"] = row.traceparent
    return orjson.dumps(head)[:-1] + b',"data":' + row.data + b"}"


class Relay:
    """Publishes the outbox in order of ids. Any number may run; a session-level lock lets one work."""

    def __init__(self, database: Database, bus: EventBus, *, batch_size: int = _BATCH) -> None:
        """Publish the outbox of `database` to `bus`."""
        self._database = database
        self._bus = bus
        self._batch_size = batch_size
        self._source = f"/bangfu/{database.service}"

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`; survive outages of database and broker by waiting, never by dropping."""
        failures = 0
        while not stop.is_set():
            try:
                connection = await self._database.connect_raw()
                async with connection:
                    await self._lead(connection, stop)
                    await failpoint_async("outbox.resigning")
                failures = 0
            except Exception as error:
                pause_s = _BACK_OFF_S[min(failures, len(_BACK_OFF_S) - 1)]
                failures += 1
                log.warning(
                    "relay.interrupted", error=type(error).__name__, transient=is_transient(error), retry_in_s=pause_s
                )
                await _sleep(pause_s, stop)
            finally:
                is_elected.labels(self._database.service).set(0)

    async def _lead(self, connection: psycopg.AsyncConnection[Any], stop: asyncio.Event) -> None:
        while not stop.is_set():
            cursor = await connection.execute("SELECT pg_try_advisory_lock(%s)", (_RELAY_LOCK,))
            row = await cursor.fetchone()
            if row and row[0]:
                break
            await _sleep(1.0, stop)  # another relay leads; its connection's end frees the lock
        else:
            return
        is_elected.labels(self._database.service).set(1)
        await failpoint_async("outbox.elected")
        await connection.execute("LISTEN outbox")
        # The one place that does not wait for the disk: a mark that a crash forgets means that an event goes out
        # twice, which consumers expect anyway.
        await connection.execute("SET synchronous_commit = off")
        while not stop.is_set():
            # A batch that is not full took everything: what was committed since has sent its own notification.
            while await self.publish_batch(connection) == self._batch_size:
                if stop.is_set():
                    return
            await notified(connection, _POLL_S, stop)

    async def publish_batch(self, connection: psycopg.AsyncConnection[Any]) -> int:
        """Publish the oldest unpublished rows and mark them; give their number.

        Marked after the broker has acknowledged: a crash in between publishes twice, and consumers dedupe by id.
        """
        cursor = connection.cursor(binary=True)  # as text, bytes would travel as twice as many digits
        await cursor.execute(
            "SELECT id, event_id::text, topic, key, type, time, traceparent, convert_to(data::text, 'UTF8')"
            " FROM outbox WHERE published_at IS NULL ORDER BY id LIMIT %s",
            (self._batch_size,),
        )
        rows = [_Row._make((*row[:7], bytes(row[7]))) for row in await cursor.fetchall()]
        if not rows:
            return 0
        await failpoint_async("outbox.claimed")
        await self._bus.publish(
            [
                OutMessage(
                    topic=row.topic,
                    key=row.key,
                    value=render_event(row, self._source),
                    headers=(("ce_id", row.event_id), ("ce_type", row.type)),
                )
                for row in rows
            ]
        )
        await failpoint_async("outbox.sent")
        ids = "{" + ",".join(str(row.id) for row in rows) + "}"
        await cursor.execute("UPDATE outbox SET published_at = now() WHERE id = ANY(%s::bigint[])", (ids,))
        await failpoint_async("outbox.marked")
        for topic, count in collections.Counter(row.topic for row in rows).items():
            published_total.labels(self._database.service, topic).inc(count)
        return len(rows)


async def measure(database: Database) -> None:
    """Set the gauges of the backlog: by looking, so that they are true while no relay runs or the broker is away."""
    async with database.transaction() as session:
        found = await session.execute(
            text(
                "SELECT count(*), min(time) FROM (SELECT time FROM outbox WHERE published_at IS NULL"
                f" ORDER BY id LIMIT {_COUNT_LIMIT}) AS waiting"
            )
        )
        count, oldest = found.one()
    backlog.labels(database.service).set(count)
    lag_seconds.labels(database.service).set(max(0.0, (clock.now() - oldest).total_seconds()) if oldest else 0)


async def prune(session: AsyncSession, *, keep_days: int) -> int:
    """Delete published rows older than `keep_days`; give their number. Unpublished rows are never deleted."""
    result = await session.execute(
        text("DELETE FROM outbox WHERE published_at < now() - make_interval(days => :days)"), {"days": keep_days}
    )
    return cast(Any, result).rowcount or 0


async def _sleep(seconds: float, stop: asyncio.Event) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
