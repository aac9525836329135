"""Everything that is on the bus, whichever bus it is, read without joining a group."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
import psycopg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from contracts import topics

if TYPE_CHECKING:
    from faults.arena import Arena


@dataclass(frozen=True)
class Message:
    """A message with its place."""

    topic: str
    partition: int
    offset: int
    key: str
    event_id: str
    value: bytes

    @property
    def data(self) -> dict[str, Any]:
        """The event's data."""
        found: dict[str, Any] = orjson.loads(self.value)["data"]
        return found


async def read_all(arena: Arena, names: Sequence[str]) -> list[Message]:
    """Every message of these topics, in the order of each partition."""
    return await (_read_kafka(arena, names) if arena.broker else _read_log(arena, names))


async def _read_log(arena: Arena, names: Sequence[str]) -> list[Message]:
    async with await psycopg.AsyncConnection.connect(arena.system.bus_database_url) as connection:
        cursor = await connection.execute(
            'SELECT topic, "offset", key, value, headers FROM bus_log WHERE topic = ANY(%s) ORDER BY 1, 2',
            (list(names),),
        )
        return [
            Message(topic, 0, offset, key, dict(headers).get("event_id", ""), bytes(value))
            async for topic, offset, key, value, headers in cursor
        ]


@asynccontextmanager
async def _kafka(arena: Arena, names: Iterable[str]) -> AsyncIterator[tuple[Any, Any, list[TopicPartition]]]:
    """An admin client, a consumer outside any group, and the partitions of those topics that exist."""
    assert arena.broker is not None
    admin = AIOKafkaAdminClient(bootstrap_servers=arena.broker.advertised_address)
    consumer = AIOKafkaConsumer(bootstrap_servers=arena.broker.advertised_address, enable_auto_commit=False)
    await admin.start()
    try:
        await consumer.start()
        wanted = sorted(set(names) & set(await admin.list_topics()))
        described = await admin.describe_topics(wanted) if wanted else []
        places = [
            TopicPartition(topic["topic"], partition["partition"])
            for topic in described
            for partition in sorted(topic["partitions"], key=lambda item: int(item["partition"]))
        ]
        yield admin, consumer, places
    finally:
        await consumer.stop()
        await admin.close()


async def _read_kafka(arena: Arena, names: Sequence[str]) -> list[Message]:
    found: list[Message] = []
    async with _kafka(arena, names) as (_, consumer, places):
        if not places:
            return []
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        # Not seek_to_beginning: it races with the reset to the end that `assign` begins.
        for place, begin in (await consumer.beginning_offsets(places)).items():
            consumer.seek(place, begin)
        for place in places:
            while await consumer.position(place) < ends[place]:
                for record in (await consumer.getmany(place, timeout_ms=1000)).get(place, []):
                    headers = {name: value.decode() for name, value in record.headers}
                    key, value = (record.key or b"").decode(), record.value or b""
                    found.append(
                        Message(place.topic, place.partition, record.offset, key, headers.get("event_id", ""), value)
                    )
    return found


async def unread(arena: Arena) -> dict[str, int]:
    """Messages that a group has not acknowledged, by `topic → group`; only where there are some."""
    ends, reached = await (_kafka_places(arena) if arena.broker else _log_places(arena))
    behind = {
        f"{topic.name} → {group}": sum(
            max(0, end - reached.get((group, *place), 0)) for place, end in ends.items() if place[0] == topic.name
        )
        for group, wanted in topics.GROUPS.items()
        for topic in wanted
    }
    return {name: count for name, count in behind.items() if count}


Places = tuple[dict[tuple[str, int], int], dict[tuple[str, str, int], int]]
"""Ends by (topic, partition), and what groups reached by (group, topic, partition)."""


async def _log_places(arena: Arena) -> Places:
    async with await psycopg.AsyncConnection.connect(arena.system.bus_database_url) as connection:
        ends = await (await connection.execute("SELECT topic, next_offset FROM bus_topic")).fetchall()
        reached = await (
            await connection.execute("SELECT consumer_group, topic, next_offset FROM bus_group_offset")
        ).fetchall()
    return {(topic, 0): end for topic, end in ends}, {(group, topic, 0): end for group, topic, end in reached}


async def _kafka_places(arena: Arena) -> Places:
    wanted = {topic.name for held in topics.GROUPS.values() for topic in held}
    async with _kafka(arena, wanted) as (admin, consumer, places):
        ends = {(place.topic, place.partition): end for place, end in (await consumer.end_offsets(places)).items()}
        reached = {
            (group, place.topic, place.partition): at.offset
            for group in topics.GROUPS
            for place, at in (await admin.list_consumer_group_offsets(group)).items()
        }
    return ends, reached
