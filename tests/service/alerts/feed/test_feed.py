"""The feed: order of positions, cursor pull, server-sent events."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest
import uvicorn
from alerts_world import COUNTY, OTHER_VILLAGE, TOWN, VILLAGE, World, finding, new_household
from fastapi import FastAPI
from sqlalchemy import text

from alerts.app import create_app
from alerts.feed.rules import NewAlert
from alerts.settings import AlertsSettings
from alerts.subscriptions import service as subscriptions
from contracts.alerts import AlertPublished
from contracts.envelope import CloudEvent
from contracts.vocabulary import AlertKind, ClueState, RiskType, Severity
from servicekit import clock
from servicekit.ids import new_id
from servicekit.verifier import TokenVerifier
from serving import TEST_ISSUERS, IssuerForTests

READ = ("alerts:read",)


def alert(household: str, **changes: Any) -> NewAlert:
    """Give an alert to publish."""
    values: dict[str, Any] = {
        "kind": AlertKind.RAISED,
        "clue_id": new_id(),
        "household_id": household,
        "area_code": VILLAGE,
        "risk_type": RiskType.ILLNESS,
        "severity": Severity.ORANGE,
        "state": ClueState.DISPATCHED,
        "rule_ids": ["R-MED-02"],
        "period": "2026-10",
        "due_at": None,
        "raised_at": clock.now(),
    }
    return NewAlert(**(values | changes))


async def publish(world: World, *alerts: NewAlert) -> None:
    """Publish alerts in one transaction."""
    async with world.database.transaction() as session:
        await subscriptions.publish(session, alerts)


async def head(world: World) -> int:
    """Give the newest position."""
    (row,) = await world.rows("SELECT COALESCE(max(position), 0) AS position FROM alert")
    return int(row["position"])


async def test_overlapping_transactions_get_positions_in_the_order_of_their_commits(world: World) -> None:
    """The one who publishes second waits until the first has committed; a reader never sees a later position first."""
    start = await head(world)
    first_published, may_commit = asyncio.Event(), asyncio.Event()
    committed: list[str] = []

    async def first() -> None:
        async with world.database.transaction() as session:
            await subscriptions.publish(session, [alert("first")])
            first_published.set()
            await may_commit.wait()
        committed.append("first")

    async def second() -> None:
        await first_published.wait()
        async with world.database.transaction() as session:
            await subscriptions.publish(session, [alert("second")])
        committed.append("second")

    running = [asyncio.create_task(first()), asyncio.create_task(second())]
    await first_published.wait()
    await world.seen("wait_event_type = 'Lock'")
    assert committed == []
    assert await head(world) == start, "nothing is visible before its turn"
    may_commit.set()
    await asyncio.gather(*running)
    rows = await world.rows("SELECT household_id FROM alert WHERE position > :start ORDER BY position", start=start)
    assert [row["household_id"] for row in rows] == committed == ["first", "second"]


async def test_rolled_back_publication_leaves_neither_gap_nor_trace(world: World) -> None:
    start = await head(world)

    async def fail() -> None:
        async with world.database.transaction() as session:
            await subscriptions.publish(session, [alert("lost")])
            raise RuntimeError("before the commit")

    with pytest.raises(RuntimeError):
        await fail()
    await publish(world, alert("kept"))
    rows = await world.rows("SELECT position, household_id FROM alert WHERE position > :start", start=start)
    assert rows == [{"position": start + 1, "household_id": "kept"}]


async def test_many_writers_leave_a_feed_without_gap_or_double(world: World) -> None:
    start = await head(world)
    await asyncio.gather(*(publish(world, *(alert(f"w{writer}") for _ in range(7))) for writer in range(12)))
    rows = await world.rows("SELECT position FROM alert WHERE position > :start ORDER BY position", start=start)
    assert [row["position"] for row in rows] == list(range(start + 1, start + 1 + 84))


async def test_pull_pages_through_everything_once(client: httpx.AsyncClient, headers: Any, world: World) -> None:
    start = await head(world)
    await publish(world, *(alert(f"p{number}") for number in range(25)))
    after, seen = start, []
    while True:
        response = await client.get("/v1/alerts", params={"after": after, "limit": 10}, headers=headers(*READ))
        page = response.json()
        if not page["items"]:
            break
        seen += [CloudEvent[AlertPublished].model_validate(item) for item in page["items"]]
        after = page["next_after"]
    assert [event.data.position for event in seen] == list(range(start + 1, start + 26))
    assert after == start + 25


async def test_pull_shows_member_by_member_what_travels_over_the_bus(
    client: httpx.AsyncClient, headers: Any, world: World, bus: Any
) -> None:
    from servicekit.outbox import Relay

    household = new_household()
    await world.fold(finding(household))
    connection = await world.database.connect_raw()
    async with connection:
        relay = Relay(world.database, bus, batch_size=100_000)
        while await relay.publish_batch(connection):
            pass
    consumer = await bus.consumer(f"test-{household}", ["alerts.alert.v1"])
    sent: dict[str, Any] = {}
    while household not in sent:
        for message in await consumer.fetch(max_messages=500, wait_s=2.0):
            sent[message.key] = orjson.loads(message.value)
    await consumer.close()
    position = sent[household]["data"]["position"]
    page = await client.get("/v1/alerts", params={"after": position - 1, "limit": 1}, headers=headers(*READ))
    assert page.json()["items"] == [sent[household]]


async def test_pull_filters_and_passes_over_what_it_left_out(
    client: httpx.AsyncClient, headers: Any, world: World
) -> None:
    start = await head(world)
    await publish(
        world,
        alert("a", severity=Severity.RED),
        alert("b", risk_type=RiskType.HOUSING),
        alert("c", area_code=OTHER_VILLAGE),
        alert("d", kind=AlertKind.OVERDUE),
    )

    async def pull(*, areas: list[str] | None = None, **params: Any) -> tuple[list[str], int]:
        response = await client.get(
            "/v1/alerts", params={"after": start, **params}, headers=headers(*READ, areas=areas or [COUNTY])
        )
        page = response.json()
        return [item["data"]["household_id"] for item in page["items"]], page["next_after"]

    assert await pull(severity="RED") == (["a"], start + 4)
    assert await pull(risk_type=["11", "12"]) == (["b"], start + 4)
    assert await pull(kind="overdue") == (["d"], start + 4)
    assert await pull(area=TOWN) == (["a", "b", "d"], start + 4)
    assert await pull(areas=["990101102000"]) == (["c"], start + 4)
    assert await pull(areas=["990299000000"]) == ([], start + 4)
    assert (await pull(limit=2))[1] == start + 2


async def test_pull_with_a_subscription_uses_its_filters(client: httpx.AsyncClient, headers: Any, world: World) -> None:
    created = await client.post(
        "/v1/subscriptions",
        json={"name": "pull", "channel": "pull", "severities": ["RED"]},
        headers=headers("subscriptions:manage"),
    )
    assert created.json()["feed"].startswith("/v1/alerts?subscription=")
    assert created.json()["secret"] is None
    start = await head(world)
    await publish(world, alert("a", severity=Severity.RED), alert("b"))
    params = {"after": start, "subscription": created.json()["id"]}
    page = (await client.get("/v1/alerts", params=params, headers=headers(*READ))).json()
    assert [item["data"]["household_id"] for item in page["items"]] == ["a"]
    foreign = await client.get("/v1/alerts", params=params, headers=headers(*READ, client_id="stranger"))
    assert foreign.status_code == 404


async def test_a_person_reads_no_further_by_the_applications_subscription(
    client: httpx.AsyncClient, headers: Any, world: World
) -> None:
    """The application has the county, the person who acts through it one township."""
    created = await client.post(
        "/v1/subscriptions",
        json={"name": "pull", "channel": "pull"},
        headers=headers("subscriptions:manage", areas=[COUNTY]),
    )
    params = {"after": await head(world), "subscription": created.json()["id"]}
    await publish(world, alert("a"))
    for areas, shown in (([TOWN], []), ([COUNTY], ["a"])):
        person = headers(*READ, areas=areas, person="0199a5c0-0000-7000-8000-0000000000b1")
        page = (await client.get("/v1/alerts", params=params, headers=person)).json()
        assert [item["data"]["household_id"] for item in page["items"]] == shown


@pytest.mark.parametrize("params", [{"after": -1}, {"limit": 0}, {"limit": 1001}, {"area": "99"}, {"severity": "PINK"}])
async def test_pull_refuses_impossible_parameters(
    client: httpx.AsyncClient, headers: Any, params: dict[str, Any]
) -> None:
    assert (await client.get("/v1/alerts", params=params, headers=headers(*READ))).status_code == 422


@pytest.fixture(scope="module")
async def served(settings: AlertsSettings, issuer: IssuerForTests) -> AsyncIterator[tuple[str, FastAPI]]:
    """The API behind a real web server, which streams."""
    quick = settings.model_copy(update={"stream_heartbeat_s": 0.3, "stream_limit_per_client": 3})
    app = create_app(quick)
    app.state.verifier = TokenVerifier(TEST_ISSUERS, client=httpx.AsyncClient(transport=issuer.transport()))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, access_log=False))
    server.capture_signals = contextlib.nullcontext  # type: ignore[assignment,method-assign]
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn offers no event
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    await asyncio.wait_for(app.state.feed_wakeup.listening.wait(), 10)
    yield f"http://127.0.0.1:{port}", app
    app.state.readiness.draining = True
    server.should_exit = True
    await asyncio.wait_for(task, 10)


async def listen(
    base: str,
    headers: dict[str, str],
    *,
    count: int,
    comments: list[str] | None = None,
    opened: asyncio.Event | None = None,
    **params: Any,
) -> list[tuple[int, dict[str, Any]]]:
    """Read `count` events of the stream, then hang up; `opened` is set once the answer has begun."""
    events: list[tuple[int, dict[str, Any]]] = []
    async with (
        httpx.AsyncClient(base_url=base, timeout=10) as client,
        client.stream("GET", "/v1/alerts/stream", params=params, headers=headers) as response,
    ):
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        if opened is not None:
            opened.set()
        position = 0
        async for line in response.aiter_lines():
            if line.startswith("id: "):
                position = int(line[4:])
            elif line.startswith("data: "):
                events.append((position, orjson.loads(line[6:])))
                if len(events) >= count:
                    break
            elif line.startswith(":") and comments is not None:
                comments.append(line)
                if count == 0:
                    break
    return events


async def test_stream_gives_new_alerts_at_once(served: tuple[str, FastAPI], headers: Any, world: World) -> None:
    start = await head(world)
    opened = asyncio.Event()
    listening = asyncio.create_task(listen(served[0], headers(*READ), count=2, after=start, opened=opened))
    await opened.wait()
    await publish(world, alert("s1"), alert("s2"))
    events = await asyncio.wait_for(listening, 5)
    assert [position for position, _ in events] == [start + 1, start + 2]
    assert [event["data"]["household_id"] for _, event in events] == ["s1", "s2"]
    assert CloudEvent[AlertPublished].model_validate(events[0][1]).id == events[0][1]["id"]


async def test_a_stream_is_silent_while_sending_is_held_and_then_goes_on_where_it_was(
    served: tuple[str, FastAPI], headers: Any, world: World
) -> None:
    start = await head(world)
    async with world.database.transaction() as session:
        await session.execute(text("INSERT INTO outward_hold (since, reason) VALUES (now(), 'restore')"))
    comments: list[str] = []
    listening = asyncio.create_task(listen(served[0], headers(*READ), count=1, after=start, comments=comments))
    try:
        await publish(world, alert("held"))
        async with asyncio.timeout(10):
            while len(comments) < 2:  # noqa: ASYNC110  it has looked at the table again
                await asyncio.sleep(0.05)
        assert not listening.done()
    finally:
        async with world.database.transaction() as session:
            await session.execute(text("DELETE FROM outward_hold"))
    (event,) = await asyncio.wait_for(listening, 10)
    assert event[1]["data"]["household_id"] == "held"


async def test_stream_without_a_place_begins_with_what_comes(
    served: tuple[str, FastAPI], headers: Any, world: World
) -> None:
    await publish(world, alert("before"))
    opened = asyncio.Event()
    listening = asyncio.create_task(listen(served[0], headers(*READ), count=1, opened=opened))
    await opened.wait()
    await publish(world, alert("after"))
    (event,) = await asyncio.wait_for(listening, 5)
    assert event[1]["data"]["household_id"] == "after"


async def test_stream_resumes_without_gap_or_duplicate_while_writers_write(
    served: tuple[str, FastAPI], headers: Any, world: World
) -> None:
    """A reader that is cut off again and again, resuming with Last-Event-ID, sees every event once and in order."""
    start = await head(world)
    total = 150

    async def write(writer: int) -> None:
        for number in range(total // 5 // 3):
            await publish(world, *(alert(f"w{writer}-{number}") for _ in range(3)))
            await asyncio.sleep(0.01)

    writers = [asyncio.create_task(write(writer)) for writer in range(5)]
    seen: list[int] = []
    last = start
    while len(seen) < total:
        resume = headers(*READ, **{"Last-Event-ID": str(last)})
        part = await asyncio.wait_for(listen(served[0], resume, count=min(17, total - len(seen))), 10)
        seen += [position for position, _ in part]
        last = seen[-1]
    await asyncio.gather(*writers)
    assert seen == list(range(start + 1, start + 1 + total))


async def test_stream_says_that_it_is_alive(served: tuple[str, FastAPI], headers: Any) -> None:
    comments: list[str] = []
    await asyncio.wait_for(listen(served[0], headers(*READ), count=0, comments=comments), 5)
    assert comments == [": heartbeat"]


async def test_stream_stays_in_the_callers_areas(served: tuple[str, FastAPI], headers: Any, world: World) -> None:
    start = await head(world)
    await publish(world, alert("theirs", area_code=OTHER_VILLAGE), alert("ours"))
    (event,) = await listen(served[0], headers(*READ, areas=[TOWN]), count=1, after=start)
    assert event[1]["data"]["household_id"] == "ours"


async def test_streams_are_bounded_and_seats_come_back(served: tuple[str, FastAPI], headers: Any) -> None:
    base, app = served
    mine = headers(*READ, client_id="greedy")
    open_ones = [asyncio.create_task(listen(base, mine, count=1)) for _ in range(3)]
    for _ in range(300):  # a fourth request before the third is seated would be let in, and never end
        if app.state.seats._held["greedy"] == 3:
            break
        await asyncio.sleep(0.1)
    async with httpx.AsyncClient(base_url=base) as client:
        refused = await client.get("/v1/alerts/stream", headers=mine)
    assert (refused.status_code, refused.json()["code"]) == (429, "alerts.stream.too_many")
    assert refused.headers["retry-after"] == "10"
    for task in open_ones:
        task.cancel()
    await asyncio.gather(*open_ones, return_exceptions=True)
    for _ in range(50):
        if not app.state.seats._held["greedy"]:
            break
        await asyncio.sleep(0.1)
    assert app.state.seats._held["greedy"] == 0


async def test_stream_refuses_a_place_that_is_none(served: tuple[str, FastAPI], headers: Any) -> None:
    async with httpx.AsyncClient(base_url=served[0]) as client:
        response = await client.get("/v1/alerts/stream", headers=headers(*READ, **{"Last-Event-ID": "abc"}))
    assert (response.status_code, response.json()["code"]) == (422, "alerts.stream.bad_position")


async def test_stream_survives_the_loss_of_its_listening_connection(
    served: tuple[str, FastAPI], headers: Any, world: World
) -> None:
    start = await head(world)
    listening = asyncio.create_task(listen(served[0], headers(*READ), count=1, after=start))
    await world.seen("query LIKE 'LISTEN alerts_feed%'")
    await world.rows(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND query LIKE 'LISTEN alerts_feed%'"
    )
    await publish(world, alert("after-loss"))
    (event,) = await asyncio.wait_for(listening, 5)
    assert event[1]["data"]["household_id"] == "after-loss"
