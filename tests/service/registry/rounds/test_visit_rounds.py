"""Monthly rounds of grid workers: coverage by grid, and the duty of a village until everybody was reached."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

import httpx
from registry_world import OTHER_TOWN, VILLAGE, household, member, outbox
from roster_case import appoint, made, person, unit

from registry.rounds.service import follow_job
from servicekit import clock
from servicekit.db import Database

MID_MONTH = 14


def mid_months() -> tuple[float, float]:
    """Seconds to the middle of this month and of the next one: no test runs across the end of a month."""
    noon = datetime.combine(clock.today().replace(day=MID_MONTH), time(12), clock.now().tzinfo)
    this = (noon - clock.now()).total_seconds()
    return this, this + timedelta(days=30).total_seconds()


async def test_a_grid_is_visited_every_month(
    client: httpx.AsyncClient,
    county: dict[str, str],
    headers: Any,
    registry_database: Database,
    move_clock: Callable[[float], None],
) -> None:
    """F-G07: a visit log without a risk; D12."""
    this_month, next_month = mid_months()
    move_clock(this_month)
    worker = await person(client, county, await unit(client, county, "village", VILLAGE))
    await appoint(client, county, worker, "GRID", VILLAGE, grid="第一网格")
    homes = [
        str((await made(client, county, "/v1/households", **household(f"99R000000{n}", member(n), grid=grid)))["id"])
        for n, grid in ((1, "第一网格"), (2, "第一网格"), (3, "第二网格"))
    ]  # nobody has the second grid
    scopes = ("households:read", "contacts:write")
    app = headers(areas=[VILLAGE], scopes=scopes, person=worker, grid="第一网格", client_id="grid-app")
    first = clock.today().replace(day=1).isoformat()
    duty = f"D12-{VILLAGE}-{first}"

    async def said() -> list[tuple[int, str | None]]:
        for _ in range(2):  # nothing is announced twice
            await follow_job(registry_database)()
        told = await outbox(registry_database, "registry.duty.v1", duty)
        return [(each["revision"], each.get("outcome")) for each in told]

    async def coverage(caller: dict[str, str] = county, **query: str) -> Any:
        answer = await client.get("/v1/visit-rounds", params=query, headers=caller)
        assert answer.status_code == 200, answer.text
        return answer.json()

    assert await said() == [(1, None)]
    contact = {"household_id": homes[0], "happened_on": clock.today().isoformat(), "way": "visit"}
    kept = await made(client, app, "/v1/contacts", **contact)
    assert (kept["staff_id"], kept["outcome_label"]) == (worker, "见到或联系上")
    for way, outcome in (("message", "met"), ("phone", "absent")):  # neither tells how the household is
        await made(
            client, app, "/v1/contacts", **(contact | {"household_id": homes[1], "way": way, "outcome": outcome})
        )
    foreign = await client.post("/v1/contacts", json=contact | {"household_id": homes[2]}, headers=app)
    assert foreign.status_code == 404, "another grid's"
    round_ = await coverage(by="grid")
    assert (round_["first_on"], round_["months"]) == (first, 1)
    (row,) = round_["items"]
    counts = {"grid": "第一网格", "due": 2, "reached": 1, "visited": 1, "percent": "50.0"}
    assert {name: row[name] for name in counts} == counts
    assert row["area_path"] == ["试验县", "甲镇", "甲村"]
    assert (await coverage(app))["total"]["due"] == 2
    assert (await coverage(headers(areas=[OTHER_TOWN])))["total"]["due"] == 0
    outside = await client.get("/v1/visit-rounds", params={"area": VILLAGE}, headers=headers(areas=[OTHER_TOWN]))
    assert outside.status_code == 404
    assert await said() == [(1, None)]
    move_clock(next_month)  # the next month: both rounds wait for the second household
    assert await said() == [(1, None)]
    app = headers(areas=[VILLAGE], scopes=scopes, person=worker, grid="第一网格", client_id="grid-app")
    today = clock.today().isoformat()
    await made(client, app, "/v1/contacts", household_id=homes[1], happened_on=today, way="phone")
    assert await said() == [(1, None), (2, "done")]
    (waits,) = await outbox(registry_database, "registry.duty.v1", f"D12-{VILLAGE}-{clock.today().replace(day=1)}")
    assert waits.get("outcome") is None, "this month the first household waits"
