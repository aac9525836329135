"""Rows 7, 18 and 19 on Apache Kafka: a broker killed, frozen, cut off, emptied. P3: every change, one effect."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.envelope import CloudEvent
from contracts.registry import AreaChanged
from contracts.topics import AREA
from faults.broker import KafkaBroker
from faults.nemesis.proxy import TcpProxy, Way
from faults.nemesis.waiting import until
from scripts.java_server import UnavailableError
from servicekit import messaging_tables, outbox, replay
from servicekit.bus.kafka import KafkaBus
from servicekit.consumer import Consumer
from servicekit.db import Database, copy_rows
from servicekit.embedded.postgres import EmbeddedPostgres
from servicekit.health import Readiness
from servicekit.ids import new_id

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(240)]


class World:
    """A relay and a consumer on a broker behind a proxy; `write` announces, `effects` counts what came of it."""

    def __init__(self, broker: KafkaBroker, way: TcpProxy, database: Database, bus: KafkaBus) -> None:
        self.broker = broker
        self.way = way
        self.database = database
        self.readiness = Readiness([("bus", bus.ping)])
        self._written = 0

    async def write(self, count: int = 20) -> None:
        """Announce `count` areas, each in a transaction of its own."""
        for _ in range(count):
            self._written += 1
            area = AreaChanged(
                area_code=f"990101{self._written:06d}",
                name="村",
                level="village",
                parent_code=None,
                valid_from=date(2024, 1, 1),
            )
            async with self.database.transaction() as session:
                await outbox.add(session, area)

    async def all_have_one_effect(self) -> bool:
        """Whether every area arrived; fails when one arrived twice."""
        async with self.database.transaction() as session:
            result = await session.execute(text("SELECT count(*), count(DISTINCT area_code) FROM effect"))
            effects, areas = result.one()
        assert effects == areas, "an event had two effects"
        return bool(areas == self._written)

    async def is_ready(self) -> bool:
        """Whether readiness says that the bus answers."""
        return not await self.readiness.failures()


async def _record(session: AsyncSession, events: Sequence[CloudEvent[Any]]) -> None:
    await copy_rows(session, "effect", [{"area_code": event.data.area_code} for event in events])


@pytest.fixture(scope="module")
async def broker(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[KafkaBroker, TcpProxy]]:
    """A broker that tells its clients to come through a proxy."""
    async with TcpProxy("127.0.0.1", 1) as way:
        folder: Path = tmp_path_factory.mktemp("kafka")
        try:
            started = KafkaBroker(folder / "home", advertised_port=way.port)
        except UnavailableError as error:
            if os.environ.get("CI") == "true":
                raise
            pytest.skip(f"no Apache Kafka here: {error}")
        way.retarget("127.0.0.1", int(started.address.rpartition(":")[2]))
        yield started, way
        started.stop()


@pytest.fixture(scope="module")
async def world(broker: tuple[KafkaBroker, TcpProxy], postgres: EmbeddedPostgres) -> AsyncIterator[World]:
    """Relay and consumer at work."""
    url = postgres.create_database(f"kit_{new_id().replace('-', '')[-12:]}")
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        messaging_tables.create(Operations(MigrationContext.configure(connection)))
        connection.execute(text("CREATE TABLE effect (area_code text)"))
    engine.dispose()
    database = Database(url, service="registry")
    bus = KafkaBus(broker[1].address, client="nemesis")
    await bus.start()
    made = World(*broker, database, bus)
    stop = asyncio.Event()
    consumer = Consumer(f"nemesis-{new_id()}", database=database, bus=bus, handlers={AREA: _record})
    tasks = [asyncio.create_task(task(stop)) for task in (outbox.Relay(database, bus).run, consumer.run)]
    await made.write()
    await until(made.all_have_one_effect)
    yield made
    stop.set()
    for task in tasks:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(task, 20)
    await bus.close()
    await database.dispose()


async def test_a_broker_killed_under_load_costs_time_and_no_event(world: World) -> None:
    await world.write()
    world.broker.kill()
    try:
        await world.write()
        await until(lambda: _negated(world.is_ready), within_s=10)
    finally:
        await world.broker.start()
    await until(world.all_have_one_effect)
    await until(world.is_ready)


@pytest.mark.parametrize("way", [Way.TO_SERVER, Way.TO_CLIENT])
async def test_events_wait_for_a_broker_that_is_silent_in_one_direction(world: World, way: Way) -> None:
    world.way.hold(way)
    try:
        await world.write()
        await until(lambda: _negated(world.is_ready), within_s=10)
        assert not await world.all_have_one_effect()
    finally:
        world.way.heal()
    await until(world.all_have_one_effect)
    await until(world.is_ready)


async def test_events_wait_for_a_broker_that_is_cut_off(world: World) -> None:
    world.way.cut()
    try:
        await world.write()
        await until(lambda: _negated(world.is_ready), within_s=10)
    finally:
        world.way.heal()
    await until(world.all_have_one_effect)


@pytest.mark.soak
async def test_events_wait_for_a_frozen_broker(world: World) -> None:
    world.broker.pause()
    try:
        await world.write()
        await until(lambda: _negated(world.is_ready), within_s=10)
    finally:
        world.broker.resume()
    await until(world.all_have_one_effect)


@pytest.mark.soak  # a minute: the producer's patience, then the consumers' next look at the topics
async def test_a_broker_that_lost_everything_is_filled_again_from_the_outbox(world: World) -> None:
    """Its topics and the groups' offsets are gone, too; nobody restarts a worker."""
    await until(world.all_have_one_effect)
    world.broker.kill()
    await asyncio.to_thread(world.broker.wipe)
    await world.broker.start()
    async with world.database.transaction() as session:
        marked = await replay.mark(session, AREA.name)
        known: int = (await session.execute(text("SELECT count(*) FROM outbox"))).scalar_one()
    assert marked > 0
    await world.write()
    await until(world.all_have_one_effect, within_s=150)
    bus = KafkaBus(world.way.address, client="reader")
    reader = await bus.consumer(f"reader-{new_id()}", [AREA.name])
    found: set[str] = set()

    async def is_whole() -> bool:
        found.update(dict(message.headers)["event_id"] for message in await reader.fetch(max_messages=500, wait_s=1))
        return len(found) == known + 20

    await until(is_whole)
    await reader.close()


async def _negated(is_so: Callable[[], Awaitable[bool]]) -> bool:
    return not await is_so()
