"""Subscriptions over HTTP: shape, areas, owners, and what a deletion ends."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from alerts_world import VILLAGE
from webhook_bench import MANAGE, Bench, running, until
from webhook_receiver import Receiver

from servicekit.notifications import Wakeup


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"channel": "webhook"}, "/url"),
        ({"channel": "sse", "url": "https://hooks.example/x"}, "/url"),
        ({"channel": "webhook", "url": "http://169.254.169.254/latest"}, "/url"),
        ({"channel": "webhook", "url": "http://user:pw@127.0.0.1/"}, "/url"),
        ({"channel": "webhook", "url": "ftp://127.0.0.1/"}, "/url"),
        ({"channel": "webhook", "url": "http://10.0.0.1/"}, "/url"),
        ({"channel": "pigeon"}, "/channel"),
        ({"channel": "pull", "areas": ["99"]}, "/areas/0"),
        ({"channel": "pull", "severities": ["PURPLE"]}, "/severities/0"),
        ({"channel": "pull", "extra": 1}, "/extra"),
    ],
)
async def test_subscription_of_the_wrong_shape_points_at_it(bench: Bench, body: dict[str, Any], pointer: str) -> None:
    response = await bench.client.post("/v1/subscriptions", json={"name": "x"} | body, headers=bench.headers(*MANAGE))
    assert response.status_code == 422, response.text
    assert pointer in [error["pointer"] for error in response.json()["errors"]]


async def test_subscription_stays_within_the_clients_areas(bench: Bench, receiver: Receiver) -> None:
    body = {"name": "x", "channel": "webhook", "url": receiver.url(), "areas": ["990201000000"]}
    foreign = await bench.client.post("/v1/subscriptions", json=body, headers=bench.headers(*MANAGE))
    assert foreign.status_code == 404
    own = await bench.client.post(
        "/v1/subscriptions", json=body | {"areas": []}, headers=bench.headers(*MANAGE, areas=[VILLAGE])
    )
    assert own.json()["areas"] == [VILLAGE]


async def test_subscription_of_another_client_does_not_exist(bench: Bench, receiver: Receiver) -> None:
    subscription = await bench.subscribe(receiver.url())
    path = f"/v1/subscriptions/{subscription['id']}"
    stranger = bench.headers(*MANAGE, client_id="stranger")
    for method, suffix in (("GET", ""), ("DELETE", ""), ("POST", "/rotate-secret"), ("GET", "/deliveries")):
        response = await bench.client.request(method, path + suffix, headers=stranger)
        assert (response.status_code, response.json()["code"]) == (404, "alerts.subscription.not_found")


async def test_list_shows_the_callers_subscriptions_only(bench: Bench, receiver: Receiver) -> None:
    mine = await bench.subscribe(receiver.url())
    listed = (await bench.client.get("/v1/subscriptions", headers=bench.headers(*MANAGE))).json()
    assert mine["id"] in [item["id"] for item in listed["items"]]
    stranger = (await bench.client.get("/v1/subscriptions", headers=bench.headers(*MANAGE, client_id="x"))).json()
    assert stranger == {"items": [], "next_cursor": None}


async def test_repeated_creation_with_one_key_is_one_subscription(bench: Bench, receiver: Receiver) -> None:
    body = {"name": "x", "channel": "webhook", "url": receiver.url()}
    both = [
        await bench.client.post(
            "/v1/subscriptions", json=body, headers=bench.headers(*MANAGE, **{"Idempotency-Key": receiver.url()})
        )
        for _ in range(2)
    ]
    assert both[0].json() == both[1].json()
    stored = await bench.world.rows("SELECT body::text AS body FROM idempotency WHERE key = :key", key=receiver.url())
    assert "whsec_" not in stored[0]["body"]


async def test_a_rotation_repeated_with_its_key_shows_the_same_secret(bench: Bench, receiver: Receiver) -> None:
    """P1: the answer that was lost held the only copy of the secret."""
    subscription = await bench.subscribe(receiver.url())
    place = f"/v1/subscriptions/{subscription['id']}/rotate-secret"
    first, again = [
        await bench.client.post(place, headers=bench.headers(*MANAGE, **{"Idempotency-Key": "rotate-1"}))
        for _ in range(2)
    ]
    assert (first.status_code, again.status_code) == (200, 200), again.text
    assert again.json() == first.json()
    assert first.json()["secret"] != subscription["secret"]
    other = await bench.client.post(place, headers=bench.headers(*MANAGE, **{"Idempotency-Key": "rotate-2"}))
    assert other.json()["code"] == "alerts.subscription.rotation_under_way"


async def test_deleted_subscription_gets_nothing_more(bench: Bench, receiver: Receiver) -> None:
    subscription = await bench.subscribe(receiver.url())
    await bench.publish()
    response = await bench.client.delete(f"/v1/subscriptions/{subscription['id']}", headers=bench.headers(*MANAGE))
    assert response.status_code == 204
    again = await bench.client.delete(f"/v1/subscriptions/{subscription['id']}", headers=bench.headers(*MANAGE))
    assert again.status_code == 204, "a DELETE that is repeated for want of an answer"
    await bench.sender.settle()
    assert receiver.received == []


async def test_alert_reaches_a_webhook_at_once_when_the_sender_is_woken(bench: Bench, receiver: Receiver) -> None:
    await bench.subscribe(receiver.url())
    wakeup = Wakeup(bench.world.database, "alerts_webhooks")
    stop = asyncio.Event()
    listening = asyncio.create_task(wakeup.run(stop))
    await wakeup.listening.wait()
    async with running(bench.make_sender(wakeup=wakeup)):
        await asyncio.sleep(0.2)
        await bench.publish()
        await until(lambda: len(receiver.received) == 1, 4.0)  # without a word it looks every five seconds
    stop.set()
    await listening
