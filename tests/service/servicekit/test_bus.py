"""The contract of the bus, held by both adapters (see servicekit.bus.port)."""

from __future__ import annotations

import asyncio
import time

from servicekit.bus.port import Consumer, EventBus, InMessage, OutMessage
from servicekit.ids import new_id


async def drain(consumer: Consumer, wanted: int, *, timeout_s: float = 30.0) -> list[InMessage]:
    """Fetch until `wanted` messages came or the time is over; what a rebalance gives twice counts once."""
    received: dict[tuple[int, int], InMessage] = {}
    deadline = time.monotonic() + timeout_s
    while len(received) < wanted and time.monotonic() < deadline:
        for message in await consumer.fetch(max_messages=500, wait_s=1.0):
            received.setdefault((message.partition, message.offset), message)
    return list(received.values())


def messages(topic: str, count: int, *, keys: int = 7) -> list[OutMessage]:
    return [
        OutMessage(topic, f"household-{n % keys}", f'{{"n": {n}}}'.encode(), (("event_id", str(n)),))
        for n in range(count)
    ]


async def test_what_was_published_arrives_whole_and_in_order_per_key(any_bus: EventBus, topic: str) -> None:
    sent = messages(topic, 1200)
    await any_bus.publish(sent[:700])
    await any_bus.publish(sent[700:])
    consumer = await any_bus.consumer(f"group-{new_id()}", [topic])
    received = await drain(consumer, len(sent))
    await consumer.close()
    assert {message.value for message in received} == {message.value for message in sent}
    assert len(received) == len(sent)
    for key in {message.key for message in sent}:
        assert [m.value for m in received if m.key == key] == [m.value for m in sent if m.key == key]
    assert received[0].headers[0][0] == "event_id"


async def test_a_group_begins_after_what_it_committed(any_bus: EventBus, topic: str) -> None:
    await any_bus.publish(messages(topic, 50))
    group = f"group-{new_id()}"
    first = await any_bus.consumer(group, [topic])
    received = await drain(first, 50)
    done = received[:30]
    await first.commit(done)
    await first.close()
    second = await any_bus.consumer(group, [topic])
    again = await drain(second, 20)
    await second.close()
    places_done = {(m.partition, m.offset) for m in done}
    behind = {
        (m.partition, m.offset)
        for m in received
        if m.offset > max([d.offset for d in done if d.partition == m.partition], default=-1)
    }
    assert {(m.partition, m.offset) for m in again} == behind
    assert not places_done & {(m.partition, m.offset) for m in again}


async def test_two_groups_each_see_everything(any_bus: EventBus, topic: str) -> None:
    await any_bus.publish(messages(topic, 20))
    for _ in range(2):
        consumer = await any_bus.consumer(f"group-{new_id()}", [topic])
        assert len(await drain(consumer, 20)) == 20
        await consumer.close()


async def test_an_idle_consumer_is_woken_by_a_publish(any_bus: EventBus, topic: str) -> None:
    consumer = await any_bus.consumer(f"group-{new_id()}", [topic])
    await consumer.fetch(max_messages=1, wait_s=0.5)  # joins the group
    waiting = asyncio.create_task(drain(consumer, 1))
    await asyncio.sleep(0.3)
    started = time.monotonic()
    await any_bus.publish(messages(topic, 1))
    assert len(await waiting) == 1
    assert time.monotonic() - started < 4.0  # woken, not found by the safety poll of five seconds
    await consumer.close()


async def test_a_second_member_takes_over_when_the_first_leaves(any_bus: EventBus, topic: str) -> None:
    group = f"group-{new_id()}"
    first = await any_bus.consumer(group, [topic])
    await any_bus.publish(messages(topic, 5))
    received = await drain(first, 5)
    await first.commit(received)
    second = await any_bus.consumer(group, [topic])
    await first.close()
    await any_bus.publish(messages(topic, 40)[5:])
    late = await drain(second, 35, timeout_s=40)
    await second.close()
    assert {m.value for m in late} == {m.value for m in messages(topic, 40)[5:]}


async def test_concurrent_publishers_lose_nothing(any_bus: EventBus, topic: str) -> None:
    consumer = await any_bus.consumer(f"group-{new_id()}", [topic])
    await asyncio.gather(*(any_bus.publish(messages(topic, 100)) for _ in range(5)))
    assert len(await drain(consumer, 500)) == 500
    await consumer.close()


async def test_what_a_group_has_not_committed_is_told_without_joining_it(any_bus: EventBus, topic: str) -> None:
    group = f"group-{new_id()}"
    await any_bus.publish(messages(topic, 40))
    consumer = await any_bus.consumer(group, [topic])
    received = await drain(consumer, 40)
    assert await any_bus.unread(group, [topic]) == {topic: 40}, "read is not committed"
    await consumer.commit(received)
    await any_bus.publish(messages(topic, 7))
    assert await any_bus.unread(group, [topic]) == {topic: 7}
    assert await any_bus.unread(f"group-{new_id()}", [topic]) == {topic: 47}
    await consumer.close()
