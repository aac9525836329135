"""The Kafka adapter: aiokafka with acks=all, idempotent producer, manual commits per partition."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import CommitFailedError, IllegalStateError, TopicAlreadyExistsError, for_code

from contracts import topics as catalogue
from servicekit.bus.kafka_address import KafkaAddress
from servicekit.bus.port import InMessage, OutMessage
from servicekit.failpoints import failpoint_async

PARTITIONS = 6
_DAY_MS = 24 * 3600 * 1000
# As long as the outbox keeps what it published: an event can be replayed from either.
_KEEP_EVENTS_DAYS = 30
# As long as the inbox remembers: a dead letter redriven later could have its effect twice.
_KEEP_DEAD_LETTERS_DAYS = 60
DEAD_LETTER_CONFIG = {"cleanup.policy": "delete", "retention.ms": str(_KEEP_DEAD_LETTERS_DAYS * _DAY_MS)}
_SEND_TIMEOUT_S = 30.0
_SESSION_TIMEOUT_MS = 10_000
# A member that joined while a topic was missing (a broker that lost everything) holds nothing until it looks again.
_METADATA_AGE_MS = 15_000


def topic_config(topic: catalogue.Topic) -> dict[str, str]:
    """Give the broker's configuration of a topic of the catalogue, wherever it is created."""
    if topic.is_compacted:
        return {"cleanup.policy": "compact"}
    return {"cleanup.policy": "delete", "retention.ms": str(_KEEP_EVENTS_DAYS * _DAY_MS)}


