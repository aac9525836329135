"""A test event: signed as a real one, told in both languages, sent to nobody else, and only for the owner."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text
from standardwebhooks.webhooks import Webhook
from webhook_bench import MANAGE, Bench
from webhook_receiver import Receiver, status

from bangfu.sdk import verify_webhook
from bangfu.sdk.subscription_models import TestEvent as Tried


async def try_out(bench: Bench, subscription: dict[str, Any], **caller: Any) -> Any:
    return await bench.client.post(
        f"/v1/subscriptions/{subscription['id']}/test", headers=bench.headers(*MANAGE, **caller)
    )


async def test_a_test_event_is_signed_as_a_real_one_and_reaches_its_webhook_alone(
    bench: Bench, receiver: Receiver
) -> None:
    subscription = await bench.subscribe(receiver.url("/mine"))
    await bench.subscribe(receiver.url("/other"))
    before = await bench.world.rows("SELECT (SELECT count(*) FROM alert) AS fed, (SELECT count(*) FROM outbox) AS out")
    answer = await try_out(bench, subscription)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["is_taken"], told["status"], told["error"]) == (True, 204, None)
    assert "204" in told["said"]["zh"]
    assert "204" in told["said"]["en"]
    await bench.sender.settle()
    (request,) = receiver.received
    assert request.path == "/mine"
    assert Webhook(subscription["secret"]).verify(request.body, request.headers)
    event = verify_webhook(subscription["secret"], request.headers, request.body)
    assert isinstance(event, Tried)
    assert request.event["type"] == "bangfu.alerts.subscription.tested.v1" == told["event"]["type"]
    assert request.headers["webhook-id"] == request.event["id"] == told["event"]["id"]
    assert request.headers["content-type"] == "application/cloudevents+json"
    assert set(request.event["data"]) == {"subscription_id", "is_test", "said", "tested_at", "link"}
    after = await bench.world.rows("SELECT (SELECT count(*) FROM alert) AS fed, (SELECT count(*) FROM outbox) AS out")
    assert before == after
    assert await bench.deliveries(subscription) == []


@pytest.mark.parametrize(
    ("code", "error", "said"),
    [(500, "status", "500"), (302, "redirect", "重定向"), (410, "status", "停用"), (200, None, "200")],
)
async def test_what_went_wrong_is_told_and_counts_against_nobody(
    bench: Bench, receiver: Receiver, code: int, error: str | None, said: str
) -> None:
    subscription = await bench.subscribe(receiver.url())
    receiver.answer = status(code, location="http://127.0.0.1:1/")
    told = (await try_out(bench, subscription)).json()
    assert (told["is_taken"], told["status"], told["error"]) == (error is None, code, error)
    assert said in told["said"]["zh"]
    shown = await bench.subscription(subscription)
    assert (shown["state"], shown["failing_since"]) == ("active", None)


async def test_a_closed_port_is_told_and_a_disabled_webhook_may_be_tested(bench: Bench, receiver: Receiver) -> None:
    dead = await bench.subscribe("http://127.0.0.1:1/hook")
    told = (await try_out(bench, dead)).json()
    assert (told["is_taken"], told["status"], told["error"]) == (False, None, "connect")
    assert "无法连接" in told["said"]["zh"]
    off = await bench.subscribe(receiver.url())
    async with bench.world.database.transaction() as session:
        await session.execute(
            text("UPDATE subscription SET state = 'disabled' WHERE id = CAST(:id AS uuid)"), {"id": off["id"]}
        )
    assert (await try_out(bench, off)).json()["is_taken"]
    assert (await bench.subscription(off))["state"] == "disabled"


async def test_nobody_but_its_owner_tests_a_subscription(bench: Bench, receiver: Receiver) -> None:
    subscription = await bench.subscribe(receiver.url())
    for scopes, client_id, code in (
        (MANAGE, "somebody-else", 404),
        ((*MANAGE, "subscriptions:administer"), "bureau", 404),
        (("subscriptions:administer",), "bureau", 403),
    ):
        refused = await bench.client.post(
            f"/v1/subscriptions/{subscription['id']}/test", headers=bench.headers(*scopes, client_id=client_id)
        )
        assert refused.status_code == code, client_id
    pull = await bench.client.post(
        "/v1/subscriptions", json={"name": "x", "channel": "pull"}, headers=bench.headers(*MANAGE)
    )
    answer = await try_out(bench, pull.json())
    assert (answer.status_code, answer.json()["code"]) == (409, "alerts.subscription.not_webhook")
    assert receiver.received == []


async def test_nothing_is_tested_while_sending_is_held(bench: Bench, receiver: Receiver) -> None:
    """A system that was restored for a look calls nobody, whoever asks."""
    subscription = await bench.subscribe(receiver.url())
    await bench.world.rows("INSERT INTO outward_hold (since, reason) VALUES (now(), 'restored') RETURNING 1 AS x")
    try:
        answer = await try_out(bench, subscription)
        assert (answer.status_code, answer.json()["code"]) == (503, "alerts.subscription.sending_held")
        assert receiver.received == []
    finally:
        await bench.world.rows("DELETE FROM outward_hold RETURNING 1 AS x")
