"""One pushed record until its alert is at a Kafka consumer and at a webhook, against one bare event's way."""

from __future__ import annotations

import asyncio
import contextlib
import json
import statistics
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from bangfu_local.embedded.clients import BUREAU, SUBSCRIBER, department_client
from bangfu_local.embedded.settle import settle
from bench.data import PERIOD
from bench.harness import REGISTER, Bench, until
from bench.month import push_month
from bench.processes import Usage
from bench.results import Budget, Result, Series, must_be
from contracts import topics
from servicekit.bus.kafka import KafkaBus
from servicekit.ids import new_id

PUSHES = 240
_BLOCK = 40
_WARM_UP = 10
_PERSONS = 4_000
_ROWS = 1_000_000
_HOUSEHOLDS = 200
_LIMITED_RUNS = 10
_LIMIT_S = 30.0
_BARE_TOPIC = "bench.single"
_RISK = "01"  # of R-MED-02, which the record meets; the household may meet other rules as well
_CAUSE = "each push goes through four services and three transactions; the second table says which took the CPU"
_EMPTY = {
    "registry": REGISTER,
    "sharing": ("directory_household", "directory_person", "directory_income", "finding", "comparison_run", "delivery"),
    "alerts": ("household", "clue_source", "clue", "alert"),
}  # fmt: skip
_RECORD = {
    "year": 2026, "period_to": "2026-10-31", "total": "90000.00", "basic_paid": "20000.00", "critical_paid": "5000.00",
    "aid_paid": "5000.00", "self_paid_ytd": "60000.00", "inpatient_self_paid": "0.00",
    "outpatient_self_paid_month": "0.00",
}  # fmt: skip


class Arrivals:
    """When the first alert of each household came, by channel."""

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Future[float]] = {}

    def expect(self, household_id: str) -> asyncio.Future[float]:
        """Give what is done when the household's alert arrives; its result is the instant (perf_counter)."""
        return self._waiting.setdefault(household_id, asyncio.get_running_loop().create_future())

    def take_alert(self, event: Any) -> None:
        """Note an alert of the rule that the record meets."""
        if event["data"]["risk_type"] == _RISK:
            self.take(event["data"]["household_id"])

    def take(self, household_id: str) -> None:
        """Note an arrival; repeats change nothing."""
        found = self.expect(household_id)
        if not found.done():
            found.set_result(time.perf_counter())


async def measure(bench: Bench) -> list[Result]:
    """Time both, in blocks that take turns."""
    address = bench.need_kafka()
    pushes = PUSHES if not bench.options.is_small else 20
    people = await _county(bench, _PERSONS if not bench.options.is_small else 400)
    rows = await push_month(bench, bench.options.size(_ROWS, least=2000))
    must_be("a household for each push", len(people) >= pushes + _WARM_UP, True)
    queue = iter(people)
    at_kafka, at_webhook = Arrivals(), Arrivals()
    whole: list[tuple[float, float]] = []
    bare_ms: list[float] = []
    usage = Usage()
    async with (
        _kafka_reader(address, topics.ALERT.name, at_kafka.take_alert),
        _webhook(bench, at_webhook.take_alert),
        bench.system.client(department_client("MED")) as medical,
        _bare(bench, address) as send_bare,
    ):

        async def push() -> tuple[float, float]:
            household_id, id_no, name = next(queue)
            both = at_kafka.expect(household_id), at_webhook.expect(household_id)
            record = {"id_no": id_no, "name": name, **_RECORD}
            began = time.perf_counter()
            await medical.datasets.record("DS-MED-COST", PERIOD, record)
            async with asyncio.timeout(_LIMIT_S):
                return (await both[0] - began) * 1000, (await both[1] - began) * 1000

        for _ in range(_WARM_UP):
            await push()
            await send_bare()
        while len(whole) < pushes:
            async with bench.sampled():
                with bench.meter.timing() as block:
                    whole += [await push() for _ in range(min(_BLOCK, pushes - len(whole)))]
            usage.seconds += block.seconds
            usage.cpu = {name: usage.cpu.get(name, 0.0) + seconds for name, seconds in block.cpu.items()}
            bare_ms += [await send_bare() for _ in range(min(_BLOCK, pushes - len(bare_ms)))]
    raised = await bench.value("alerts", f"SELECT count(*) FROM alert WHERE kind = 'raised' AND risk_type = '{_RISK}'")
    must_be("alerts raised", raised, pushes + _WARM_UP)
    limited_ms = [await _limited_run(bench, _HOUSEHOLDS) for _ in range(_LIMITED_RUNS)]
    await _clear(bench)
    few = f"{statistics.median(limited_ms):.0f} / {max(limited_ms):.0f}"
    later = [max(pair) for pair in whole]
    ours = Series(f"{pushes} records one after the other: POST through the gateway until the alert is at both", [usage])
    print(f"    CPU a push, ms: { {name: round(cpu / pushes * 1000) for name, cpu in ours.cpu.items()} }", flush=True)
    figures = {"kafka": [a for a, _ in whole], "webhook": [b for _, b in whole], "both": later, "bare event": bare_ms}
    return [
        Result(
            "latency",
            "One record pushed until its alert is at a Kafka consumer and a webhook, idle system, p99",
            "commit, notify, produce, consume of one bare event, p99",
            p99(later) / p99(bare_ms),
            Budget("<=", 60),
            series={"system": ours},
            notes=[
                f"{rows:,} rows in the lists of the month",
                f"{_HOUSEHOLDS} households in one run, ms, p50 / most of {_LIMITED_RUNS}: {few}",
                "ms, p50 / p99: "
                + ", ".join(f"{name} {statistics.median(ms):.1f} / {p99(ms):.1f}" for name, ms in figures.items()),
                "CPU ms a push: "
                + ", ".join(
                    f"{name} {cpu / pushes * 1000:.0f}" for name, cpu in ours.cpu.items() if cpu / pushes > 0.001
                ),
            ],
            cause=_CAUSE,
        ),
        Result(
            "latency.p99", "The same, p99 in milliseconds", "-", p99(later), Budget("<=", 500), unit=" ms", cause=_CAUSE
        ),
    ]


