"""The worker's parts together: events in over the bus, a webhook and events out."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx
import orjson
from alerts_world import World, finding, new_household, snapshot
from sqlalchemy import inspect
from webhook_receiver import running_receiver

from alerts import worker
from alerts.settings import AlertsSettings
from contracts import topics
from contracts.envelope import envelope_of
from contracts.gateway import ClientChanged
from contracts.vocabulary import RiskType
from servicekit import clock
from servicekit.bus.port import OutMessage
from servicekit.ids import new_id
from servicekit.outbox import Relay
from servicekit.tables import metadata_of


def message(data: Any) -> OutMessage:
    """Give a fact as its producer's relay publishes it."""
    event = envelope_of(data, event_id=new_id(), source="/bangfu/test", at=clock.now())
    return OutMessage(topic=data.topic.name, key=data.key, value=event.model_dump_json().encode())


async def test_findings_on_the_bus_become_alerts_on_the_bus_and_at_a_webhook(
    world: World, settings: AlertsSettings, bus: Any, client: httpx.AsyncClient, headers: Any
) -> None:
    async with running_receiver() as receiver:
        created = await client.post(
            "/v1/subscriptions",
            json={"name": "health", "channel": "webhook", "url": receiver.url()},
            headers=headers("subscriptions:manage"),
        )
        assert created.status_code == 201
        stop = asyncio.Event()
        relay = Relay(world.database, bus)
        running = [
            asyncio.create_task(task(stop)) for task in (relay.run, *worker.tasks(settings, world.database, bus))
        ]
        monitored, plain = new_household(), new_household()
        may_read = ClientChanged(
            client_id="town-101", version=1, is_active=True, scopes=["alerts:read"], areas=["990101000000"]
        )
        await bus.publish(
            [
                message(may_read),
                message(snapshot(monitored, is_monitored=True, open_risks=[RiskType.ILLNESS])),
                message(snapshot(plain)),
            ]
        )
        deadline = time.monotonic() + 20
        while not await world.rows("SELECT 1 FROM household WHERE household_id = :id", id=plain):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
        facts = [message(finding(monitored)), message(finding(plain))]
        await bus.publish([*facts, facts[1]])  # one of them twice
        consumer = await bus.consumer("test-reader", [topics.ALERT.name, topics.CLUE.name])
        seen: list[tuple[str, dict[str, Any]]] = []
        while not ({"alerts.alert.v1"} <= {topic for topic, _ in seen} and len(seen) >= 3 and receiver.received):
            assert time.monotonic() < deadline
            messages = await consumer.fetch(max_messages=100, wait_s=0.5)
            seen += [(item.topic, orjson.loads(item.value)) for item in messages]
        await consumer.close()
        stop.set()
        await asyncio.wait_for(asyncio.gather(*running), 20)
    alerts = [event for topic, event in seen if topic == "alerts.alert.v1"]
    assert [event["data"]["household_id"] for event in alerts] == [plain]
    states = {event["data"]["household_id"]: event["data"]["state"] for topic, event in seen if "clue" in topic}
    assert states == {monitored: "existing_case", plain: "dispatched"}
    assert receiver.ids() == [alerts[0]["id"]]
    assert receiver.received[0].event == alerts[0]


async def test_finding_waits_for_the_snapshot_of_its_household(world: World) -> None:
    """A finding may overtake the snapshot, which travels on another topic."""
    from alerts_world import event_of

    from alerts.clues.consumers import finding_handler

    household = new_household()

    async def fold() -> None:
        async with world.database.transaction() as session:
            await finding_handler(5.0)(session, [event_of(finding(household))])

    folding = asyncio.create_task(fold())
    await asyncio.sleep(0.3)
    assert not folding.done()
    await world.register(snapshot(household, is_monitored=True, open_risks=[RiskType.ILLNESS]))
    await asyncio.wait_for(folding, 5)
    (clue,) = await world.clues(household)
    assert clue["state"] == "existing_case"


async def test_table_classes_name_the_columns_that_the_migration_made(world: World) -> None:
    async with world.database.engine.connect() as connection:
        made = await connection.run_sync(
            lambda sync: {
                name: {column["name"] for column in inspect(sync).get_columns(name)}
                for name in metadata_of("alerts").tables
            }
        )
    assert made == {name: set(table.columns.keys()) for name, table in metadata_of("alerts").tables.items()}
