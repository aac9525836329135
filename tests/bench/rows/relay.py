"""Outbox relay to Apache Kafka against bare aiokafka produce of the same events."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from bench.harness import Bench, until
from bench.processes import Usage
from bench.results import Budget, Result, Series, must_be
from contracts.alerts import AlertPublished
from contracts.vocabulary import AlertKind, ClueState, RiskType, Severity
from servicekit import cloud_events
from servicekit.outbox import StoredEvent, message_of

FULL = 100_000
_BARE_TOPIC = "bench.alerts"
_PARTITIONS = 6
_AT = datetime(2026, 11, 10, tzinfo=UTC)


def _event(number: int) -> tuple[str, str]:
    """Key and data of one alert."""
    clue = str(uuid.UUID(int=(1 << 100) + number))
    fact = AlertPublished(
        alert_id=str(uuid.UUID(int=(2 << 100) + number)),
        position=number + 1,
        kind=AlertKind.RAISED,
        clue_id=clue,
        household_id=str(uuid.UUID(int=(3 << 100) + number // 2)),
        area_code="990101101201",
        risk_type=RiskType.ILLNESS,
        severity=Severity.RED,
        state=ClueState.DISPATCHED,
        rule_ids=["R-MED-02"],
        period="2026-10",
        due_at=_AT,
        raised_at=_AT,
        link=f"/v1/clues/{clue}",
    )
    return fact.household_id, fact.model_dump_json()


async def measure(bench: Bench) -> list[Result]:
    """Time both."""
    address = bench.need_kafka()
    count = bench.options.size(FULL)
    topic = AlertPublished.topic.name
    rows = [
        StoredEvent(
            number, str(uuid.UUID(int=(4 << 100) + number)), topic, key, AlertPublished.event_type, _AT, None, b""
        )
        for number in range(count)
        for key in [_event(number)[0]]
    ]
    data = [_event(number)[1] for number in range(count)]
    rendered = [
        message_of(row._replace(data=text.encode()), "/bangfu/alerts").value
        for row, text in zip(rows, data, strict=True)
    ]
    await _create_topic(address)

    async def relay() -> Usage:
        await bench.empty("alerts", "outbox")
        before = await _end(address, topic)
        async with bench.database("alerts") as writer:
            await writer.execute("BEGIN")
            async with (
                writer.cursor() as cursor,
                cursor.copy("COPY outbox (event_id, topic, key, type, time, data) FROM STDIN") as copy,
            ):
                for row, text in zip(rows, data, strict=True):
                    await copy.write_row((row.event_id, row.topic, row.key, row.type, row.time, text))
            # Nothing is visible to the relay, and nobody notified, before this commit.
            with bench.meter.timing() as usage:
                await writer.execute("COMMIT")

                async def is_empty() -> bool:
                    query = "SELECT EXISTS (SELECT FROM outbox WHERE published_at IS NULL)"
                    row = await (await writer.execute(query)).fetchone()
                    return row is not None and not row[0]

                await until("relay", is_empty, 600)
        must_be("events on the topic after the relay", await _end(address, topic) - before, count)
        return usage

    async def bare() -> Usage:
        before = await _end(address, _BARE_TOPIC)
        producer = AIOKafkaProducer(
            bootstrap_servers=address, acks="all", enable_idempotence=True, compression_type="lz4", linger_ms=0,
            max_batch_size=262_144, max_request_size=4 * 1024 * 1024,
        )  # fmt: skip
        await producer.start()
        with bench.meter.timing() as usage:
            futures = [
                await producer.send(
                    _BARE_TOPIC,
                    key=row.key.encode(),
                    value=value,
                    headers=[(name, value.encode()) for name, value in cloud_events.headers(row.event_id)],
                )
                for row, value in zip(rows, rendered, strict=True)
            ]
            await producer.flush()
            for future in futures:
                await future
        await producer.stop()
        must_be("events on the topic after aiokafka", await _end(address, _BARE_TOPIC) - before, count)
        return usage

    ours = Series(f"relay of alerts-worker: {count:,} alerts from the outbox to Kafka, each marked as published")
    theirs = Series(f"aiokafka: {count:,} rendered events, acks=all, idempotent, lz4, {_PARTITIONS} partitions")
    await bench.interleave([(ours, relay), (theirs, bare)])
    return [
        Result(
            "relay",
            "Outbox relay to Apache Kafka",
            "bare aiokafka produce of the same events",
            theirs.seconds / ours.seconds,
            Budget(">=", 0.5),
            series={"system": ours, "bare": theirs},
            notes=[f"{count / ours.seconds:,.0f} events/s against {count / theirs.seconds:,.0f}"],
        )
    ]


async def _create_topic(address: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    try:
        if _BARE_TOPIC not in await admin.list_topics():
            await admin.create_topics([NewTopic(_BARE_TOPIC, _PARTITIONS, 1)])
    finally:
        await admin.close()


async def _end(address: str, topic: str) -> int:
    """Number of events ever written to a topic."""
    consumer = AIOKafkaConsumer(bootstrap_servers=address)
    await consumer.start()
    try:
        ends = await consumer.end_offsets([TopicPartition(topic, number) for number in range(_PARTITIONS)])
    finally:
        await consumer.stop()
    return sum(ends.values())
