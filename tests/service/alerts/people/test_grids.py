"""Somebody whose term is of a grid sees and does something about its households, and about nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from alerts_world import OTHER_VILLAGE, TOWN, VILLAGE, World, event_of, finding, new_household, snapshot, staff
from clue_steps import open_clue, verify

from alerts.duties.consumers import on_duties
from contracts.registry import RegistryDutyOpened
from feed_reader import Copy
from servicekit import clock
from servicekit.ids import new_id

Headers = Callable[..., dict[str, str]]
GRID, NEXT = "东一网格", "东二网格"
SCOPES = ("clues:read", "clues:verify", "clues:report", "duties:read", "duties:handle")


async def _home(world: World, grid: str | None, **more: Any) -> str:
    home = new_household()
    await world.register(snapshot(home, grid=grid, **more))
    return home


@pytest.fixture
async def ann(world: World) -> str:
    """A grid worker of the village."""
    made = new_id()
    await world.appoint(staff(made, "GRID", VILLAGE, grid=GRID))
    return made


async def _clue(world: World, home: str) -> str:
    await world.fold(finding(home))
    return str((await world.clues(home))[0]["id"])


async def test_clues_are_seen_by_the_grid_of_their_household_wherever_it_is_now(
    client: httpx.AsyncClient, headers: Headers, world: World, ann: str
) -> None:
    caller = headers(*SCOPES, areas=[VILLAGE], person=ann, grid=GRID)
    home = await _home(world, GRID)
    clues = {home: await _clue(world, home)}
    for grid in (NEXT, None):
        other = await _home(world, grid)
        clues[other] = await _clue(world, other)

    async def seen(**params: str) -> set[str]:
        answer = await client.get("/v1/clues", params={"limit": "200", **params}, headers=caller)
        assert answer.status_code == 200, answer.text
        found = {item["id"] for item in answer.json()["items"]} & set(clues.values())
        for clue in clues.values():
            one = await client.get(f"/v1/clues/{clue}", headers=caller)
            assert one.status_code == (200 if clue in found else 404)
        return found

    assert await seen() == {clues[home]}
    assert await seen(area=VILLAGE) == {clues[home]}
    assert (await client.get("/v1/clues", params={"area": TOWN}, headers=caller)).status_code == 404
    await world.register(snapshot(home, version=2, grid=NEXT))
    assert await seen() == set()


async def test_feeds_take_clues_and_duties_along_with_the_grid_of_their_household(
    client: httpx.AsyncClient, headers: Headers, world: World, ann: str
) -> None:
    caller = headers(*SCOPES, areas=[VILLAGE], person=ann, grid=GRID)
    comes, leaves, moves = [await _home(world, grid) for grid in (None, GRID, GRID)]
    of_home = {home: await _clue(world, home) for home in (comes, leaves, moves)}
    clues, duties, village = (
        Copy(client, "/v1/clues/changes", caller),
        Copy(client, "/v1/duties/changes", caller),
        Copy(client, "/v1/clues/changes", headers(*SCOPES, areas=[VILLAGE])),
    )

    def held(of: Copy) -> set[str]:
        """The households of the test that the copy has something about."""
        return {item["household_id"] for item in of.items.values()} & of_home.keys()

    for copy in (clues, duties):
        await copy.until(lambda copy: held(copy) == {leaves, moves})
    await village.until(lambda copy: held(copy) == of_home.keys())
    await world.register(snapshot(comes, version=2, grid=GRID), snapshot(leaves, version=2, grid=NEXT))
    await world.register(snapshot(moves, version=2, area_code=OTHER_VILLAGE, grid=NEXT))
    for copy in (clues, duties):
        await copy.until(lambda copy: held(copy) == {comes})
    assert {of_home[leaves], of_home[moves]} <= set(clues.gone)
    assert {f"D03-{of_home[leaves]}", f"D03-{of_home[moves]}"} <= set(duties.gone)
    await village.until(lambda copy: held(copy) == {comes, leaves})
    assert of_home[leaves] not in village.gone
    for copy, path in ((clues, "/v1/clues"), (duties, "/v1/duties")):
        listed = (await client.get(path, params={"limit": "200"}, headers=caller)).json()["items"]
        assert copy.items.keys() == {item["id"] for item in listed}


async def test_duties_are_seen_taken_and_handed_over_within_the_grid(
    client: httpx.AsyncClient, headers: Headers, world: World, ann: str
) -> None:
    bea = new_id()
    await world.appoint(staff(bea, "GRID", VILLAGE, grid=NEXT))
    duties = {}
    for grid in (GRID, NEXT, None):
        said = RegistryDutyOpened(
            duty_id=f"D10-{new_id()}", kind="D10", revision=1, subject_id=new_id(),
            household_id=await _home(world, grid), area_code=VILLAGE,
            counts_from=clock.today(), due_on=clock.today() + timedelta(days=5),
        )  # fmt: skip
        async with world.database.transaction() as session:
            await on_duties(session, [event_of(said)])
        duties[grid] = said.duty_id
    caller = headers(*SCOPES, areas=[VILLAGE], person=ann, grid=GRID)
    for params in ({"kind": "D10"}, {"kind": "D10", "area": VILLAGE}):
        listed = (await client.get("/v1/duties", params={"limit": "200", **params}, headers=caller)).json()
        assert [item["id"] for item in listed["items"]] == [duties[GRID]]
        counted = (await client.get("/v1/duties/counts", params=params, headers=caller)).json()["items"]
        assert [item["duties"] for item in counted] == [1]
    for grid, duty in duties.items():
        taken = await client.post(f"/v1/duties/{duty}/accept", headers=caller)
        assert taken.status_code == (200 if grid == GRID else 404), taken.text
    to = {"to": f"staff:{bea}"}
    refused = await client.post(f"/v1/duties/{duties[GRID]}/hand-over", json=to, headers=caller)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "person.outside_area")


async def test_a_visit_names_grid_workers_of_the_household_and_only_who_visits(
    client: httpx.AsyncClient, headers: Headers, world: World, ann: str
) -> None:
    """F-A05. Whoever sits at the county's desk was not there."""
    monitor, next_door = new_id(), new_id()
    await world.appoint(staff(monitor, "MONITOR", "990101000000"), staff(next_door, "GRID", VILLAGE, grid=NEXT))
    clue = await open_clue(world)
    await world.register(snapshot(clue["household_id"], version=2, grid=GRID))
    cadre = new_id()
    await world.appoint(staff(cadre, "VILLAGE", VILLAGE))

    def signed_in(*scopes: str, **more: str) -> dict[str, str]:
        return headers(*scopes, person=cadre, **more)

    refused = await verify(client, signed_in, clue, verifiers=[ann, next_door, monitor])
    assert refused.status_code == 422, refused.text
    assert [(error["pointer"], error["code"]) for error in refused.json()["errors"]] == [
        ("/verifiers/1", "person.outside_area"),
        ("/verifiers/2", "person.role"),
    ]


async def test_a_grid_worker_reports_of_the_own_households_only(
    client: httpx.AsyncClient, headers: Headers, world: World, ann: str
) -> None:
    caller = headers(*SCOPES, areas=[VILLAGE], person=ann, grid=GRID)
    said = {"risk_type": "01", "visited_on": clock.today().isoformat(), "note": "突发大病", "visitors": [ann]}
    for grid, status in ((GRID, 201), (NEXT, 422), (None, 422)):
        body = said | {"household_id": await _home(world, grid)}
        answer = await client.post("/v1/visits", json=body, headers=caller)
        assert (answer.status_code < 300) == (status < 300), answer.text
