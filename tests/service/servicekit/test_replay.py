"""Replay from the outbox (P3, P4; fault row 7): what the broker lost comes again, and nothing has its effect twice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.envelope import CloudEvent
from contracts.registry import AreaChanged
from contracts.topics import AREA, HOUSEHOLD
from servicekit import outbox, replay
from servicekit.bus.embedded import EmbeddedBus
from servicekit.consumer import Consumer
from servicekit.db import Database, copy_rows
from servicekit.embedded.postgres import EmbeddedPostgres
from servicekit.ids import new_id
from servicekit.outbox import Relay


def area(n: int) -> AreaChanged:
    return AreaChanged(
        area_code=f"990101101{n:03d}",
        name="村",
        level="village",
        parent_code="990101101000",
        valid_from=date(2024, 1, 1),
    )


async def record(session: AsyncSession, events: Sequence[CloudEvent[Any]]) -> None:
    await copy_rows(session, "effect", [{"event_id": e.id, "area_code": e.data.area_code} for e in events])


async def effects(database: Database) -> list[str]:
    async with database.transaction() as session:
        result = await session.execute(text("SELECT area_code FROM effect ORDER BY area_code"))
        return [row[0] for row in result]


async def relay(database: Database, bus: EmbeddedBus, *, batches: int = 1000) -> None:
    """Do what the relay does, for at most `batches` batches of ten."""
    connection = await database.connect_raw()
    async with connection:
        for _ in range(batches):
            if not await Relay(database, bus, batch_size=10).publish_batch(connection):
                return


async def announce(database: Database, numbers: range) -> None:
    for number in numbers:
        async with database.transaction() as session:
            await outbox.add(session, area(number))


async def mark(database: Database, **limits: Any) -> int:
    async with database.transaction() as session:
        return await replay.mark(session, AREA.name, **limits)


async def read_all(bus: EmbeddedBus, group: str | None = None) -> list[Any]:
    reader = await bus.consumer(group or f"reader-{new_id()}", [AREA.name])
    messages = await reader.fetch(max_messages=10_000, wait_s=0.1)
    await reader.close()
    return messages


@pytest.fixture
async def bus(postgres: EmbeddedPostgres) -> EmbeddedBus:
    opened = EmbeddedBus(postgres.create_database(f"bus_{new_id().replace('-', '')[-12:]}"), client="tests")
    await opened.start()
    return opened


async def lose_everything(bus: EmbeddedBus) -> None:
    async with await bus._connect() as connection:
        await connection.execute("TRUNCATE bus_log, bus_topic, bus_group_offset")


async def test_after_the_broker_lost_everything_a_replay_gives_every_event_one_effect(
    database: Database, bus: EmbeddedBus
) -> None:
    consumer = Consumer("group", database=database, bus=bus, handlers={AREA: record})
    await announce(database, range(30))
    await relay(database, bus)
    await consumer.handle((await read_all(bus))[:12])
    await lose_everything(bus)
    assert await mark(database) == 30
    await relay(database, bus)
    await consumer.handle(await read_all(bus))
    assert await effects(database) == [area(n).area_code for n in range(30)]


async def test_a_replay_interrupted_by_a_crash_goes_on_and_keeps_the_order(
    database: Database, bus: EmbeddedBus
) -> None:
    """P4: older before newer, and both before what is written during the replay."""
    await announce(database, range(40))
    await relay(database, bus)
    await lose_everything(bus)
    await mark(database)
    await relay(database, bus, batches=2)  # and the process is gone
    await announce(database, range(40, 45))
    await relay(database, bus)
    assert [message.key for message in await read_all(bus)] == [area(n).area_code for n in range(45)]


async def test_only_the_time_and_key_asked_for_go_out_again(database: Database, bus: EmbeddedBus) -> None:
    await announce(database, range(10))
    await relay(database, bus)
    now = datetime.now(UTC)
    async with database.transaction() as session:
        await session.execute(
            text("UPDATE outbox SET published_at = :at - make_interval(days => id::int)"), {"at": now}
        )
    assert await mark(database, since=now - timedelta(days=4)) == 4
    await relay(database, bus)
    assert await mark(database, until=now - timedelta(days=8)) == 2
    assert await mark(database, until=now - timedelta(days=8)) == 0, "marked already: nothing to mark twice"
    await relay(database, bus)
    assert await mark(database, key=area(5).area_code) == 1
    await relay(database, bus)
    again = [message.key for message in await read_all(bus)][10:]
    assert again == [area(n).area_code for n in (0, 1, 2, 3, 8, 9, 5)]


async def test_other_topics_and_what_is_not_published_yet_are_left_alone(database: Database, bus: EmbeddedBus) -> None:
    await announce(database, range(2))
    await relay(database, bus)
    await announce(database, range(2, 3))
    async with database.transaction() as session:
        assert await replay.mark(session, HOUSEHOLD.name) == 0
        assert await replay.mark(session, AREA.name) == 2


async def test_the_event_published_again_is_the_event_published_before(database: Database, bus: EmbeddedBus) -> None:
    await announce(database, range(1))
    await relay(database, bus)
    await mark(database)
    await relay(database, bus)
    first, second = await read_all(bus)
    assert orjson.loads(first.value) == orjson.loads(second.value)
    assert first.headers == second.headers
