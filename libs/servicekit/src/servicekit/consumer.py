"""The consumer loop: a batch of events, one transaction, an inbox, a dead-letter topic.

A batch is decoded, deduplicated by (source, id) in the same transaction as its effect, handed to the
topic's handler, and only then committed to the bus. What cannot be decoded goes to `<topic>.dlq` with
the reason. A handler that fails is tried again; a batch that keeps failing is halved until the event at
fault is alone, and that one is dead-lettered, so that a poison event never stops the line.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import time
import zlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog
from prometheus_client import Counter, Gauge, Histogram
from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts import events as event_types
from contracts.envelope import CloudEvent, EventData
from contracts.topics import GROUPS, Topic
from servicekit import dead_letters
from servicekit.bus.port import Consumer as BusConsumer
from servicekit.bus.port import EventBus, InMessage, OutMessage
from servicekit.db import Database, array_text, execute, is_transient
from servicekit.failpoints import failpoint_async
from servicekit.telemetry import redact
from servicekit.tracing import span

log = structlog.get_logger(__name__)

Received = tuple[InMessage, CloudEvent[Any]]
Handler = Callable[[AsyncSession, Sequence[CloudEvent[Any]]], Awaitable[None]]

_BACK_OFF_S = (0.2, 0.5, 1.0, 2.0, 5.0)
_ATTEMPTS = 3
_WAIT_S = 5.0
_MEASURE_S = 30.0
_LINKS = 32  # of a batch's other events, as links of its span
_LANES = 2
_LANE_MIN = 50  # below that a second transaction costs more than it saves

consumed_total = Counter("bangfu_events_consumed_total", "Events handled", ["group", "topic"])
duplicates_total = Counter("bangfu_events_duplicate_total", "Events dropped by the inbox", ["group", "topic"])
dead_letters_total = Counter("bangfu_events_dead_lettered_total", "Events sent to a DLQ", ["group", "topic"])
unread = Gauge("bangfu_events_unread", "Events that the group has not committed yet", ["group", "topic"])
open_dead_letters = Gauge("bangfu_dead_letters_open", "Dead letters of the topic that nobody has redriven", ["topic"])
batch_seconds = Histogram("bangfu_event_batch_seconds", "Duration of an event batch", ["group", "topic"])


@functools.cache
def _envelope_of(model: type[EventData]) -> type[CloudEvent[Any]]:
    """Give `CloudEvent[model]`: parametrising it for every message costs more than validating the message."""
    return CloudEvent[model]  # type: ignore[valid-type]  # chosen at run time


def _lanes(batch: list[Received]) -> list[list[Received]]:
    """Cut a large batch by key into transactions that run side by side: one computes while the database works for
    the other. Order per key, all that is promised, holds within a lane.
    """
    if len(batch) < _LANE_MIN * _LANES:
        return [batch]
    lanes: list[list[Received]] = [[] for _ in range(_LANES)]
    for item in batch:
        lanes[zlib.crc32(item[0].key.encode()) % _LANES].append(item)
    return [lane for lane in lanes if lane]


class InvalidEvent(Exception):  # noqa: N818 - names the event, as DLQ readers see it
    """The event cannot be understood here; it goes to the dead-letter topic with this message."""


class Consumer:
    """One consumer group of a service."""

    def __init__(
        self,
        group: str,
        *,
        database: Database,
        bus: EventBus,
        handlers: dict[Topic, Handler],
        batch_size: int = 500,
    ) -> None:
        """Consume the group's topics, at most `batch_size` events a transaction.

        Args:
            group: Its name; one of `contracts.topics.GROUPS` reads the topics that stand there.
            handlers: One for each of its topics.
            batch_size: Events.

        Raises:
            ValueError: handlers for other topics than the group's.
        """
        if set(handlers) != set(GROUPS.get(group, handlers)):
            raise ValueError(f"{group} reads {[topic.name for topic in GROUPS[group]]}, as contracts.topics says")
        self._group = group
        self._database = database
        self._bus = bus
        self._handlers = {topic.name: handler for topic, handler in handlers.items()}
        self._topics = {topic.name: topic for topic in handlers}
        self._batch_size = batch_size

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`; an outage of database or bus is waited for, with nothing committed."""
        measuring = asyncio.create_task(self._keep_measuring(stop))
        try:
            await self._consume(stop)
        finally:
            measuring.cancel()
            await asyncio.gather(measuring, return_exceptions=True)

    async def _keep_measuring(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self.measure()
            except Exception as error:  # what cannot be measured is told by readiness and by the consumer itself
                log.debug("consumer.not_measured", group=self._group, error=type(error).__name__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _MEASURE_S)

    async def measure(self) -> None:
        """Set the gauges of what the group has not read, and of what lies in its topics' dead letters."""
        for topic, count in (await self._bus.unread(self._group, list(self._topics))).items():
            unread.labels(self._group, topic).set(count)
        named = {topic.dead_letters: topic.name for topic in self._topics.values()}
        for letters, count in (await self._bus.unread(dead_letters.GROUP, list(named))).items():
            open_dead_letters.labels(named[letters]).set(count)

    async def _consume(self, stop: asyncio.Event) -> None:
        failures = 0
        while not stop.is_set():
            consumer: BusConsumer | None = None
            try:
                consumer = await self._bus.consumer(self._group, list(self._handlers))
                while not stop.is_set():
                    messages = await self._fetch(consumer, stop)
                    if messages:
                        await failpoint_async("consumer.fetched")
                        await self.handle(messages)
                        await failpoint_async("consumer.committed")
                        await consumer.commit(messages)
                        await failpoint_async("consumer.acknowledged")
                    failures = 0
            except Exception as error:
                pause_s = _BACK_OFF_S[min(failures, len(_BACK_OFF_S) - 1)]
                failures += 1
                log.warning(
                    "consumer.interrupted",
                    group=self._group,
                    error=type(error).__name__,
                    detail=redact(str(error))[:300],
                    retry_in_s=pause_s,
                )
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), pause_s)
            finally:
                if consumer is not None:
                    with contextlib.suppress(Exception):
                        await consumer.close()

    async def _fetch(self, consumer: BusConsumer, stop: asyncio.Event) -> list[InMessage]:
        fetching = asyncio.ensure_future(consumer.fetch(max_messages=self._batch_size, wait_s=_WAIT_S))
        stopping = asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait({fetching, stopping}, return_when=asyncio.FIRST_COMPLETED)
            return fetching.result() if fetching.done() else []
        finally:
            for task in (fetching, stopping):
                if not task.done():
                    task.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await task

    async def handle(self, messages: Sequence[InMessage]) -> None:
        """Take in `messages`: each has its effect exactly once, or lies in the dead-letter topic.

        Raises:
            Exception: an outage (database, bus); nothing of the unfinished part took effect.
        """
        by_topic: dict[str, list[Received]] = {}
        for message in messages:
            try:
                by_topic.setdefault(message.topic, []).append((message, self._decode(message)))
            except InvalidEvent as error:
                await self._dead_letter(message, str(error))
        for topic, batch in by_topic.items():
            started = time.perf_counter()
            # Every lane ends before a failed one is reported: nothing may still be at work when the batch comes again.
            ends = await asyncio.gather(*(self._apply(topic, lane) for lane in _lanes(batch)), return_exceptions=True)
            for failure in ends:
                if failure is not None:
                    raise failure
            batch_seconds.labels(self._group, topic).observe(time.perf_counter() - started)

    def _decode(self, message: InMessage) -> CloudEvent[Any]:
        try:
            document = orjson.loads(message.value)
            kind = document["type"]
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise InvalidEvent("the message is not a structured CloudEvent") from error
        model: type[EventData] | None = event_types.BY_TYPE.get(kind)
        if model is None or model.topic.name != message.topic:
            raise InvalidEvent(f"unknown event type {kind!r} on {message.topic}")
        try:
            return _envelope_of(model).model_validate(document)
        except ValidationError as error:
            fields = ", ".join(".".join(str(part) for part in item["loc"]) for item in error.errors()[:5])
            raise InvalidEvent(f"the event does not match its schema at: {fields}") from error

    async def _apply(self, topic: str, batch: list[Received]) -> None:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                await self._apply_once(topic, batch)
            except InvalidEvent as error:
                if len(batch) == 1:
                    await self._dead_letter(batch[0][0], str(error))
                    return
                break
            except Exception as error:
                if is_transient(error):
                    raise
                log.error(
                    "events.failed",
                    group=self._group,
                    topic=topic,
                    events=len(batch),
                    attempt=attempt,
                    error=type(error).__name__,
                    detail=redact(str(error))[:500],
                )
                if len(batch) > 1:
                    break  # find the one at fault before waiting
                if attempt == _ATTEMPTS:
                    await self._dead_letter(batch[0][0], f"{type(error).__name__}: {redact(str(error))[:300]}")
                    return
                await asyncio.sleep(_BACK_OFF_S[attempt - 1])
            else:
                return
        half = len(batch) // 2
        await self._apply(topic, batch[:half])
        await self._apply(topic, batch[half:])

    async def _apply_once(self, topic: str, batch: list[Received]) -> None:
        async with self._database.transaction() as session:
            fresh_ids = await self._claim(session, [event for _, event in batch])
            fresh: list[CloudEvent[Any]] = []
            for _, event in batch:
                if (event.source, event.id) in fresh_ids:
                    fresh_ids.discard((event.source, event.id))  # twice within one batch counts once
                    fresh.append(event)
            await failpoint_async("consumer.claimed")
            if fresh:
                parents = [event.traceparent for event in fresh if event.traceparent]
                with span(
                    f"process {topic}",
                    kind="consumer",
                    parent=next(iter(parents), None),
                    links=parents[1:_LINKS],
                    attributes={
                        "messaging.system": "bangfu",
                        "messaging.destination.name": topic,
                        "messaging.consumer.group.name": self._group,
                        "messaging.batch.message_count": len(fresh),
                    },
                ):
                    await self._handlers[topic](session, fresh)
            await failpoint_async("consumer.handled")
        consumed_total.labels(self._group, topic).inc(len(fresh))
        duplicates_total.labels(self._group, topic).inc(len(batch) - len(fresh))

    async def _claim(self, session: AsyncSession, events: Sequence[CloudEvent[Any]]) -> set[tuple[str, str]]:
        claimed = await execute(
            session,
            "INSERT INTO inbox (consumer, source, event_id)"
            " SELECT DISTINCT :consumer, source, event_id"
            " FROM unnest(CAST(:sources AS text[]), CAST(:ids AS text[])) AS received (source, event_id)"
            " ON CONFLICT DO NOTHING RETURNING source, event_id",
            {
                "consumer": self._group,
                "sources": array_text(event.source for event in events),
                "ids": array_text(event.id for event in events),
            },
        )
        return set(await claimed.fetchall())

    async def _dead_letter(self, message: InMessage, reason: str) -> None:
        topic = self._topics.get(message.topic)
        name = topic.dead_letters if topic else f"{message.topic}.dlq"
        await self._bus.publish(
            [
                OutMessage(
                    topic=name,
                    key=message.key,
                    value=message.value,
                    headers=(
                        *message.headers,
                        ("dlq_reason", reason),
                        ("dlq_group", self._group),
                        ("dlq_place", f"{message.topic}/{message.partition}/{message.offset}"),
                        ("dlq_at", datetime.now(UTC).isoformat(timespec="seconds")),
                    ),
                )
            ]
        )
        await failpoint_async("consumer.dead_lettered")
        dead_letters_total.labels(self._group, message.topic).inc()
        log.error("event.dead_lettered", group=self._group, topic=message.topic, offset=message.offset, reason=reason)


async def prune_inbox(session: AsyncSession, *, keep_days: int) -> None:
    """Forget events received more than `keep_days` ago."""
    await session.execute(
        text("DELETE FROM inbox WHERE received_at < now() - make_interval(days => :days)"), {"days": keep_days}
    )
