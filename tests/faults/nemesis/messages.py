"""Faults of what is on the bus: the same again, late and out of order, unreadable."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

import orjson
import psycopg

from contracts import topics
from contracts.envelope import EventData
from contracts.registry import AreaChanged, HouseholdSnapshotTaken
from contracts.sharing import FindingRaised
from faults.nemesis import Nemesis
from servicekit.bus import EventBus, InMessage, OutMessage, open_bus
from servicekit.ids import new_id

if TYPE_CHECKING:
    from faults.arena import Arena

POISON = b"{not json"
_MOST = 300
_READ_S = 3.0


class Duplicates(Nemesis):
    """Events that were handled long ago come again, with the same ids."""

    name = "duplicate-events"
    rows = (9,)

    async def strike(self, arena: Arena, rng: random.Random) -> None:
        """Publish some of two topics again, as a producer that never saw its acknowledgement."""
        async with bus_of(arena) as bus:
            for topic in rng.sample(topics.ALL, 2):
                known = await newest_of(bus, topic)
                await bus.publish(again(rng.sample(known, min(len(known), 50))))


class Reorder(Nemesis):
    """Old snapshots arrive after newer ones, when the inbox has forgotten them: a late redrive, a restored topic."""

    name = "stale-snapshots"
    rows = (10,)

    async def strike(self, arena: Arena, rng: random.Random) -> None:
        """Let the consumers forget some snapshots, then publish them again, shuffled over keys and partitions.

        The newest of each household goes last, because a compacted topic keeps the last one.
        """
        async with bus_of(arena) as bus:
            known = [message for message in await newest_of(bus, topics.HOUSEHOLD) if _version(message)]
            chosen = sorted({message.key for message in known})
            chosen = rng.sample(chosen, min(len(chosen), 30))
            late = [message for message in known if message.key in chosen]
            newest = {message.key: message for message in sorted(late, key=_version)}
            await self._forget(arena, [message_id(message) for message in late])
            rng.shuffle(late)
            await bus.publish(again([*late, *newest.values()]))

    async def _forget(self, arena: Arena, event_ids: Sequence[str]) -> None:
        for service in ("sharing", "alerts"):
            async with await psycopg.AsyncConnection.connect(arena.database_url(service)) as connection:
                await connection.execute(
                    "DELETE FROM inbox WHERE event_id = ANY(%s) AND consumer LIKE '%%.directory'", (list(event_ids),)
                )


class Poison(Nemesis):
    """What no consumer can read: to the dead letters with the reason, and the partition goes on."""

    name = "poison-messages"
    rows = (12,)

    async def strike(self, arena: Arena, rng: random.Random) -> None:
        """Put one of each kind between the good ones."""
        messages = [*unreadable(HouseholdSnapshotTaken), *unreadable(FindingRaised), breaks_its_handler()]
        rng.shuffle(messages)
        async with bus_of(arena) as bus:
            for message in messages:
                await bus.publish([message])


def unreadable(model: type[EventData]) -> list[OutMessage]:
    """Messages that cannot be decoded: no JSON, no envelope, unknown type, unknown version, data of another shape."""
    key = f"poison-{new_id()}"
    bodies = [
        b'{"specversion": "1.0", "id": ',
        b"[1, 2, 3]",
        envelope("bangfu.unknown.thing.happened.v1", key, {}),
        envelope(model.event_type.removesuffix("v1") + "v99", key, {}),
        envelope(model.event_type, key, {"household_id": 7}),
    ]
    return [OutMessage(model.topic.name, key, body) for body in bodies]


async def plant_poison(arena: Arena) -> None:
    """One message that nobody can read: each group puts it aside and goes on."""
    async with bus_of(arena) as bus:
        await bus.publish([OutMessage(topics.HOUSEHOLD.name, "poison", POISON)])


def breaks_its_handler() -> OutMessage:
    """An event of the right shape that the database refuses: a NUL character in an area's name."""
    area = AreaChanged(
        area_code="990199199199",
        name="毒\0村",
        level="village",
        parent_code="990199199000",
        valid_from=date(2024, 1, 1),
    )
    body = envelope(area.event_type, area.key, area.model_dump(mode="json"))
    return OutMessage(area.topic.name, area.key, body)


def envelope(kind: str, key: str, data: object, *, event_id: str | None = None) -> bytes:
    """A structured CloudEvent of this type."""
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": event_id or new_id(),
            "source": "/bangfu/registry",
            "type": kind,
            "subject": key,
            "time": "2026-11-10T01:00:00Z",
            "datacontenttype": "application/json",
            "partitionkey": key,
            "data": data,
        }
    )


def message_id(message: InMessage) -> str:
    """The event's id."""
    return dict(message.headers).get("event_id", "")


def again(messages: Sequence[InMessage]) -> list[OutMessage]:
    """The same messages, to publish."""
    return [OutMessage(message.topic, message.key, message.value, message.headers) for message in messages]


@contextlib.asynccontextmanager
async def bus_of(arena: Arena) -> AsyncIterator[EventBus]:
    """The run's bus, past the proxies."""
    bus = open_bus(arena.bus_url, client="nemesis")
    try:
        yield bus
    finally:
        await bus.close()


async def newest_of(bus: EventBus, topic: topics.Topic) -> list[InMessage]:
    """Some hundreds of the topic's messages, without leaving a group behind."""
    consumer = await bus.consumer(f"nemesis-{new_id()}", [topic.name])
    found: list[InMessage] = []
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_READ_S):
                while batch := await consumer.fetch(max_messages=_MOST, wait_s=0.5):
                    found = [*found, *batch][-_MOST:]
    finally:
        await consumer.close()
    return found


def _version(message: InMessage) -> int:
    """The snapshot's version; 0 for what is none: poison that somebody left on the topic."""
    with contextlib.suppress(orjson.JSONDecodeError, KeyError, TypeError):
        return int(orjson.loads(message.value)["data"]["version"])
    return 0
