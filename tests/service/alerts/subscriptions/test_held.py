"""After a restore nothing is sent to the outside until an operator says so."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from alerts_world import finding, new_household
from webhook_bench import Bench
from webhook_receiver import Receiver

from bangfu_backup import era
from bangfu_local.embedded.held import held_since
from contracts.topics import ALERT, CLUE
from servicekit import outward
from servicekit.bus.embedded import EmbeddedBus
from servicekit.ids import new_id
from servicekit.outbox import Relay


@pytest.fixture
def held(bench: Bench) -> Any:
    """A database that a restore has just written; sending goes on after the test."""
    url = bench.world.database.url
    with psycopg.connect(url) as connection:
        era.hold_back(connection)
    yield url
    era.resume(url)


async def test_no_webhook_leaves_until_it_is_resumed_and_then_all_do(
    bench: Bench, receiver: Receiver, held: str
) -> None:
    subscription = await bench.subscribe(receiver.url())
    await bench.publish()
    await bench.sender.settle()
    assert receiver.received == []
    assert [item["state"] for item in await bench.deliveries(subscription)] == ["pending"]
    assert held_since(held) is not None
    assert era.resume(held) is not None
    for _ in range(3):  # a machine under load may need another attempt
        await bench.sender.settle()
        bench.clock.ahead += timedelta(minutes=6)
    assert [item["state"] for item in await bench.deliveries(subscription)] == ["delivered"]
    assert receiver.received
    assert era.resume(held) is None, "a second time there is nothing to resume"


async def test_the_relay_keeps_the_topics_that_others_read(bench: Bench, held: str, postgres: Any) -> None:
    assert set(outward.topics_of("alerts")) == {CLUE.name, ALERT.name}
    bus = EmbeddedBus(postgres.create_database(f"bus_{new_id().replace('-', '')[-12:]}"), client="tests")
    await bus.start()
    await bench.world.fold(finding(new_household()))
    relay = Relay(bench.world.database, bus)
    async with await psycopg.AsyncConnection.connect(held, autocommit=True) as connection:
        assert await relay.publish_batch(connection) == 0
        era.resume(held)
        assert await relay.publish_batch(connection) > 0
    await bus.close()


async def test_probes_and_metrics_say_that_it_is_held(bench: Bench, held: str) -> None:
    remarks: dict[str, str] = {}
    await outward.measure(bench.world.database, remarks)
    assert "bangfu resume" in remarks["outward"]
    assert outward.is_held.labels("alerts")._value.get() == 1
    era.resume(held)
    await outward.measure(bench.world.database, remarks)
    assert remarks == {}
    assert outward.is_held.labels("alerts")._value.get() == 0
