"""The official CloudEvents SDKs read our messages whole, from the bus as it is and from the dead letters."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka
from cloudevents.core.formats.json import JSONFormat

from contracts.envelope import CloudEvent
from contracts.registry import AreaChanged
from servicekit import cloud_events, outbox, tracing
from servicekit.bus.port import EventBus, InMessage
from servicekit.consumer import Consumer
from servicekit.db import Database
from servicekit.ids import new_id
from servicekit.outbox import Relay, StoredEvent, message_of

ROOT = Path(__file__).resolve().parents[3]
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
EVENTS = [
    AreaChanged.model_validate(
        {
            "area_code": f"99010110120{n}",
            "name": f"“和平”村\t{n}",
            "level": "village",
            "parent_code": "990101101000",
            "valid_from": "2024-01-01",
        }
    )
    for n in range(3)
]


async def publish(bus: EventBus, topic: str) -> dict[str, AreaChanged]:
    """Publish the events to a topic nobody else uses, as the relay does; give them by id."""
    facts = {new_id(): fact for fact in EVENTS}
    at = datetime.fromisoformat("2026-11-10T01:02:03.456789+00:00")
    rows = [
        StoredEvent(0, event_id, topic, fact.key, fact.event_type, at, TRACE, fact.model_dump_json().encode())
        for event_id, fact in facts.items()
    ]
    await bus.publish([message_of(row, "/bangfu/registry") for row in rows])
    return facts


async def read(bus: EventBus, topic: str, count: int) -> list[InMessage]:
    consumer = await bus.consumer(f"group-{new_id()}", [topic])
    messages: list[InMessage] = []
    async with asyncio.timeout(30):
        while len(messages) < count:
            messages += await consumer.fetch(max_messages=100, wait_s=1.0)
    await consumer.close()
    return messages


def by_python(message: InMessage) -> tuple[dict[str, Any], Any]:
    """Give attributes and data as the SDK sees them; it finds the mode out by itself."""
    headers = {name: value.encode() for name, value in message.headers}
    event = from_kafka(KafkaMessage(headers, message.key, message.value), JSONFormat())
    return event.get_attributes(), event.get_data()


def check(told: dict[str, Any], data: Any, fact: AreaChanged) -> None:
    assert told["specversion"] == "1.0"
    assert told["source"] == "/bangfu/registry"
    assert told["type"] == fact.event_type
    assert told["subject"] == told["partitionkey"] == fact.area_code
    assert told["datacontenttype"] == "application/json"
    assert told["traceparent"] == TRACE
    at = told["time"] if isinstance(told["time"], datetime) else datetime.fromisoformat(told["time"])
    assert at == datetime.fromisoformat("2026-11-10T01:02:03.456789+00:00")
    assert AreaChanged.model_validate(data) == fact


async def test_python_reads_our_messages_whole(any_bus: EventBus, topic: str) -> None:
    facts = await publish(any_bus, topic)
    messages = await read(any_bus, topic, len(facts))
    content_types = {dict(message.headers)["content-type"] for message in messages}
    assert content_types == {"application/cloudevents+json; charset=utf-8"}
    for message in messages:
        told, data = by_python(message)
        check(told, data, facts[told["id"]])


async def test_python_reads_a_dead_letter_whole(any_bus: EventBus, database: Database) -> None:
    event_id = new_id()

    async def refuse(*_: Any) -> None:
        raise ValueError("the handler cannot take this one")

    tracing.set_traceparent(TRACE)
    async with database.transaction() as session:
        await outbox.add(session, [outbox.written(EVENTS[0], event_id)])
    tracing.set_traceparent(None)
    consumer = Consumer(f"group-{event_id}", database=database, bus=any_bus, handlers={AreaChanged.topic: refuse})
    stop = asyncio.Event()
    tasks = [asyncio.ensure_future(task(stop)) for task in (Relay(database, any_bus).run, consumer.run)]
    letters = await any_bus.consumer(f"group-{new_id()}", [AreaChanged.topic.dead_letters])
    found: list[dict[str, Any]] = []
    async with asyncio.timeout(30):
        while not found:
            messages = await letters.fetch(max_messages=100, wait_s=1.0)
            found = [told for message in messages if (told := by_python(message)[0])["id"] == event_id]
    stop.set()
    await asyncio.gather(letters.close(), *tasks)
    assert found[0]["type"] == AreaChanged.event_type


def test_headers_in_binary_mode_would_hide_the_event() -> None:
    """Why no header of ours begins with `ce_`."""
    event = CloudEvent[AreaChanged](
        id="1",
        source="/bangfu/registry",
        type=AreaChanged.event_type,
        subject="a",
        time=datetime.fromisoformat("2026-11-10T01:02:03+00:00"),
        partitionkey="a",
        data=EVENTS[0],
    )
    message = InMessage("t", 0, 0, "a", event.model_dump_json().encode(), (*cloud_events.headers("1"), ("ce_id", "1")))
    with pytest.raises(Exception, match="type"):
        by_python(message)


@pytest.mark.parametrize("any_bus", [pytest.param("kafka", marks=pytest.mark.kafka)], indirect=True)
async def test_java_reads_our_messages_whole(any_bus: EventBus, topic: str, request: pytest.FixtureRequest) -> None:
    address = request.getfixturevalue("kafka_address")
    facts = await publish(any_bus, topic)
    libraries = f"{ROOT}/build/kafka/libs/*"
    command = [
        shutil.which("java") or "java", "-cp", libraries,
        str(Path(__file__).with_name("ReadEvents.java")), address, topic, str(len(facts)),
    ]  # fmt: skip
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    lines = [orjson.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert {line["id"] for line in lines} == set(facts)
    for line in lines:
        check(line, line["data"], facts[line["id"]])
