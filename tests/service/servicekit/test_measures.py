"""The gauges that an operator is woken by tell the truth, also while nothing works."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from prometheus_client import REGISTRY

from contracts import topics
from contracts.registry import AreaChanged
from servicekit import clock, dead_letters, outbox
from servicekit.bus.embedded import EmbeddedBus
from servicekit.bus.port import OutMessage
from servicekit.consumer import Consumer
from servicekit.db import Database
from servicekit.health import Readiness
from servicekit.ids import new_id

AREA = topics.AREA.name


def an_area() -> AreaChanged:
    return AreaChanged(
        area_code="990100000000", name="县", level="county", parent_code="990000000000", valid_from=date(2020, 1, 1)
    )


def gauge(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


async def test_the_outbox_tells_its_backlog_and_age_without_a_relay(database: Database) -> None:
    """P8."""
    await outbox.measure(database)
    assert gauge("bangfu_outbox_unpublished", service="registry") == 0
    assert gauge("bangfu_outbox_oldest_seconds", service="registry") == 0
    async with database.transaction() as session:
        await outbox.add(session, [an_area(), an_area()])
        connection: Any = await session.connection()
        await connection.exec_driver_sql(
            "UPDATE outbox SET time = %s WHERE id = (SELECT min(id) FROM outbox)",
            (clock.now() - timedelta(seconds=90),),
        )
    await outbox.measure(database)
    assert gauge("bangfu_outbox_unpublished", service="registry") == 2
    age_s = gauge("bangfu_outbox_oldest_seconds", service="registry")
    assert age_s is not None
    assert 90 <= age_s < 120


async def test_a_consumer_tells_what_it_has_not_read_and_what_was_put_aside(
    database: Database, bus: EmbeddedBus
) -> None:
    group = f"group-{new_id()}"

    async def handle(*_: Any) -> None:
        return

    consumer = Consumer(group, database=database, bus=bus, handlers={topics.AREA: handle})
    await bus.publish([OutMessage(AREA, "990000000000", b"no event"), OutMessage(AREA, "990000000000", b"nor this")])
    await consumer.measure()
    assert gauge("bangfu_events_unread", group=group, topic=AREA) == 2
    member = await bus.consumer(group, [AREA])
    messages = await member.fetch(max_messages=10, wait_s=5)
    await consumer.handle(messages)
    await member.commit(messages)
    await member.close()
    await consumer.measure()
    assert gauge("bangfu_events_unread", group=group, topic=AREA) == 0
    assert gauge("bangfu_dead_letters_open", topic=AREA) == 2
    await dead_letters.redrive(bus, topics.AREA)
    await consumer.measure()
    assert gauge("bangfu_dead_letters_open", topic=AREA) == 0
    assert gauge("bangfu_events_unread", group=group, topic=AREA) == 2


async def test_connections_in_use_are_told_and_a_closed_pool_is_forgotten(database: Database) -> None:
    def used() -> float:
        return gauge("bangfu_database_connections", service="registry", state="used") or 0

    before = used()
    async with database.transaction() as session:
        await session.connection()
        assert used() == before + 1
    assert used() == before


async def test_readiness_is_a_gauge_of_what_was_answered_last() -> None:
    async def fails() -> None:
        raise ConnectionError

    await Readiness().failures()
    assert gauge("bangfu_ready") == 1
    await Readiness([("database", fails)]).failures()
    assert gauge("bangfu_ready") == 0
