"""The log of attempts: each one, of this subscription only, without bodies and secrets, and not for ever."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from webhook_bench import MANAGE, Bench
from webhook_receiver import Receiver, status

from alerts.subscriptions import service


async def attempts_of(bench: Bench, subscription: dict[str, Any], query: str = "", **caller: Any) -> Any:
    scopes = caller.pop("scopes", MANAGE)
    return await bench.client.get(
        f"/v1/subscriptions/{subscription['id']}/attempts{query}", headers=bench.headers(*scopes, **caller)
    )


async def test_each_attempt_is_logged_failed_ones_tests_and_successes(bench: Bench, receiver: Receiver) -> None:
    subscription = await bench.subscribe(receiver.url())
    other = await bench.subscribe(receiver.url("/other"), severities=["YELLOW"])
    receiver.answer = status(500)
    household = await bench.publish()
    await bench.sender.settle()
    receiver.answer = status(204)
    bench.clock.ahead += timedelta(seconds=6)
    await bench.sender.settle()
    path = f"/v1/subscriptions/{subscription['id']}/test"
    tried = (await bench.client.post(path, headers=bench.headers(*MANAGE))).json()
    page = (await attempts_of(bench, subscription)).json()
    (alert,) = await bench.world.alerts(household)
    published, test = "bangfu.alerts.alert.published.v1", "bangfu.alerts.subscription.tested.v1"
    assert [(item["event_id"], item["event_type"], item["position"], item["status"]) for item in page["items"]] == [
        (tried["event"]["id"], test, None, 204),
        (alert["event_id"], published, alert["position"], 204),
        (alert["event_id"], published, alert["position"], 500),
    ]
    assert [(item["is_taken"], item["error"]) for item in page["items"]] == [
        (True, None),
        (True, None),
        (False, "status"),
    ]
    assert (page["total"], page["is_more"], page["next_cursor"]) == (3, False, None)
    assert "500" in page["items"][2]["said"]["zh"]
    assert (await attempts_of(bench, other)).json()["total"] == 0
    failed = (await attempts_of(bench, subscription, "?is_taken=false")).json()
    assert ([item["status"] for item in failed["items"]], failed["total"]) == ([500], 1)
    first = (await attempts_of(bench, subscription, "?limit=2")).json()
    rest = (await attempts_of(bench, subscription, f"?limit=2&cursor={first['next_cursor']}")).json()
    assert first["items"] + rest["items"] == page["items"]
    assert (first["total"], rest["total"], rest["next_cursor"]) == (3, 3, None)
    (columns,) = await bench.world.rows(
        "SELECT array_agg(column_name::text ORDER BY ordinal_position) AS found FROM information_schema.columns"
        " WHERE table_name = 'webhook_attempt'"
    )
    assert columns["found"] == [
        "id", "subscription_id", "event_id", "event_type", "position", "attempted_at", "status", "error",
        "duration_ms",
    ]  # fmt: skip


async def test_its_owner_and_the_administrators_of_its_areas_see_the_attempts(bench: Bench, receiver: Receiver) -> None:
    subscription = await bench.subscribe(receiver.url())
    await bench.publish()
    await bench.sender.settle()
    administrator = await attempts_of(bench, subscription, scopes=("subscriptions:administer",), client_id="bureau")
    assert administrator.json()["total"] == 1
    elsewhere: dict[str, Any] = {"scopes": ("subscriptions:administer",), "areas": ["990102000000"]}
    for caller in ({"client_id": "somebody-else"}, elsewhere | {"client_id": "elsewhere"}):
        refused = await attempts_of(bench, subscription, **caller)
        assert (refused.status_code, refused.json()["code"]) == (404, "alerts.subscription.not_found")


async def test_attempts_are_forgotten_in_time_and_not_before(bench: Bench, receiver: Receiver) -> None:
    subscription = await bench.subscribe(receiver.url())
    await bench.publish()
    await bench.sender.settle()
    now = service.wall_clock()
    for before, left in ((now - timedelta(days=1), 1), (now + timedelta(minutes=1), 0)):
        async with bench.world.database.transaction() as session:
            await service.prune(session, now - timedelta(days=40), attempts_before=before)
        assert (await attempts_of(bench, subscription)).json()["total"] == left
    assert len(await bench.deliveries(subscription)) == 1, "the delivery is kept by its own rule"