class KafkaBus:
    """Adapter of the `EventBus` port over Apache Kafka."""

    def __init__(self, address: str, *, client: str, replication: int | None = None) -> None:
        """Use the brokers at `address`: host:port, comma separated, or what `KafkaAddress` understands."""
        self._address = KafkaAddress.parse(address)
        self._client = client
        self._replication = replication
        self._producer: AIOKafkaProducer | None = None
        self._prober: AIOKafkaAdminClient | None = None
        self._is_in_doubt = False  # whether the broker still is what it was at `start`
        self._lock = asyncio.Lock()

    async def start(self) -> None:
        """Connect; create the catalogue's topics that are missing, each with its dead-letter topic."""
        admin = AIOKafkaAdminClient(client_id=f"bangfu-{self._client}", **self._address.client_options())
        await admin.start()
        try:
            if not self._address.creates_topics:
                return
            existing = set(await admin.list_topics())
            wanted = [
                new
                for topic in catalogue.ALL
                for new in (
                    self._new_topic(topic.name, PARTITIONS, topic_config(topic)),
                    self._new_topic(topic.dead_letters, 1, DEAD_LETTER_CONFIG),
                )
                if new.name not in existing
            ]
            await self._create(admin, wanted)
        finally:
            await admin.close()

    def _new_topic(self, name: str, partitions: int, config: dict[str, str] | None = None) -> NewTopic:
        return NewTopic(
            name,
            partitions,
            self._replication or -1,  # -1: the broker's default.replication.factor
            # aiokafka takes -1 only together with an (empty) assignment.
            replica_assignments=None if self._replication else {},
            topic_configs=config or {"cleanup.policy": "delete"},
        )

    async def _create(self, admin: AIOKafkaAdminClient, wanted: list[NewTopic]) -> None:
        if not wanted:
            return
        with contextlib.suppress(TopicAlreadyExistsError):
            response = await admin.create_topics(wanted)
            for name, code, *_ in response.topic_errors:
                error = for_code(code)
                # Four services start at once and race to create the same topics: the first wins.
                if code and not issubclass(error, TopicAlreadyExistsError):
                    raise error(f"topic {name} could not be created")

    async def ensure_topics(self, names: Sequence[str], *, partitions: int = 1) -> None:
        """Create topics outside the catalogue (tests, tools)."""
        admin = AIOKafkaAdminClient(client_id=f"bangfu-{self._client}", **self._address.client_options())
        await admin.start()
        try:
            existing = set(await admin.list_topics())
            await self._create(admin, [self._new_topic(name, partitions) for name in names if name not in existing])
        finally:
            await admin.close()

    async def ping(self) -> None:
        """Ask a broker for its metadata, over a connection kept for that."""
        prober, self._prober = self._prober, None
        if prober is None:
            prober = AIOKafkaAdminClient(
                client_id=f"bangfu-{self._client}", request_timeout_ms=2000, **self._address.client_options()
            )
        try:
            await prober.start()
            await prober.list_topics()
        except BaseException:
            with contextlib.suppress(Exception):
                await prober.close()
            raise
        self._prober = prober

    async def _running_producer(self) -> AIOKafkaProducer:
        if self._is_in_doubt:
            await self.start()  # it may have lost everything, its topics too
            self._is_in_doubt = False
        if self._producer is None:
            producer = AIOKafkaProducer(
                **self._address.client_options(),
                client_id=f"bangfu-{self._client}",
                acks="all",
                enable_idempotence=True,
                compression_type="lz4",
                linger_ms=0,
                max_batch_size=262_144,
                max_request_size=4 * 1024 * 1024,
                request_timeout_ms=10_000,
            )
            await producer.start()
            self._producer = producer
        return self._producer

    async def publish(self, messages: Sequence[OutMessage]) -> None:
        """Send all, then wait for every acknowledgement."""
        if not messages:
            return
        async with self._lock:  # one batch at a time keeps the order of the outbox
            producer = await self._running_producer()
            try:
                async with asyncio.timeout(_SEND_TIMEOUT_S):
                    futures = [
                        await producer.send(
                            message.topic,
                            key=message.key.encode(),
                            value=message.value,
                            headers=[(name, text.encode()) for name, text in message.headers],
                        )
                        for message in messages
                    ]
                    await failpoint_async("bus.produced")
                    await producer.flush()
                    for future in futures:
                        await future
            except BaseException:
                # Its sequence numbers are in doubt: a fresh producer sends the batch again, consumers dedupe.
                self._producer = None
                self._is_in_doubt = True
                with contextlib.suppress(Exception):
                    async with asyncio.timeout(2):
                        await producer.stop()
                raise

    async def consumer(self, group: str, topics: Sequence[str]) -> KafkaConsumer:
        """Join `group`."""
        consumer = AIOKafkaConsumer(
            *topics,
            **self._address.client_options(),
            client_id=f"bangfu-{self._client}",
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=_SESSION_TIMEOUT_MS,
            heartbeat_interval_ms=_SESSION_TIMEOUT_MS // 4,
            max_poll_interval_ms=300_000,
            metadata_max_age_ms=_METADATA_AGE_MS,
            isolation_level="read_committed",
        )
        await consumer.start()
        return KafkaConsumer(consumer)

    async def unread(self, group: str, topics: Sequence[str]) -> dict[str, int]:
        """Ask the brokers for the ends of the partitions and for the group's commits, without joining it."""
        admin = AIOKafkaAdminClient(client_id=f"bangfu-{self._client}", **self._address.client_options())
        meter = AIOKafkaConsumer(client_id=f"bangfu-{self._client}", **self._address.client_options())
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(meter.stop)
            await meter.start()
            stack.push_async_callback(admin.close)
            await admin.start()
            places = [
                TopicPartition(found["topic"], part["partition"])
                for found in await admin.describe_topics(list(topics))
                for part in found["partitions"]
            ]
            firsts = await meter.beginning_offsets(places)
            ends = await meter.end_offsets(places)
            commits = await admin.list_consumer_group_offsets(group, partitions=places)
        counts = dict.fromkeys(topics, 0)
        for place in places:
            counts[place.topic] += max(0, ends[place] - max(firsts[place], commits[place].offset))
        return counts

    async def tidy(self) -> None:
        """Nothing: the broker compacts and expires its topics."""

    async def close(self) -> None:
        """Flush and stop the producer."""
        if self._producer is not None:
            producer, self._producer = self._producer, None
            await producer.stop()
        if self._prober is not None:
            prober, self._prober = self._prober, None
            await prober.close()


class KafkaConsumer:
    """A member of a Kafka consumer group."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer

    async def fetch(self, *, max_messages: int, wait_s: float) -> list[InMessage]:
        """Give the next messages of the partitions assigned."""
        batches: dict[Any, list[Any]] = await self._consumer.getmany(
            timeout_ms=int(wait_s * 1000), max_records=max_messages
        )
        return [
            InMessage(
                topic=record.topic,
                partition=record.partition,
                offset=record.offset,
                key=(record.key or b"").decode(errors="replace"),
                value=record.value or b"",
                headers=tuple((name, (value or b"").decode(errors="replace")) for name, value in record.headers),
            )
            for records in batches.values()
            for record in records
        ]

    async def commit(self, messages: Sequence[InMessage]) -> None:
        """Commit the place after the last message of each partition, and only of those partitions.

        A partition lost to a rebalance fails the commit; that is harmless, the inbox drops what comes again.
        """
        ends: dict[TopicPartition, int] = {}
        for message in messages:
            place = TopicPartition(message.topic, message.partition)
            ends[place] = max(ends.get(place, 0), message.offset + 1)
        held = self._consumer.assignment()
        ends = {place: end for place, end in ends.items() if place in held}
        if ends:
            with contextlib.suppress(CommitFailedError, IllegalStateError):
                await self._consumer.commit(ends)

    async def close(self) -> None:
        """Leave the group."""
        await self._consumer.stop()
