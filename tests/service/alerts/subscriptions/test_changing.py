"""A subscription is changed by its owner: checked as at creation, never wider than the caller, and nothing lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from alerts_world import COUNTY, TOWN
from webhook_bench import MANAGE, Bench
from webhook_receiver import Receiver, status

from alerts.subscriptions import service
from contracts.vocabulary import Severity


async def change(bench: Bench, subscription: dict[str, Any], body: dict[str, Any], **caller: Any) -> Any:
    scopes = caller.pop("scopes", MANAGE)
    if_match = caller.pop("if_match", '"v1"')
    more = {"If-Match": if_match} if if_match else {}
    return await bench.client.patch(
        f"/v1/subscriptions/{subscription['id']}", json=body, headers=bench.headers(*scopes, **caller, **more)
    )


async def test_address_filter_and_name_change_and_what_is_left_out_stays(bench: Bench, receiver: Receiver) -> None:
    subscription = await bench.subscribe(receiver.url("/old"), risk_types=["11"])
    read = await bench.client.get(f"/v1/subscriptions/{subscription['id']}", headers=bench.headers(*MANAGE))
    answer = await change(
        bench, subscription, {"url": receiver.url("/new"), "risk_types": [], "severities": ["RED"], "name": "卫健"},
        if_match=read.headers["ETag"],
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    wanted = {"name": "卫健", "url": receiver.url("/new"), "risk_types": [], "severities": ["RED"], "version": 2}
    shown = await bench.subscription(subscription)
    assert shown == answer.json()
    assert {name: shown[name] for name in wanted} == wanted
    assert (shown["areas"], shown["kinds"], answer.headers["ETag"]) == ([COUNTY], [], '"v2"')
    await bench.publish(severity=Severity.RED)
    await bench.publish(severity=Severity.YELLOW)
    await bench.sender.settle()
    assert [request.path for request in receiver.received] == ["/new"]


async def test_an_old_version_changes_nothing(bench: Bench, receiver: Receiver) -> None:
    subscription = await bench.subscribe(receiver.url())
    assert (await change(bench, subscription, {"name": "a"}, if_match=None)).status_code == 428
    assert (await change(bench, subscription, {"name": "a"})).status_code == 200
    late = await change(bench, subscription, {"name": "b"})
    assert (late.status_code, late.json()["current_etag"]) == (412, '"v2"')
    assert (await change(bench, subscription, {"name": "a"}, if_match='"v2"')).headers["ETag"] == '"v2"', "the same"
    assert (await bench.subscription(subscription))["name"] == "a"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"url": "http://169.254.169.254/latest"}, "/url"),
        ({"url": "http://user:pw@127.0.0.1/"}, "/url"),
        ({"url": "http://10.0.0.1/"}, "/url"),
        ({"url": ""}, "/url"),
        ({"url": None}, "/url"),
        ({"name": ""}, "/name"),
        ({"areas": ["99"]}, "/areas/0"),
        ({"channel": "pull"}, "/channel"),
        ({"client_id": "other"}, "/client_id"),
    ],
)
async def test_what_creation_refuses_a_change_refuses(
    bench: Bench, receiver: Receiver, body: dict[str, Any], pointer: str
) -> None:
    subscription = await bench.subscribe(receiver.url())
    answer = await change(bench, subscription, body)
    assert answer.status_code == 422, answer.text
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]
    assert (await bench.subscription(subscription))["version"] == 1


async def test_what_is_no_webhook_has_no_address_and_no_pause(bench: Bench, receiver: Receiver) -> None:
    body = {"name": "x", "channel": "pull"}
    pull = (await bench.client.post("/v1/subscriptions", json=body, headers=bench.headers(*MANAGE))).json()
    answer = await change(bench, pull, {"url": receiver.url(), "is_paused": True})
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/url", "/is_paused"]
    assert (await change(bench, pull, {"name": "y"})).json()["name"] == "y"


async def test_a_change_never_widens_what_the_caller_may_see(bench: Bench, receiver: Receiver) -> None:
    """Nor does a narrower caller of the same client turn a wider subscription to an address of its own."""
    subscription = await bench.subscribe(receiver.url("/county"))
    assert (await change(bench, subscription, {"areas": ["990201000000"]})).status_code == 404
    narrow: dict[str, Any] = {"areas": [TOWN]}
    for body in ({"url": receiver.url("/mine")}, {"severities": ["RED"]}, {"areas": [COUNTY]}):
        assert (await change(bench, subscription, body, **narrow)).status_code == 404, body
    assert (await change(bench, subscription, {"name": "town"}, **narrow)).status_code == 200
    own = await change(bench, subscription, {"areas": [], "url": receiver.url("/mine")}, if_match='"v2"', **narrow)
    assert own.json()["areas"] == [TOWN]
    await bench.publish(area_code="990101102201")
    await bench.sender.settle()
    assert receiver.received == []
    for caller in (
        {"client_id": "somebody-else"},
        {"client_id": "bureau", "scopes": (*MANAGE, "subscriptions:administer")},
    ):
        refused = await change(bench, subscription, {"name": "z"}, if_match="*", **caller)
        assert (refused.status_code, refused.json()["code"]) == (404, "alerts.subscription.not_found")


async def test_what_waits_and_is_not_wanted_any_more_is_not_sent(bench: Bench, receiver: Receiver) -> None:
    receiver.answer = status(500)
    subscription = await bench.subscribe(receiver.url())
    kept = await bench.publish(severity=Severity.RED)
    await bench.publish(severity=Severity.YELLOW)
    await bench.sender.settle()
    receiver.answer = status(204)
    receiver.received.clear()
    await change(bench, subscription, {"severities": ["RED"]})
    bench.clock.ahead += timedelta(seconds=6)
    await bench.sender.settle()
    assert [request.event["data"]["household_id"] for request in receiver.received] == [kept]
    ended = [(item["state"], item["last_error"]) for item in await bench.deliveries(subscription)]
    assert sorted(ended, key=str) == [("delivered", None), ("disabled", "filter_changed")]


async def test_a_paused_subscription_is_sent_nothing_and_misses_nothing(bench: Bench, receiver: Receiver) -> None:
    subscription = await bench.subscribe(receiver.url())
    assert (await change(bench, subscription, {"is_paused": True})).json()["is_paused"]
    household = await bench.publish()
    await bench.sender.settle()
    assert receiver.received == []
    await change(bench, subscription, {"is_paused": False}, if_match='"v2"')
    await bench.sender.settle()
    assert [request.event["data"]["household_id"] for request in receiver.received] == [household]
    await change(bench, subscription, {"is_paused": True}, if_match='"v3"')
    await bench.publish()
    now = service.wall_clock()
    async with bench.world.database.transaction() as session:  # as if it had waited for too long
        await service.prune(session, now + timedelta(minutes=1), attempts_before=now - timedelta(days=40))
    async with bench.world.database.transaction() as session:
        await service.prune(session, now - timedelta(days=40), attempts_before=now - timedelta(days=40))
    await change(bench, subscription, {"is_paused": False}, if_match='"v4"')
    await bench.sender.settle()
    assert len(receiver.received) == 1
