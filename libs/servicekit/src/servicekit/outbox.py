"""The outbox: a change and its announcement in one transaction, and the one relay that publishes.

Rows are read by `published_at IS NULL`, never by `id > last`: sequence order is not commit order.
Order per key is the order of ids because use cases lock the entity before they add its event.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple, cast

from prometheus_client import Counter, Gauge
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.envelope import EventData
from servicekit import clock, cloud_events, outward
from servicekit.bus.port import EventBus, OutMessage
from servicekit.db import Database, copy_cell, copy_text
from servicekit.event_sql import Each, Fields, FieldsError, insert_events
from servicekit.failpoints import failpoint_async
from servicekit.ids import new_id
from servicekit.locks import Lock
from servicekit.notifications import Connection, listen
from servicekit.tracing import current_traceparent

__all__ = [
    "CHANNEL",
    "Each",
    "Fields",
    "FieldsError",
    "Relay",
    "WrittenEvent",
    "add",
    "add_select",
    "measure",
    "prune",
    "written",
]

CHANNEL = "outbox"
"""Notified once an event was committed."""

_BATCH = 1000
_COUNT_LIMIT = 100_000

published_total = Counter("bangfu_outbox_published_total", "Events published by the relay", ["service", "topic"])
lag_seconds = Gauge("bangfu_outbox_oldest_seconds", "Age of the oldest unpublished event", ["service"])
backlog = Gauge("bangfu_outbox_unpublished", "Unpublished events, counted up to 100,000", ["service"])
is_elected = Gauge("bangfu_outbox_relay_elected", "1 where this process is the relay", ["service"])

_COLUMNS = ("event_id", "topic", "key", "type", "time", "traceparent", "data")


class WrittenEvent(NamedTuple):
    """An event whose JSON is made already, because it is stored elsewhere too."""

    event_id: str
    topic: str
    key: str
    type: str
    data: str


def written(event: EventData, event_id: str | None = None) -> WrittenEvent:
    """Give an event its JSON and, unless it has one elsewhere, its id: a UUID."""
    return WrittenEvent(event_id or new_id(), event.topic.name, event.key, event.event_type, event.model_dump_json())


async def add(
    session: AsyncSession,
    events: EventData | Iterable[EventData | WrittenEvent],
    *,
    at: datetime | None = None,
) -> None:
    """Announce facts with the transaction: published if and only if it commits.

    Args:
        at: When they happened, if that is told elsewhere too; now otherwise.
    """
    facts = [events] if isinstance(events, EventData) else events
    tail = f"{at or clock.now()}\t{copy_cell(current_traceparent())}"
    rows = (fact if isinstance(fact, WrittenEvent) else written(fact) for fact in facts)
    await copy_text(
        session,
        "outbox",
        _COLUMNS,
        [
            f"{row.event_id}\t{row.topic}\t{copy_cell(row.key)}\t{row.type}\t{tail}\t{copy_cell(row.data)}"
            for row in rows
        ],
    )
    await failpoint_async("outbox.added")


async def add_select(
    session: AsyncSession,
    model: type[EventData],
    fields: Fields,
    source: str,
    parameters: Mapping[str, Any] | None = None,
) -> int:
    """Announce a fact of `model` for each row of `source`, in one statement; give their number.

        await outbox.add_select(
            session, AreaChanged, {"area_code": "a.code", "name": "a.name", ...}, "area a ORDER BY a.code"
        )

    Args:
        fields: SQL expressions of our own code, by field of the model; decimals as text. A part is a mapping, a list
            of parts an `Each`.
        source: What stands after FROM, WHERE and ORDER BY included, of our own code; `parameters` are its parameters.

    Raises:
        FieldsError: a field without default is missing, or the model knows no such field.
    """
    result = await session.execute(
        text(insert_events(model, fields, source)),
        {
            **(parameters or {}),
            "event_topic": model.topic.name,
            "event_type": model.event_type,
            "event_at": clock.now(),
            "event_traceparent": current_traceparent(),
        },
    )
    await failpoint_async("outbox.added")
    return cast(Any, result).rowcount or 0


class StoredEvent(NamedTuple):
    """What the relay reads of a row."""

    id: int
    event_id: str
    topic: str
    key: str
    type: str
    time: datetime
    traceparent: str | None
    data: bytes


def message_of(row: StoredEvent, source: str) -> OutMessage:
    """Give the event as it travels: a structured CloudEvent, whose header says so."""
    return OutMessage(
        topic=row.topic,
        key=row.key,
        value=cloud_events.render(
            row.data,
            event_id=row.event_id,
            source=source,
            event_type=row.type,
            key=row.key,
            at=row.time,
            traceparent=row.traceparent,
        ),
        headers=cloud_events.headers(row.event_id),
    )


class Relay:
    """Publishes the outbox in order of ids. Any number may run; a session-level lock lets one work."""

    def __init__(self, database: Database, bus: EventBus, *, batch_size: int = _BATCH) -> None:
        """Publish the outbox of `database` to `bus`."""
        self._database = database
        self._bus = bus
        self._batch_size = batch_size
        self._source = f"/bangfu/{database.service}"
        self._outward = outward.topics_of(database.service)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`; survive outages of database and broker by waiting, never by dropping."""

        async def publish(connection: Connection) -> None:
            # A batch that is not full took everything: what was committed since has sent its own notification.
            while await self.publish_batch(connection) == self._batch_size:
                if stop.is_set():
                    return

        await listen(self._database, CHANNEL, publish, stop, during=partial(self._leading, stop))

    @contextlib.asynccontextmanager
    async def _leading(self, stop: asyncio.Event, connection: Connection) -> AsyncIterator[None]:
        while not stop.is_set():
            cursor = await connection.execute("SELECT pg_try_advisory_lock(%s)", (int(Lock.RELAY),))
            [(is_free,)] = await cursor.fetchall()
            if is_free:
                break
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), 1.0)  # another relay leads; its connection's end frees the lock
        else:
            yield
            return
        elected = is_elected.labels(self._database.service)
        elected.set(1)
        try:
            await failpoint_async("outbox.elected")
            # The one place that does not wait for the disk: a mark that a crash forgets means that an event goes out
            # twice, which consumers expect anyway.
            await connection.execute("SET synchronous_commit = off")
            yield
            await failpoint_async("outbox.resigning")
        finally:
            elected.set(0)

    async def _is_held(self, connection: Connection) -> bool:
        if not self._outward:
            return False
        cursor = await connection.execute("SELECT count(*) FROM outward_hold")
        [(held,)] = await cursor.fetchall()
        return bool(held)

    async def publish_batch(self, connection: Connection) -> int:
        """Publish the oldest unpublished rows that may leave and mark them; give their number.

        Marked after the broker has acknowledged: a crash in between publishes twice, and consumers dedupe by id.
        """
        held = self._outward if await self._is_held(connection) else []
        cursor = connection.cursor(binary=True)  # as text, bytes would travel as twice as many digits
        await cursor.execute(
            "SELECT id, event_id::text, topic, key, type, time, traceparent, convert_to(data::text, 'UTF8')"
            " FROM outbox WHERE published_at IS NULL AND NOT topic = ANY(%s) ORDER BY id LIMIT %s",
            (held, self._batch_size),
        )
        rows = [StoredEvent._make((*head, bytes(data))) for *head, data in await cursor.fetchall()]
        if not rows:
            return 0
        await failpoint_async("outbox.claimed")
        await self._bus.publish([message_of(row, self._source) for row in rows])
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
