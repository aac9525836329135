"""The embedded bus: an append-only log with consumer offsets in PostgreSQL, woken by LISTEN/NOTIFY.

For one machine without a broker. The same promises as Kafka: durable before `publish` returns, order
per topic, groups with committed offsets, one member of a group at a time (a session lock per group
and topic; the connection's end frees it).
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from contracts import topics as catalogue
from servicekit.bus.port import InMessage, OutMessage
from servicekit.db import NOTICE_SILENCE
from servicekit.failpoints import failpoint_async
from servicekit.locks import BUS_GROUP, Lock
from servicekit.notifications import notified

_TABLES = """
CREATE TABLE IF NOT EXISTS bus_log (
    topic        text NOT NULL,
    "offset"     bigint NOT NULL,
    key          text NOT NULL,
    value        bytea NOT NULL,
    headers      jsonb NOT NULL DEFAULT '[]',
    published_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (topic, "offset")
);
CREATE TABLE IF NOT EXISTS bus_topic (
    topic       text PRIMARY KEY,
    next_offset bigint NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS bus_group_offset (
    consumer_group text NOT NULL,
    topic          text NOT NULL,
    next_offset    bigint NOT NULL,
    PRIMARY KEY (consumer_group, topic)
);
"""
_CHANNEL = "bus_log"
_POLL_S = 5.0
_KEEP_DAYS = 30


class EmbeddedBus:
    """Adapter of the `EventBus` port over PostgreSQL."""

    def __init__(self, dsn: str, *, client: str) -> None:
        """Use the bus database at `dsn`."""
        self._dsn = dsn
        self._client = client
        self._producer: psycopg.AsyncConnection[Any] | None = None
        self._lock = asyncio.Lock()

    async def _connect(self, *, autocommit: bool = True) -> psycopg.AsyncConnection[Any]:
        return await psycopg.AsyncConnection.connect(
            self._dsn, autocommit=autocommit, application_name=f"bangfu-bus-{self._client}", **NOTICE_SILENCE
        )

    async def start(self) -> None:
        """Create the log's tables where they are missing."""
        async with await self._connect() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock(%s)", (int(Lock.BUS_TABLES),))
            await connection.execute(_TABLES)

    async def ping(self) -> None:
        """Connect and ask, as a consumer would after a broken connection."""
        async with await self._connect() as connection:
            await connection.execute("SELECT 1")

    async def publish(self, messages: Sequence[OutMessage]) -> None:
        """Append all messages in one transaction; offsets are dense and in commit order per topic.

        The topic's counter row is locked until commit, so no reader can see offset n+1 before n.
        """
        if not messages:
            return
        async with self._lock:
            if self._producer is None or self._producer.closed:
                self._producer = await self._connect()
            try:
                await self._append(self._producer, messages)
            except BaseException:
                await self._producer.close()
                self._producer = None
                raise

    async def _append(self, connection: psycopg.AsyncConnection[Any], messages: Sequence[OutMessage]) -> None:
        by_topic: dict[str, list[OutMessage]] = {}
        for message in messages:
            by_topic.setdefault(message.topic, []).append(message)
        async with connection.transaction(), connection.cursor() as cursor:
            for topic in sorted(by_topic):  # one order for all producers: no deadlock
                batch = by_topic[topic]
                await cursor.execute(
                    "INSERT INTO bus_topic (topic, next_offset) VALUES (%s, %s)"
                    " ON CONFLICT (topic) DO UPDATE SET next_offset = bus_topic.next_offset + EXCLUDED.next_offset"
                    " RETURNING next_offset",
                    (topic, len(batch)),
                )
                [(following,)] = await cursor.fetchall()
                first = following - len(batch)
                async with cursor.copy('COPY bus_log (topic, "offset", key, value, headers) FROM STDIN') as copy:
                    for index, message in enumerate(batch):
                        headers = Jsonb([list(header) for header in message.headers])
                        await copy.write_row((topic, first + index, message.key, message.value, headers))
            await cursor.execute("SELECT pg_notify(%s, '')", (_CHANNEL,))
            await failpoint_async("bus.appended")

    async def consumer(self, group: str, topics: Sequence[str]) -> EmbeddedConsumer:
        """Join `group`; topics held by another member are waited for in `fetch`."""
        connection = await self._connect()
        await connection.execute(f"LISTEN {_CHANNEL}")
        return EmbeddedConsumer(connection, group, tuple(topics))

    async def unread(self, group: str, topics: Sequence[str]) -> dict[str, int]:
        """Compare the topics' counters with the group's offsets."""
        async with await self._connect() as connection:
            cursor = await connection.execute(
                "SELECT t.topic, t.next_offset - coalesce(g.next_offset, 0) FROM bus_topic t"
                " LEFT JOIN bus_group_offset g ON g.topic = t.topic AND g.consumer_group = %(group)s"
                " WHERE t.topic = ANY(%(topics)s)",
                {"topics": list(topics), "group": group},
            )
            return dict.fromkeys(topics, 0) | dict(await cursor.fetchall())

    async def compact(self, topic: str) -> int:
        """Keep only the newest message of each key among those that every group has passed; give the number removed."""
        async with await self._connect() as connection:
            cursor = await connection.execute(
                "DELETE FROM bus_log old USING bus_log new"
                " WHERE old.topic = %(topic)s AND new.topic = old.topic AND new.key = old.key"
                '   AND new."offset" > old."offset"'
                '   AND new."offset" <'
                "       (SELECT coalesce(min(next_offset), 0) FROM bus_group_offset WHERE topic = %(topic)s)",
                {"topic": topic},
            )
            return cursor.rowcount

    async def tidy(self) -> None:
        """Compact the compacted topics; expire what every group has passed and is older than the retention."""
        for topic in catalogue.ALL:
            if topic.is_compacted:
                await self.compact(topic.name)
        async with await self._connect() as connection:
            await connection.execute(
                "DELETE FROM bus_log WHERE published_at < now() - make_interval(days => %(days)s)"
                " AND topic <> ALL (%(kept)s)"
                ' AND "offset" < (SELECT min(next_offset) FROM bus_group_offset passed'
                "                 WHERE passed.topic = bus_log.topic)",
                {"days": _KEEP_DAYS, "kept": [topic.name for topic in catalogue.ALL if topic.is_compacted]},
            )

    async def close(self) -> None:
        """Close the producer's connection."""
        if self._producer is not None:
            await self._producer.close()
            self._producer = None


class EmbeddedConsumer:
    """A member of a group over the log; each topic is one partition."""

    def __init__(self, connection: psycopg.AsyncConnection[Any], group: str, topics: tuple[str, ...]) -> None:
        self._connection = connection
        self._group = group
        self._topics = topics
        self._positions: dict[str, int] = {}  # of the topics this member holds

    async def fetch(self, *, max_messages: int, wait_s: float) -> list[InMessage]:
        """Give the next messages of the topics held."""
        messages = await self._read(max_messages)
        if messages or wait_s <= 0:
            return messages
        # Everything published since LISTEN has queued a notification, so nothing is slept through.
        await notified(self._connection, min(wait_s, _POLL_S))
        return await self._read(max_messages)

    async def _acquire(self) -> None:
        for topic in self._topics:
            if topic in self._positions:
                continue
            lock = zlib.crc32(f"{self._group}|{topic}".encode())
            cursor = await self._connection.execute("SELECT pg_try_advisory_lock(%s, %s)", (BUS_GROUP, lock - 2**31))
            [(is_free,)] = await cursor.fetchall()
            if is_free:
                self._positions[topic] = await self._committed(topic)

    async def _committed(self, topic: str) -> int:
        cursor = await self._connection.execute(
            "SELECT next_offset FROM bus_group_offset WHERE consumer_group = %s AND topic = %s", (self._group, topic)
        )
        return next((place for (place,) in await cursor.fetchall()), 0)

    async def _read(self, max_messages: int) -> list[InMessage]:
        await self._acquire()
        messages: list[InMessage] = []
        for topic, position in self._positions.items():
            room = max_messages - len(messages)
            if room <= 0:
                break
            cursor = await self._connection.execute(
                'SELECT "offset", key, value, headers FROM bus_log WHERE topic = %s AND "offset" >= %s'
                ' ORDER BY "offset" LIMIT %s',
                (topic, position, room),
            )
            for offset, key, value, headers in await cursor.fetchall():
                pairs = tuple((name, text) for name, text in headers)
                messages.append(InMessage(topic, 0, offset, key, bytes(value), pairs))
                self._positions[topic] = offset + 1
        return messages

    async def commit(self, messages: Sequence[InMessage]) -> None:
        """Store the place after the last of `messages` per topic; never moves backwards."""
        ends: dict[str, int] = {}
        for message in messages:
            ends[message.topic] = max(ends.get(message.topic, 0), message.offset + 1)
        for topic, end in ends.items():
            await self._connection.execute(
                "INSERT INTO bus_group_offset (consumer_group, topic, next_offset) VALUES (%s, %s, %s)"
                " ON CONFLICT (consumer_group, topic) DO UPDATE"
                " SET next_offset = greatest(bus_group_offset.next_offset, EXCLUDED.next_offset)",
                (self._group, topic, end),
            )

    async def close(self) -> None:
        """Leave the group: the connection's end frees its locks."""
        await self._connection.close()
