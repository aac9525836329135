"""Dead letters: seen without personal data, redriven one by one or all (fault row 12; P3, P7)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.envelope import CloudEvent
from contracts.registry import AreaChanged
from contracts.topics import AREA
from servicekit.bus.embedded import EmbeddedBus
from servicekit.bus.port import InMessage, OutMessage
from servicekit.consumer import Consumer, InvalidEvent
from servicekit.db import Database
from servicekit.dead_letters import pending, redrive
from servicekit.embedded.postgres import EmbeddedPostgres
from servicekit.ids import new_id

ID_NUMBER = "990101199001011237"


def event(n: int, **data: Any) -> dict[str, Any]:
    fact = AreaChanged(
        area_code=f"990101101{n:03d}", name="村", level="village", parent_code=None, valid_from=date(2024, 1, 1)
    )
    return {
        "specversion": "1.0",
        "id": new_id(),
        "source": "/bangfu/registry",
        "type": fact.event_type,
        "subject": fact.key,
        "time": "2026-11-10T01:00:00Z",
        "partitionkey": fact.key,
        "data": fact.model_dump(mode="json") | data,
    }


class World:
    """A topic with a consumer that refuses villages whose code ends with an odd digit until it is mended."""

    def __init__(self, bus: EmbeddedBus, database: Database) -> None:
        self.bus = bus
        self.handled: list[str] = []
        self.is_mended = False
        self._consumer = Consumer("group", database=database, bus=bus, handlers={AREA: self._take}, batch_size=50)

    async def _take(self, _: AsyncSession, events: Sequence[CloudEvent[Any]]) -> None:
        for item in events:
            if not self.is_mended and int(item.data.area_code[-1]) % 2:
                raise InvalidEvent("odd villages are not understood")
        self.handled += [item.id for item in events]

    async def publish(self, *documents: dict[str, Any] | bytes) -> None:
        await self.bus.publish(
            [OutMessage(AREA.name, "k", item if isinstance(item, bytes) else orjson.dumps(item)) for item in documents]
        )

    async def consume(self) -> list[InMessage]:
        reader = await self.bus.consumer("group", [AREA.name])
        messages = await reader.fetch(max_messages=1000, wait_s=0.1)
        await self._consumer.handle(messages)
        await reader.commit(messages)
        await reader.close()
        return messages


@pytest.fixture
async def world(
    postgres: EmbeddedPostgres, database: Database, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World]:
    monkeypatch.setattr("servicekit.dead_letters._WAIT_S", 0.1)
    bus = EmbeddedBus(postgres.create_database(f"bus_{new_id().replace('-', '')[-12:]}"), client="tests")
    await bus.start()
    yield World(bus, database)
    await bus.close()


async def test_a_letter_tells_what_why_and_since_when(world: World) -> None:
    good, poison = event(2), event(3)
    await world.publish(good, poison)
    await world.consume()
    [letter] = await pending(world.bus, AREA)
    assert (letter.event_id, letter.type, letter.topic) == (poison["id"], poison["type"], AREA.name)
    assert (letter.group, letter.reason, letter.attempts) == ("group", "odd villages are not understood", 1)
    assert letter.place == f"{AREA.name}/0/1"
    assert datetime.now(UTC) - datetime.fromisoformat(letter.first_seen) < timedelta(minutes=5)
    assert [again.event_id for again in await pending(world.bus, AREA)] == [poison["id"]], "looking changes nothing"


async def test_one_letter_is_redriven_and_the_others_stay_in_their_order(world: World) -> None:
    poison = [event(n) for n in (1, 3, 5, 7)]
    await world.publish(*poison)
    await world.consume()
    world.is_mended = True
    assert await redrive(world.bus, AREA, event_id=poison[2]["id"]) == 1
    await world.consume()
    assert world.handled == [poison[2]["id"]]
    assert [letter.event_id for letter in await pending(world.bus, AREA)] == [poison[n]["id"] for n in (0, 1, 3)]
    assert await redrive(world.bus, AREA, event_id="unknown") == 0
    assert len(await pending(world.bus, AREA)) == 3
    assert await redrive(world.bus, AREA) == 3
    await world.consume()
    assert world.handled == [poison[n]["id"] for n in (2, 0, 1, 3)]
    assert await pending(world.bus, AREA) == []


async def test_a_letter_that_dies_again_keeps_its_age_and_counts_its_attempts(world: World) -> None:
    await world.publish(event(1))
    await world.consume()
    [first] = await pending(world.bus, AREA)
    for attempts in (2, 3):
        assert await redrive(world.bus, AREA) == 1
        await world.consume()
        [again] = await pending(world.bus, AREA)
        assert again.attempts == attempts
        assert (again.event_id, again.first_seen) == (first.event_id, first.first_seen)
    names = [name for name, _ in again.message.headers]
    assert len(names) == len(set(names))


async def test_an_event_that_failed_in_two_consumers_goes_out_once(world: World) -> None:
    await world.publish(event(1))
    await world.consume()
    [letter] = await pending(world.bus, AREA)
    other = [item for item in letter.message.headers if item[0] != "dlq_group"] + [("dlq_group", "other")]
    await world.bus.publish([OutMessage(AREA.dead_letters, "k", letter.message.value, tuple(other))])
    assert [found.group for found in await pending(world.bus, AREA)] == ["group", "other"]
    assert await redrive(world.bus, AREA) == 1


async def test_bytes_that_are_no_event_are_named_by_their_place_and_never_shown(world: World) -> None:
    """P7: what a letter shows holds no ID number, whatever its bytes hold."""
    await world.publish(f"not json {ID_NUMBER}".encode(), event(1, name=ID_NUMBER, note="张三", amount="8500.00"))
    await world.consume()
    broken, refused = await pending(world.bus, AREA)
    assert broken.event_id == broken.place == f"{AREA.name}/0/0"
    assert broken.masked_payload()["bytes"] == len(f"not json {ID_NUMBER}")
    shown = refused.masked_payload()
    assert (shown["id"], shown["data"]["area_code"]) == (refused.event_id, "990101101001")
    assert (shown["data"]["name"], shown["data"]["note"], shown["data"]["amount"]) == ("***", "***", "***")
    told = f"{broken} {refused} {broken.masked_payload()} {shown}"
    assert ID_NUMBER not in told
    assert "张三" not in told
    assert await redrive(world.bus, AREA, event_id=broken.place) == 1
