"""Rights are looked up at each delivery, event and page: what was withdrawn ends, whoever opened it and whenever."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx
import pytest
from alerts_world import COUNTY, TOWN, World, event_of
from webhook_bench import MANAGE, Bench
from webhook_receiver import Receiver

from alerts.access.service import Rights
from alerts.feed.rules import AlertFilter
from alerts.feed.streams import stream
from alerts.subscriptions.consumers import on_clients
from contracts.gateway import ClientChanged
from promptly import promptly
from servicekit.areas import range_of
from servicekit.notifications import Wakeup

WITHDRAWN: list[dict[str, Any]] = [
    {"is_active": False},
    {"scopes": ["subscriptions:manage"]},
    {"scopes": []},
]


async def read_deliveries(bench: Bench, subscription: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(item["state"], item["last_error"]) for item in await bench.deliveries(subscription)]


@pytest.mark.parametrize("change", WITHDRAWN, ids=str)
async def test_webhooks_of_a_client_that_may_not_read_any_more_end(
    bench: Bench, receiver: Receiver, change: dict[str, Any]
) -> None:
    subscription = await bench.subscribe(receiver.url())
    await bench.publish()  # waits already when the right goes
    await bench.grant(**change)
    await bench.publish()
    await bench.sender.settle()
    assert receiver.received == []
    assert {state for state, _ in await read_deliveries(bench, subscription)} <= {"disabled"}
    shown = await bench.subscription(subscription)
    assert (shown["state"], shown["disabled_reason"]) == ("disabled", "access_withdrawn")
    await bench.grant()
    await bench.publish()
    await bench.sender.settle()
    assert receiver.received == [], "a subscription that was ended is switched on again by somebody, not by itself"


async def test_webhooks_of_a_client_that_lost_an_area_go_on_for_the_others(bench: Bench, receiver: Receiver) -> None:
    subscription = await bench.subscribe(receiver.url())
    kept, lost = await bench.publish(), await bench.publish(area_code="990101102201")
    await bench.grant(areas=[TOWN])
    later = await bench.publish(area_code="990101102201")
    await bench.sender.settle()
    assert [request.event["data"]["household_id"] for request in receiver.received] == [kept]
    assert lost != later
    assert ("disabled", "access_withdrawn") in await read_deliveries(bench, subscription)
    assert (await bench.subscription(subscription))["state"] == "active"


async def test_what_is_claimed_already_is_not_sent_when_the_right_goes(bench: Bench, receiver: Receiver) -> None:
    """A claim may wait behind a slow receiver; the right is looked up when its turn comes."""
    await bench.subscribe(receiver.url())
    await bench.publish()
    await bench.grant(areas=[TOWN])
    sender = bench.make_sender()
    # The lookup alone, without the statement that claims.
    right = await Rights(bench.world.database).of("town-101")
    assert right is not None
    assert right.covers_code(TOWN)
    assert not right.covers_code("990101102201")
    await bench.grant(is_active=False)
    await sender.settle()
    assert receiver.received == []


async def test_older_news_of_a_client_overrides_no_newer(bench: Bench, receiver: Receiver) -> None:
    await bench.subscribe(receiver.url())
    await bench.grant(is_active=False, version=10_000)
    await bench.grant(version=9_999)
    await bench.publish()
    await bench.sender.settle()
    assert receiver.received == []
    await bench.world.rows("DELETE FROM client_right WHERE client_id = 'town-101' RETURNING 1")


async def grant(world: World, client_id: str, version: int, **changes: Any) -> None:
    values: dict[str, Any] = {"is_active": True, "scopes": ["alerts:read"], "areas": [COUNTY]} | changes
    async with world.database.transaction() as session:
        await on_clients(session, [event_of(ClientChanged(client_id=client_id, version=version, **values))])


@pytest.mark.parametrize("change", [*WITHDRAWN[:2], {"areas": [TOWN]}], ids=str)
async def test_stream_ends_within_two_seconds_when_its_client_loses_something(
    world: World, change: dict[str, Any]
) -> None:
    low, high = range_of(COUNTY)

    async def ends(attempt: int) -> float:
        client_id = f"stream-{abs(hash(str(change)))}-{attempt}"
        await grant(world, client_id, 1)
        rights = Rights(world.database)

        async def goes_on() -> bool:
            right = await rights.of(client_id)
            return right is not None and right.may_read and right.covers(low, high)

        chunks = stream(
            world.database,
            Wakeup(world.database, "alerts_feed"),
            AlertFilter(areas=[(low, high)]),
            2**40,
            heartbeat_s=0.2,
            max_age_s=60,
            goes_on=goes_on,
        )
        assert (await anext(chunks)).startswith(b"retry:")
        assert await anext(chunks) == b": heartbeat\n\n"
        await grant(world, client_id, 2, **change)
        began = time.monotonic()
        async with asyncio.timeout(20):
            async for chunk in chunks:
                assert chunk == b": heartbeat\n\n"
        return time.monotonic() - began

    await promptly(ends, within_s=2)


@pytest.mark.parametrize("change", [*WITHDRAWN[:2], {"areas": [TOWN]}], ids=str)
async def test_page_is_refused_by_the_rights_of_now_whatever_the_token_says(
    world: World, client: httpx.AsyncClient, headers: Any, change: dict[str, Any]
) -> None:
    client_id = f"pages-{abs(hash(str(change)))}"
    caller = headers("alerts:read", client_id=client_id)
    assert (await client.get("/v1/alerts", headers=caller)).status_code == 200
    await grant(world, client_id, 1)
    assert (await client.get("/v1/alerts", headers=caller)).status_code == 200
    await grant(world, client_id, 2, **change)
    async with asyncio.timeout(10):
        while (await client.get("/v1/alerts", headers=caller)).status_code == 200:  # noqa: ASYNC110  half a second
            await asyncio.sleep(0.05)
    for path in ("/v1/alerts", "/v1/alerts/stream"):
        refused = await client.get(path, headers=caller)
        assert (refused.status_code, refused.json()["code"]) == (403, "alerts.access_withdrawn")


async def test_an_administrator_sees_and_ends_the_subscriptions_of_its_areas(bench: Bench, receiver: Receiver) -> None:
    mine = await bench.subscribe(receiver.url())
    administrator = bench.headers("subscriptions:administer", client_id="bureau")
    foreign = bench.headers("subscriptions:administer", client_id="elsewhere", areas=["990102000000"])
    other = bench.headers(*MANAGE, client_id="somebody-else")
    listed = await bench.client.get("/v1/subscriptions", headers=administrator)
    found = {item["id"]: item for item in listed.json()["items"]}
    assert found[mine["id"]]["client_id"] == "town-101"
    assert "secret" not in found[mine["id"]]
    only = await bench.client.get("/v1/subscriptions?client_id=nobody", headers=administrator)
    assert only.json()["items"] == []
    paged = await bench.client.get("/v1/subscriptions?limit=1", headers=administrator)
    assert len(paged.json()["items"]) == 1
    for stranger in (foreign, other):
        answer = await bench.client.get("/v1/subscriptions", headers=stranger)
        assert mine["id"] not in {item["id"] for item in answer.json()["items"]}
        assert (await bench.client.delete(f"/v1/subscriptions/{mine['id']}", headers=stranger)).status_code == 404
    refused = await bench.client.post(f"/v1/subscriptions/{mine['id']}/rotate-secret", headers=administrator)
    assert refused.status_code == 403, "an administrator ends a subscription; it does not take it over"
    assert (await bench.client.delete(f"/v1/subscriptions/{mine['id']}", headers=administrator)).status_code == 204
    await bench.publish()
    await bench.sender.settle()
    assert receiver.received == []