def p99(values: list[float]) -> float:
    """The 99th percentile."""
    return statistics.quantiles(values, n=100, method="inclusive")[98]


async def _limited_run(bench: Bench, households: int) -> float:
    """Compare some households as if a record about each had been waiting; give the run's milliseconds."""
    key = new_id()
    async with bench.database("sharing") as database, database.transaction():
        await database.execute(
            "INSERT INTO comparison_run (id, kind, period, requested_by, requested_at)"
            " VALUES (%s, 'limited', %s, 'bench', now())",
            (key, PERIOD),
        )
        await database.execute(
            "INSERT INTO comparison_run_household SELECT %s, household_id FROM directory_household"
            " ORDER BY household_id LIMIT %s",
            (key, households),
        )
    ended = f"SELECT seconds FROM comparison_run WHERE id = '{key}' AND state = 'done'"

    async def has_ended() -> bool:
        return await bench.value("sharing", ended) is not None

    await until("a limited run", has_ended, _LIMIT_S)
    return float(await bench.value("sharing", ended)) * 1000


async def _clear(bench: Bench) -> None:
    await settle(bench.system)
    for service, tables in _EMPTY.items():
        await bench.empty(service, *tables)


async def _county(bench: Bench, persons: int) -> list[tuple[str, str, str]]:
    """Register a small county and wait until everybody knows it; give (household id, ID number, name) of each head."""
    await _clear(bench)
    async with bench.system.client(BUREAU) as bureau:
        await bureau.areas.import_file(bench.data.areas(persons))
        await bureau.households.import_file(bench.data.register(persons))
        await settle(bench.system)
        ids = {household.hh_no: household.id async for household in bureau.households.list()}
    with bench.data.register(persons).open(encoding="utf-8") as lines:
        heads = [(entry["hh_no"], entry["members"][0]) for entry in map(json.loads, lines)]
    return [(ids[hh_no], head["id_no"], head["name"]) for hh_no, head in heads]


@asynccontextmanager
async def _kafka_reader(address: str, topic: str, take: Callable[[Any], None]) -> AsyncIterator[None]:
    """A subscriber's own consumer, as aiokafka makes it, reading from now on."""
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=address, auto_offset_reset="latest", enable_auto_commit=False)
    await consumer.start()
    await consumer.seek_to_end()

    async def read() -> None:
        async for message in consumer:
            take(json.loads(message.value))

    task = asyncio.create_task(read())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await consumer.stop()


@asynccontextmanager
async def _webhook(bench: Bench, take: Callable[[Any], None]) -> AsyncIterator[None]:
    """A subscriber's endpoint; it answers 204 as soon as the body is there."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
                take(json.loads(await reader.readexactly(length)))
                writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with bench.system.client(SUBSCRIBER) as subscriber:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/alerts"
        subscription = await subscriber.subscriptions.create("bench", "webhook", url=url)
        try:
            yield
        finally:
            await subscriber.subscriptions.delete(subscription.id)
            server.close()


@asynccontextmanager
async def _bare(bench: Bench, address: str) -> AsyncIterator[Callable[[], Any]]:
    """The least that any outbox needs: a row committed with NOTIFY, a listener that produces it, a consumer."""
    bus = KafkaBus(address, client="bench")
    await bus.ensure_topics([_BARE_TOPIC], partitions=1)
    bench.psql.create("CREATE TABLE bare_outbox (id bigint PRIMARY KEY, data json NOT NULL)", "bare_outbox")
    producer = AIOKafkaProducer(bootstrap_servers=address, acks="all", enable_idempotence=True, linger_ms=0)
    await producer.start()
    arrivals = Arrivals()
    numbers = iter(range(1_000_000))
    async with (
        await psycopg.AsyncConnection.connect(bench.psql.url, autocommit=True) as listener,
        await psycopg.AsyncConnection.connect(bench.psql.url, autocommit=True) as writer,
        _kafka_reader(address, _BARE_TOPIC, lambda value: arrivals.take(value["id"])),
    ):
        await listener.execute("LISTEN bare_outbox")

        async def relay() -> None:
            async for notice in listener.notifies():
                await producer.send_and_wait(_BARE_TOPIC, notice.payload.encode())

        task = asyncio.create_task(relay())

        async def send() -> float:
            data = json.dumps({"id": str(next(numbers)), "fill": "x" * 400})
            arrival = arrivals.expect(json.loads(data)["id"])
            began = time.perf_counter()
            async with writer.transaction():
                await writer.execute("INSERT INTO bare_outbox VALUES (%s, %s)", (int(json.loads(data)["id"]), data))
                await writer.execute("SELECT pg_notify('bare_outbox', %s)", (data,))
            async with asyncio.timeout(_LIMIT_S):
                return (await arrival - began) * 1000

        try:
            yield send
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            await producer.stop()
