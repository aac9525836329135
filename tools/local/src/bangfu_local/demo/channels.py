"""Four ways of receiving the same alerts, and the proof that they are the same.

The webhook receiver, the SSE listener and the cursor reader use only what any subscriber has; the bus reader looks
at the topic itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import psycopg

from bangfu.sdk import Bangfu, SignatureInvalid, verify_webhook
from bangfu.sdk.models import AlertEvent

ALERT_TOPIC = "alerts.alert.v1"
_MAX_BODY = 1 << 20


@dataclass(frozen=True)
class Seen:
    """What is compared of an alert; those about one `subject` keep their order."""

    event_id: str
    subject: str
    position: int


@dataclass
class Inbox:
    """What one channel received, in order, each event once."""

    name: str
    events: dict[str, Seen] = field(default_factory=dict)
    repeats: int = 0
    refused: int = 0

    def take(self, event: AlertEvent) -> None:
        """Note an event; repeats are allowed (at least once) and counted."""
        if event.id in self.events:
            self.repeats += 1
        else:
            self.events[event.id] = Seen(event.id, event.subject, event.data.position)

    def upto(self, position: int) -> list[Seen]:
        """Events up to a position of the feed, in the order received."""
        return [seen for seen in self.events.values() if seen.position <= position]


async def published_alerts(alerts_database_url: str) -> list[Seen]:
    """Read what the alerts service published, from the outbox that its transactions wrote: the truth to compare with.

    Returns:
        All alerts in the order of the feed.
    """
    async with await psycopg.AsyncConnection.connect(alerts_database_url, autocommit=True) as connection:
        cursor = await connection.execute(
            "SELECT event_id::text, key, (data ->> 'position')::bigint FROM outbox WHERE topic = %s ORDER BY 3",
            (ALERT_TOPIC,),
        )
        return [Seen(*row) for row in await cursor.fetchall()]


def differences(published: Iterable[Seen], inbox: Inbox, position: int) -> list[str]:
    """Say how a channel differs from what was published, up to a position: nothing when it does not.

    Args:
        published: All alerts, in the order of the feed.
    """
    wanted = list(published)
    received = inbox.upto(position)
    wanted_ids, received_ids = {seen.event_id for seen in wanted}, {seen.event_id for seen in received}
    found: list[str] = []
    if missing := wanted_ids - received_ids:
        found.append(f"{inbox.name}: {len(missing)} alerts not received")
    if extra := received_ids - wanted_ids:
        found.append(f"{inbox.name}: {len(extra)} alerts that were never published")
    if inbox.refused:
        found.append(f"{inbox.name}: {inbox.refused} messages with a wrong signature")
    if not found and _by_household(wanted) != _by_household(received):
        found.append(f"{inbox.name}: order within a household differs")
    return found


def _by_household(events: Iterable[Seen]) -> dict[str, list[str]]:
    order: dict[str, list[str]] = defaultdict(list)
    for seen in events:
        order[seen.subject].append(seen.event_id)
    return order


class WebhookReceiver:
    """A subscriber's HTTP server on loopback that accepts only what Bangfu signed."""

    def __init__(self) -> None:
        self.inbox = Inbox("webhook")
        self.secret = ""
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """Address to subscribe with."""
        assert self._server is not None  # noqa: S101  after start
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/alerts"

    async def start(self) -> None:
        """Listen on a free port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)

    async def stop(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                headers = {
                    name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])
                }
                length = int(headers.get("content-length", "0"))
                if length > _MAX_BODY:
                    break
                status = self._take(headers, await reader.readexactly(length))
                writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
                await writer.drain()
        writer.close()

    def _take(self, headers: dict[str, str], body: bytes) -> str:
        try:
            event = verify_webhook(self.secret, headers, body)
        except SignatureInvalid:
            self.inbox.refused += 1
            return "401 Unauthorized"
        if isinstance(event, AlertEvent):
            self.inbox.take(event)
            self.heard(event)
        return "204 No Content"

    def heard(self, event: AlertEvent) -> None:
        """Called with each delivery, for whoever wants more of it than its place."""


class Listener:
    """A channel that is read by a task of its own until stopped."""

    def __init__(self, name: str) -> None:
        self.inbox = Inbox(name)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to read."""
        self._task = asyncio.create_task(self._read(), name=f"listen-{self.inbox.name}")

    async def stop(self) -> None:
        """Stop reading; raises what ended the reading early, if anything did."""
        if self._task is None:
            return
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def _read(self) -> None:
        raise NotImplementedError


class SseListener(Listener):
    """Follows `/v1/alerts/stream` from the beginning."""

    def __init__(self, bangfu: Bangfu) -> None:
        super().__init__("sse")
        self._bangfu = bangfu

    async def _read(self) -> None:
        async for event in self._bangfu.alerts.stream(after=0):
            self.inbox.take(event)


class CursorReader(Listener):
    """Pulls `/v1/alerts?after=` again and again, as a department with a nightly job would."""

    def __init__(self, bangfu: Bangfu) -> None:
        super().__init__("cursor")
        self._bangfu = bangfu
        self._after = 0

    async def _read(self) -> None:
        while True:
            events, self._after = await self._bangfu.alerts.page(self._after)
            for event in events:
                self.inbox.take(event)
            if not events:
                await asyncio.sleep(0.2)


class KafkaReader(Listener):
    """A consumer group on the public topic, as a subscriber with its own tools would write it (docs/events).

    In a group, because its places are lost together with the topic when a broker loses everything: it begins
    from the start again instead of at a place that the new topic has not or has filled with something else.
    """

    def __init__(self, servers: str) -> None:
        super().__init__("kafka")
        self._servers = servers
        self._group = f"subscriber-{uuid.uuid4()}"

    async def _read(self) -> None:
        from aiokafka import AIOKafkaConsumer

        consumer = AIOKafkaConsumer(
            ALERT_TOPIC,
            bootstrap_servers=self._servers,
            group_id=self._group,
            auto_offset_reset="earliest",
            metadata_max_age_ms=15_000,  # a topic that was away is found again
        )
        await consumer.start()
        try:
            async for message in consumer:
                self.inbox.take(AlertEvent.model_validate_json(message.value))
        finally:
            await consumer.stop()


class EmbeddedBusReader(Listener):
    """The same for the embedded bus: reads the topic's log."""

    def __init__(self, bus_url: str) -> None:
        super().__init__("bus")
        self._bus_url = bus_url

    async def _read(self) -> None:
        after = -1
        async with await psycopg.AsyncConnection.connect(self._bus_url, autocommit=True) as connection:
            while True:
                cursor = await connection.execute(
                    'SELECT "offset", value FROM bus_log WHERE topic = %s AND "offset" > %s ORDER BY 1 LIMIT 1000',
                    (ALERT_TOPIC, after),
                )
                rows = await cursor.fetchall()
                for after, value in rows:  # noqa: B007 - the last place is where to go on from
                    self.inbox.take(AlertEvent.model_validate(json.loads(bytes(value))))
                if not rows:
                    await asyncio.sleep(0.2)
