"""Outbox, relay, inbox and dead letters together, on either bus: every change announced, every event one effect."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import Any

import orjson
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.envelope import CloudEvent
from contracts.registry import AreaChanged
from contracts.topics import AREA
from servicekit import outbox, tracing
from servicekit.bus.embedded import EmbeddedBus
from servicekit.bus.port import Consumer as BusConsumer
from servicekit.bus.port import EventBus, OutMessage
from servicekit.consumer import Consumer, InvalidEvent
from servicekit.db import Database, copy_rows
from servicekit.dead_letters import redrive
from servicekit.ids import new_id
from servicekit.outbox import Relay


def area(n: int, name: str = "村") -> AreaChanged:
    return AreaChanged(
        area_code=f"990101101{n:03d}",
        name=name,
        level="village",
        parent_code="990101101000",
        valid_from=date(2024, 1, 1),
    )


async def record(session: AsyncSession, events: Sequence[CloudEvent[Any]]) -> None:
    await copy_rows(session, "effect", [{"event_id": e.id, "area_code": e.data.area_code} for e in events])


async def effects(database: Database) -> list[str]:
    async with database.transaction() as session:
        return [row[0] for row in await session.execute(text("SELECT event_id FROM effect"))]


async def until(condition: Callable[[], Awaitable[bool]], timeout_s: float = 30.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not await condition():
        assert time.monotonic() < deadline, "timed out"
        await asyncio.sleep(0.05)


@contextlib.asynccontextmanager
async def running(*tasks: Callable[[asyncio.Event], Awaitable[None]]) -> Any:
    stop = asyncio.Event()
    started = [asyncio.ensure_future(task(stop)) for task in tasks]
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(asyncio.gather(*started), 20)


async def test_a_committed_change_is_announced_and_has_one_effect(any_bus: EventBus, database: Database) -> None:
    group = f"group-{new_id()}"
    consumer = Consumer(group, database=database, bus=any_bus, handlers={AREA: record})
    async with running(Relay(database, any_bus).run, consumer.run):
        async with database.transaction() as session:
            await outbox.add(session, [area(n) for n in range(30)])

        async def arrived() -> bool:
            return len(await effects(database)) >= 30

        await until(arrived)
    async with database.transaction() as session:
        sent = {str(row[0]) for row in await session.execute(text("SELECT event_id FROM outbox"))}
        unpublished = (await session.execute(text("SELECT count(*) FROM outbox WHERE published_at IS NULL"))).scalar()
    assert sent <= set(await effects(database))
    assert unpublished == 0
    assert len(await effects(database)) == len(set(await effects(database)))


async def test_the_trace_of_the_request_goes_on_in_the_event_and_its_consumer(
    any_bus: EventBus, database: Database
) -> None:
    request = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    traces: list[str | None] = []

    async def note_trace(_: AsyncSession, events: Sequence[CloudEvent[Any]]) -> None:
        # A batch goes on under the trace of its first event; on a shared broker that may be somebody else's.
        if events[0].data.name == "traced":
            traces.append(tracing.trace_id())
        traces.extend(event.traceparent.split("-")[1] for event in events if event.data.name == "traced")

    tracing.set_traceparent(request)
    async with database.transaction() as session:
        await outbox.add(session, area(1, "traced"))
    tracing.set_traceparent(None)
    consumer = Consumer(f"group-{new_id()}", database=database, bus=any_bus, handlers={AREA: note_trace})
    async with running(Relay(database, any_bus).run, consumer.run):

        async def arrived() -> bool:
            return bool(traces)

        await until(arrived)
    assert set(traces) == {"0af7651916cd43dd8448eb211c80319c"}


async def test_rows_are_announced_in_one_statement_as_their_model_would_be(
    any_bus: EventBus, database: Database
) -> None:
    got: list[AreaChanged] = []

    async def note(_: AsyncSession, events: Sequence[CloudEvent[Any]]) -> None:
        got.extend(event.data for event in events if event.data.name == "成批\t\\村")

    async with database.transaction() as session:
        count = await outbox.add_select(
            session,
            AreaChanged,
            {
                "area_code": "'990101101' || lpad(n::text, 3, '0')",
                "name": "CAST(:name AS text)",
                "level": "'village'",
                "parent_code": "'990101101000'",
                "valid_from": "CAST('2024-01-01' AS date)",
            },
            "generate_series(1, 3) n ORDER BY n",
            {"name": "成批\t\\村"},
        )
        await outbox.add(session, (outbox.written(area(n, "成批\t\\村"), new_id()) for n in range(4, 6)))
    assert count == 3
    consumer = Consumer(f"group-{new_id()}", database=database, bus=any_bus, handlers={AREA: note})
    async with running(Relay(database, any_bus).run, consumer.run):

        async def arrived() -> bool:
            return len(got) >= 5

        await until(arrived)
    assert sorted(got, key=lambda data: data.area_code) == [area(n, "成批\t\\村") for n in range(1, 6)]


async def test_a_rolled_back_change_is_never_announced(database: Database, postgres: Any) -> None:
    bus = EmbeddedBus(postgres.create_database(f"bus_{new_id().replace('-', '')[-12:]}"), client="tests")
    await bus.start()
    with contextlib.suppress(RuntimeError):
        async with database.transaction() as session:
            await outbox.add(session, area(1))
            raise RuntimeError("the use case failed")
    async with database.transaction() as session:
        await outbox.add(session, area(2))
    consumer = await bus.consumer(f"group-{new_id()}", [AREA.name])
    async with running(Relay(database, bus).run):
        messages = await consumer.fetch(max_messages=10, wait_s=10)
    await consumer.close()
    await bus.close()
    assert [orjson.loads(message.value)["data"]["area_code"] for message in messages] == [area(2).area_code]


async def test_transactions_that_commit_in_reverse_order_are_both_announced(database: Database, postgres: Any) -> None:
    """Sequence order is not commit order: `id > last` would lose the earlier row for ever."""
    bus = EmbeddedBus(postgres.create_database(f"bus_{new_id().replace('-', '')[-12:]}"), client="tests")
    await bus.start()
    async with running(Relay(database, bus).run):
        async with database.transaction() as slow:
            await outbox.add(slow, area(1))
            async with database.transaction() as fast:
                await outbox.add(fast, area(2))
            consumer = await bus.consumer("group", [AREA.name])
            assert await _next_keys(consumer) == [area(2).area_code]
        assert await _next_keys(consumer) == [area(1).area_code]
        await consumer.close()
    await bus.close()


async def test_two_relays_publish_each_row_once_and_in_order(database: Database, postgres: Any) -> None:
    bus = EmbeddedBus(postgres.create_database(f"bus_{new_id().replace('-', '')[-12:]}"), client="tests")
    await bus.start()
    async with running(Relay(database, bus, batch_size=10).run, Relay(database, bus, batch_size=10).run):
        for start in range(0, 200, 20):
            async with database.transaction() as session:
                await outbox.add(session, [area(n) for n in range(start, start + 20)])

        async def published() -> bool:
            async with database.transaction() as session:
                query = text("SELECT count(*) FROM outbox WHERE published_at IS NULL")
                return (await session.execute(query)).scalar() == 0

        await until(published)
    consumer = await bus.consumer("group", [AREA.name])
    received = await consumer.fetch(max_messages=1000, wait_s=1)
    assert [m.key for m in received] == [area(n).area_code for n in range(200)]
    await consumer.close()
    await bus.close()


async def test_the_same_event_twice_has_one_effect(database: Database, bus: EmbeddedBus) -> None:
    consumer = Consumer("group", database=database, bus=bus, handlers={AREA: record})
    async with database.transaction() as session:
        await outbox.add(session, area(1))
    messages = await _messages_of(database, bus)
    await consumer.handle([*messages, *messages])
    await consumer.handle(messages)
    assert len(await effects(database)) == 1


async def test_what_cannot_be_decoded_is_dead_lettered_and_the_rest_goes_on(
    any_bus: EventBus, database: Database
) -> None:
    group = f"group-{new_id()}"
    unique = new_id()
    consumer = Consumer(group, database=database, bus=any_bus, handlers={AREA: record})
    good = _event(area(7), unique)
    await any_bus.publish(
        [
            OutMessage(AREA.name, "k", b"not json"),
            OutMessage(AREA.name, "k", orjson.dumps(good | {"type": "bangfu.unknown.v9"})),
            OutMessage(AREA.name, "k", orjson.dumps(good | {"data": {"area_code": "x"}})),
            OutMessage(AREA.name, "k", orjson.dumps(good)),
        ]
    )
    async with running(consumer.run):

        async def arrived() -> bool:
            return unique in await effects(database)

        await until(arrived)
    dead = await any_bus.consumer(f"group-{new_id()}", [AREA.dead_letters])
    letters = []
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        letters += [m for m in await dead.fetch(max_messages=100, wait_s=1) if dict(m.headers)["dlq_group"] == group]
        if len(letters) >= 3:
            break
    await dead.close()
    assert len(letters) == 3
    assert {"dlq_reason", "dlq_place"} <= dict(letters[0].headers).keys()


async def test_a_poison_event_is_found_in_its_batch_and_can_be_redriven(database: Database, postgres: Any) -> None:
    bus = EmbeddedBus(postgres.create_database(f"bus_{new_id().replace('-', '')[-12:]}"), client="tests")
    await bus.start()
    is_mended = False

    async def choke_on_poison(session: AsyncSession, events: Sequence[CloudEvent[Any]]) -> None:
        await record(session, events)
        if not is_mended and any(event.data.name == "poison" for event in events):
            raise InvalidEvent("this name breaks the handler")

    consumer = Consumer("group", database=database, bus=bus, handlers={AREA: choke_on_poison})
    async with database.transaction() as session:
        await outbox.add(session, [area(n, "poison" if n == 13 else "村") for n in range(40)])
    messages = await _messages_of(database, bus)
    await consumer.handle(messages)
    assert len(await effects(database)) == 39
    is_mended = True
    assert await redrive(bus, AREA) == 1
    redriven = await bus.consumer("reader", [AREA.name])
    await consumer.handle(await redriven.fetch(max_messages=100, wait_s=1))
    assert len(await effects(database)) == 40
    await redriven.close()
    await bus.close()


async def test_a_handler_bug_is_retried_then_dead_lettered(
    database: Database, bus: EmbeddedBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("servicekit.consumer._BACK_OFF_S", (0.0, 0.0, 0.0))
    calls = 0

    async def broken(_: AsyncSession, __: Sequence[CloudEvent[Any]]) -> None:
        nonlocal calls
        calls += 1
        raise ZeroDivisionError

    consumer = Consumer("group", database=database, bus=bus, handlers={AREA: broken})
    async with database.transaction() as session:
        await outbox.add(session, area(1))
    await consumer.handle((await _messages_of(database, bus))[-1:])
    assert calls == 3
    assert await effects(database) == []


async def test_a_transient_failure_commits_nothing_and_is_raised(database: Database, bus: EmbeddedBus) -> None:
    async def disconnected(session: AsyncSession, events: Sequence[CloudEvent[Any]]) -> None:
        await record(session, events)
        raise ConnectionResetError

    consumer = Consumer("group", database=database, bus=bus, handlers={AREA: disconnected})
    async with database.transaction() as session:
        await outbox.add(session, area(1))
    messages = (await _messages_of(database, bus))[-1:]
    with pytest.raises(ConnectionResetError):
        await consumer.handle(messages)
    assert await effects(database) == []
    await Consumer("group", database=database, bus=bus, handlers={AREA: record}).handle(messages)
    assert len(await effects(database)) == 1


async def test_a_compacted_topic_keeps_the_newest_of_each_key(postgres: Any) -> None:
    bus = EmbeddedBus(postgres.create_database(f"bus_{new_id().replace('-', '')[-12:]}"), client="tests")
    await bus.start()
    await bus.publish([OutMessage(AREA.name, f"k{n % 3}", str(n).encode()) for n in range(12)])
    passed = await bus.consumer("passed", [AREA.name])
    await passed.commit(await passed.fetch(max_messages=9, wait_s=1))  # offsets 9 to 11 are not passed yet
    await bus.tidy()
    newcomer = await bus.consumer("newcomer", [AREA.name])
    kept = [int(message.value) for message in await newcomer.fetch(max_messages=100, wait_s=1)]
    assert kept == [6, 7, 8, 9, 10, 11]
    await passed.close()
    await newcomer.close()
    await bus.close()


async def _next_keys(consumer: BusConsumer) -> list[str]:
    """Keys of the next messages; an early empty answer (a wake-up that was for somebody else) is asked again."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        messages = await consumer.fetch(max_messages=10, wait_s=1)
        if messages:
            return [message.key for message in messages]
    return []


async def _messages_of(database: Database, bus: EmbeddedBus) -> Any:
    """Publish the outbox and give everything on the topic."""
    connection = await database.connect_raw()
    async with connection:
        while await Relay(database, bus).publish_batch(connection):
            pass
    reader = await bus.consumer(f"reader-{new_id()}", [AREA.name])
    messages = await reader.fetch(max_messages=1000, wait_s=1)
    await reader.close()
    return messages


def _event(fact: AreaChanged, event_id: str) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": "/bangfu/registry",
        "type": fact.event_type,
        "subject": fact.key,
        "time": "2026-11-10T01:00:00Z",
        "partitionkey": fact.key,
        "data": fact.model_dump(mode="json"),
    }


def test_a_group_reads_the_topics_that_the_contracts_say_and_no_others(database: Database, bus: EmbeddedBus) -> None:
    with pytest.raises(ValueError, match=r"alerts.clues reads \['sharing.finding.v1'\]"):
        Consumer("alerts.clues", database=database, bus=bus, handlers={AREA: record})
