"""Webhook deliveries against a real receiver: the conformance list."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from alerts_world import finding, new_household
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from webhook_bench import MANAGE, Bench, running, until
from webhook_receiver import Received, Receiver, endless, hang, running_receiver, status

from alerts.subscriptions.rules import RETRY_DELAYS
from contracts.vocabulary import RiskType, Severity
from servicekit.notifications import Wakeup


async def test_signature_is_accepted_by_the_reference_library(bench: Bench, receiver: Receiver) -> None:
    """Standard Webhooks 1.0.0, verified by `standardwebhooks`."""
    subscription = await bench.subscribe(receiver.url())
    household = await bench.publish()
    await bench.sender.settle()
    (request,) = receiver.received
    assert Webhook(subscription["secret"]).verify(request.body, request.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(subscription["secret"]).verify(request.body + b" ", request.headers)
    assert request.headers["content-type"] == "application/cloudevents+json"
    (alert,) = await bench.world.alerts(household)
    assert request.headers["webhook-id"] == request.event["id"] == alert["event_id"]
    assert request.event["data"]["position"] == alert["position"]
    assert [item["state"] for item in await bench.deliveries(subscription)] == ["delivered"]


async def test_secret_is_encrypted_at_rest_and_never_shown_again(bench: Bench, receiver: Receiver) -> None:
    subscription = await bench.subscribe(receiver.url())
    (row,) = await bench.world.rows(
        "SELECT secret FROM subscription WHERE id = CAST(:id AS uuid)", id=subscription["id"]
    )
    assert row["secret"].startswith("v1.aesgcm.")
    assert subscription["secret"].startswith("whsec_")
    assert "secret" not in await bench.subscription(subscription)


async def test_filters_choose_by_area_risk_severity_and_kind(bench: Bench, receiver: Receiver) -> None:
    await bench.subscribe(receiver.url("/red"), severities=["RED"])
    await bench.subscribe(receiver.url("/housing"), risk_types=["11"])
    await bench.subscribe(receiver.url("/other-town"), areas=["990101102000"])
    await bench.subscribe(receiver.url("/resolved"), kinds=["resolved"])
    await bench.subscribe(receiver.url("/all"))
    await bench.publish(severity=Severity.RED)
    await bench.publish(risk_type=RiskType.HOUSING, severity=Severity.YELLOW)
    await bench.publish(area_code="990101102201")
    await bench.sender.settle()
    paths = [request.path for request in receiver.received]
    assert {path: paths.count(path) for path in sorted(set(paths))} == {
        "/all": 3,
        "/housing": 1,
        "/other-town": 1,
        "/red": 1,
    }


async def test_failed_attempts_follow_the_schedule_until_exhausted(bench: Bench, receiver: Receiver) -> None:
    """5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 10 h; then exhausted."""
    receiver.answer = status(500)
    subscription = await bench.subscribe(receiver.url())
    await bench.publish()
    await bench.sender.settle()
    for attempt, delay in enumerate(RETRY_DELAYS, start=1):
        (item,) = await bench.deliveries(subscription)
        assert (item["state"], item["attempts"], item["last_status"]) == ("pending", attempt, 500)
        bench.clock.ahead += delay - timedelta(seconds=2)
        await bench.sender.settle()
        assert len(receiver.received) == attempt, "not before its time"
        bench.clock.ahead += timedelta(seconds=3)
        await bench.sender.settle()
        assert len(receiver.received) == attempt + 1
    (item,) = await bench.deliveries(subscription)
    assert (item["state"], item["attempts"], item["next_attempt_at"]) == ("exhausted", 8, None)
    assert len(set(receiver.ids())) == 1, "every attempt carries the same webhook-id"
    stamps = [int(request.headers["webhook-timestamp"]) for request in receiver.received]
    assert stamps == sorted(set(stamps)), "every attempt has a timestamp of its own"


async def test_retry_delivers_once_the_receiver_recovers(bench: Bench, receiver: Receiver) -> None:
    receiver.answer = status(503)
    subscription = await bench.subscribe(receiver.url())
    await bench.publish()
    await bench.sender.settle()
    receiver.answer = status(200, body=b"ok")
    bench.clock.ahead += timedelta(seconds=6)
    await bench.sender.settle()
    (item,) = await bench.deliveries(subscription)
    assert (item["state"], item["attempts"], item["last_status"], item["last_error"]) == ("delivered", 2, 200, None)
    assert (await bench.subscription(subscription))["failing_since"] is None


@pytest.mark.parametrize("code", [301, 302, 307, 308])
async def test_redirects_are_failures_and_never_followed(bench: Bench, receiver: Receiver, code: int) -> None:
    receiver.answer = status(code, location=receiver.url("/elsewhere"))
    subscription = await bench.subscribe(receiver.url())
    await bench.publish()
    await bench.sender.settle()
    assert [request.path for request in receiver.received] == ["/hook"]
    (item,) = await bench.deliveries(subscription)
    assert (item["state"], item["last_status"], item["last_error"]) == ("pending", code, "redirect")


async def test_gone_disables_the_subscription_and_ends_its_deliveries(bench: Bench, receiver: Receiver) -> None:
    receiver.answer = status(410)
    subscription = await bench.subscribe(receiver.url())
    for _ in range(3):
        await bench.publish()
    await bench.sender.settle()
    found = await bench.subscription(subscription)
    assert (found["state"], found["disabled_reason"]) == ("disabled", "receiver_gone")
    assert {item["state"] for item in await bench.deliveries(subscription)} == {"disabled"}
    count = len(receiver.received)
    await bench.publish()
    await bench.sender.settle()
    assert len(receiver.received) == count
    assert len(await bench.deliveries(subscription)) == 3, "nothing is queued for a disabled subscription"


async def test_five_days_of_only_failures_disable_the_endpoint(bench: Bench, receiver: Receiver) -> None:
    receiver.answer = status(500)
    subscription = await bench.subscribe(receiver.url())
    await bench.publish()
    await bench.sender.settle()
    bench.clock.ahead = timedelta(days=4, hours=23)
    await bench.sender.settle()
    assert (await bench.subscription(subscription))["state"] == "active"
    bench.clock.ahead = timedelta(days=5, minutes=10)
    await bench.sender.settle()
    found = await bench.subscription(subscription)
    assert (found["state"], found["disabled_reason"]) == ("disabled", "failing_for_5_days")
    assert {item["state"] for item in await bench.deliveries(subscription)} == {"disabled"}


async def test_a_success_now_and_then_keeps_the_endpoint_enabled(bench: Bench, receiver: Receiver) -> None:
    subscription = await bench.subscribe(receiver.url())
    for day in range(8):
        bench.clock.ahead = timedelta(days=day)
        receiver.answer = status(200) if day % 3 == 2 else status(500)
        await bench.publish()
        await bench.sender.settle()
    assert (await bench.subscription(subscription))["state"] == "active"


async def test_enabled_again_and_replayed_it_gets_what_it_missed_under_the_same_ids(
    bench: Bench, receiver: Receiver
) -> None:
    receiver.answer = status(410)
    subscription = await bench.subscribe(receiver.url())
    first = await bench.publish()
    await bench.sender.settle()
    (alert,) = await bench.world.alerts(first)
    second = await bench.publish()
    path = f"/v1/subscriptions/{subscription['id']}"
    refused = await bench.client.post(
        f"{path}/replay", json={"after": alert["position"] - 1}, headers=bench.headers(*MANAGE)
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "alerts.subscription.disabled")
    receiver.answer = status(204)
    assert (await bench.client.post(f"{path}/enable", headers=bench.headers(*MANAGE))).json()["state"] == "active"
    replayed = await bench.client.post(
        f"{path}/replay", json={"after": alert["position"] - 1}, headers=bench.headers(*MANAGE)
    )
    assert replayed.json() == {"queued": 2}
    receiver.received.clear()
    await bench.sender.settle()
    expected = [(await bench.world.alerts(household))[0]["event_id"] for household in (first, second)]
    assert sorted(receiver.ids()) == sorted(expected)


@pytest.mark.parametrize("code", [429, 503])
async def test_retry_after_silences_the_whole_endpoint(bench: Bench, receiver: Receiver, code: int) -> None:
    receiver.answer = status(code, retry_after="120")
    subscription = await bench.subscribe(receiver.url())
    await bench.publish()
    await bench.sender.settle()
    assert (await bench.subscription(subscription))["paused_until"] is not None
    receiver.answer = status(204)
    await bench.publish()
    bench.clock.ahead += timedelta(seconds=100)
    await bench.sender.settle()
    assert len(receiver.received) == 1, "neither the retry nor the new event goes out during the pause"
    bench.clock.ahead += timedelta(seconds=21)
    await bench.sender.settle()
    assert [item["state"] for item in await bench.deliveries(subscription)] == ["delivered", "delivered"]


async def test_later_event_of_a_household_waits_for_the_earlier_one(bench: Bench, receiver: Receiver) -> None:
    receiver.answer = status(500)
    subscription = await bench.subscribe(receiver.url())
    household = await bench.publish(severity=Severity.YELLOW)
    await bench.publish(household, severity=Severity.RED)  # escalated
    other = await bench.publish()
    await bench.sender.settle()
    assert sorted(request.event["data"]["household_id"] for request in receiver.received) == sorted([household, other])
    receiver.answer = status(204)
    bench.clock.ahead += timedelta(seconds=6)
    await bench.sender.settle()
    kinds = [
        request.event["data"]["kind"]
        for request in receiver.received
        if request.event["data"]["household_id"] == household
    ]
    assert kinds == ["raised", "raised", "escalated"]
    assert {item["state"] for item in await bench.deliveries(subscription)} == {"delivered"}


async def test_order_per_household_holds_under_load(bench: Bench, receiver: Receiver) -> None:
    await bench.subscribe(receiver.url())
    households = [new_household() for _ in range(20)]
    for severity in (Severity.INFO, Severity.YELLOW, Severity.ORANGE, Severity.RED):
        await bench.world.fold(*(finding(household, severity=severity) for household in households))
    await asyncio.gather(*(bench.make_sender().settle() for _ in range(3)))
    seen: dict[str, list[int]] = {}
    for request in receiver.received:
        seen.setdefault(request.event["data"]["household_id"], []).append(request.event["data"]["position"])
    assert set(seen) == set(households)
    assert all(positions == sorted(positions) and len(positions) == 4 for positions in seen.values())


async def test_hanging_subscriber_does_not_delay_another(bench: Bench, receiver: Receiver) -> None:
    released = asyncio.Event()

    async def hold(request: Received, writer: asyncio.StreamWriter) -> None:
        await released.wait()
        await status(204)(request, writer)

    async with running_receiver() as stuck:
        stuck.answer = hold
        await bench.subscribe(stuck.url())
        await bench.subscribe(receiver.url())
        wakeup = Wakeup(bench.world.database, "alerts_webhooks")
        stop = asyncio.Event()
        listening = asyncio.create_task(wakeup.run(stop))
        await wakeup.listening.wait()
        async with running(bench.make_sender(timeout_s=120.0, wakeup=wakeup)):
            try:
                await bench.world.fold(*(finding(new_household()) for _ in range(100)))
                await until(lambda: len(receiver.received) == 100, 30.0)
                await bench.publish()
                await until(lambda: len(receiver.received) == 101, 30.0)
                assert len(stuck.received) <= 8 * 4
            finally:
                released.set()
        stop.set()
        await listening


async def test_receiver_that_never_answers_is_given_up_after_the_timeout(bench: Bench, receiver: Receiver) -> None:
    receiver.answer = hang
    subscription = await bench.subscribe(receiver.url())
    await bench.publish()
    await asyncio.wait_for(bench.sender.settle(), 30)
    (item,) = await bench.deliveries(subscription)
    assert (item["state"], item["last_status"], item["last_error"]) == ("pending", None, "timeout")


async def test_endless_response_is_not_read_to_its_end(bench: Bench, receiver: Receiver) -> None:
    receiver.answer = endless
    subscription = await bench.subscribe(receiver.url())
    await bench.publish()
    await asyncio.wait_for(bench.sender.settle(), 30)
    (item,) = await bench.deliveries(subscription)
    assert (item["state"], item["last_status"]) == ("delivered", 200)


async def test_dead_port_is_a_failure_that_is_tried_again(bench: Bench) -> None:
    async with running_receiver() as gone:
        url = gone.url()
    subscription = await bench.subscribe(url)
    await bench.publish()
    await bench.sender.settle()
    (item,) = await bench.deliveries(subscription)
    assert (item["state"], item["last_error"]) == ("pending", "connect")


async def test_rotated_secret_and_old_one_both_sign_for_a_day(bench: Bench, receiver: Receiver) -> None:
    subscription = await bench.subscribe(receiver.url())
    path = f"/v1/subscriptions/{subscription['id']}/rotate-secret"
    rotated = (await bench.client.post(path, headers=bench.headers(*MANAGE))).json()
    await bench.publish()
    await bench.sender.settle()
    for secret in (subscription["secret"], rotated["secret"]):
        assert Webhook(secret).verify(receiver.received[0].body, receiver.received[0].headers)
    again = await bench.client.post(path, headers=bench.headers(*MANAGE))
    assert (again.status_code, again.json()["code"]) == (409, "alerts.subscription.rotation_under_way")
    bench.clock.ahead = timedelta(hours=24, seconds=5)
    await bench.publish()
    await bench.sender.settle()
    signatures = receiver.received[-1].headers["webhook-signature"].split()
    assert len(signatures) == 1, "the old secret has ended"


async def test_a_secret_that_leaked_ends_at_once_and_another_rotation_may_follow(
    bench: Bench, receiver: Receiver
) -> None:
    subscription = await bench.subscribe(receiver.url())
    path = f"/v1/subscriptions/{subscription['id']}"
    await bench.client.post(f"{path}/rotate-secret", headers=bench.headers(*MANAGE))
    for _ in range(2):
        revoked = await bench.client.post(f"{path}/revoke-previous-secret", headers=bench.headers(*MANAGE))
        assert (revoked.status_code, revoked.json()["previous_secret_valid_until"]) == (200, None)
    await bench.publish()
    await bench.sender.settle()
    with pytest.raises(WebhookVerificationError):
        Webhook(subscription["secret"]).verify(receiver.received[0].body, receiver.received[0].headers)
    again = await bench.client.post(f"{path}/rotate-secret", headers=bench.headers(*MANAGE))
    assert again.status_code == 200
    other = bench.headers(*MANAGE, client_id="somebody-else")
    assert (await bench.client.post(f"{path}/revoke-previous-secret", headers=other)).status_code == 404


async def test_one_event_is_sent_again_under_its_id_and_no_other(bench: Bench, receiver: Receiver) -> None:
    subscription = await bench.subscribe(receiver.url(), severities=["ORANGE"])
    household = await bench.publish()
    await bench.publish()
    unwanted = await bench.publish(severity=Severity.RED)
    await bench.sender.settle()
    (alert,) = await bench.world.alerts(household)
    (foreign,) = await bench.world.alerts(unwanted)
    receiver.received.clear()
    place = f"/v1/subscriptions/{subscription['id']}/deliveries"
    sent = await bench.client.post(f"{place}/{alert['position']}/resend", headers=bench.headers(*MANAGE))
    assert (sent.status_code, sent.json()) == (202, {"queued": 1})
    await bench.sender.settle()
    assert receiver.ids() == [alert["event_id"]]
    for position in (foreign["position"], 2**40):
        missing = await bench.client.post(f"{place}/{position}/resend", headers=bench.headers(*MANAGE))
        assert (missing.status_code, missing.json()["code"]) == (404, "alerts.subscription.delivery_not_found")
    other = bench.headers(*MANAGE, client_id="somebody-else")
    assert (await bench.client.post(f"{place}/{alert['position']}/resend", headers=other)).status_code == 404


async def test_crash_after_the_post_sends_again_with_the_same_id(bench: Bench, receiver: Receiver) -> None:
    await bench.subscribe(receiver.url())
    await bench.publish()
    crashed = bench.make_sender()
    await crashed.turn()
    await until(lambda: len(receiver.received) == 1)
    crashed._results.clear()  # killed between the POST and its record
    crashed._news.clear()
    await bench.sender.settle()
    assert len(receiver.received) == 1, "the lease still holds"
    bench.clock.ahead = timedelta(minutes=5)
    await bench.sender.settle()
    assert len(receiver.received) == 2
    assert len(set(receiver.ids())) == 1


async def test_two_senders_never_send_the_same_delivery_twice(bench: Bench, receiver: Receiver) -> None:
    await bench.subscribe(receiver.url())
    await bench.world.fold(*(finding(new_household()) for _ in range(120)))
    await asyncio.gather(*(bench.make_sender(timeout_s=15.0).settle() for _ in range(3)))
    assert len(receiver.received) == 120
    assert len(set(receiver.ids())) == 120


async def test_connections_are_pooled(bench: Bench, receiver: Receiver) -> None:
    await bench.subscribe(receiver.url())
    await bench.world.fold(*(finding(new_household()) for _ in range(60)))
    await bench.sender.settle()
    assert len(receiver.received) == 60
    assert receiver.connections <= 8


async def test_name_that_resolves_elsewhere_at_send_time_is_never_connected_to(
    bench: Bench, receiver: Receiver
) -> None:
    """DNS rebinding: allowed when subscribed, forbidden when sent."""
    import ipaddress

    async def rebound(_: str, __: int) -> list[Any]:
        return [ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("169.254.169.254")]

    subscription = await bench.subscribe(receiver.url(host="localhost"))
    await bench.publish()
    await bench.make_sender(resolver=rebound).settle()
    assert receiver.connections == 0
    (item,) = await bench.deliveries(subscription)
    assert (item["state"], item["last_error"]) == ("pending", "address.denied")


async def test_name_is_sent_as_host_while_the_connection_goes_to_the_checked_address(
    bench: Bench, receiver: Receiver
) -> None:
    await bench.subscribe(receiver.url(host="localhost"))
    await bench.publish()
    await bench.sender.settle()
    assert receiver.received[0].headers["host"] == f"localhost:{receiver.port}"
