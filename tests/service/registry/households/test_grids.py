"""Somebody whose term is of a grid sees and does something about its households, and about nothing else."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from episode_case import new_case
from registry_world import COUNTY, VILLAGE, household, household_id, member, ndjson, send

from feed_reader import Copy
from servicekit.db import Database
from servicekit.ids import new_id

READ = ("areas:read", "households:read", "episodes:read", "contacts:write", "duties:handle")
ANN = new_id()
HOMES = {"own": "东一网格", "next": "东二网格", "none": None}


@pytest.fixture(scope="module")
def grid_worker(headers: Any) -> dict[str, str]:
    """A grid worker of one of the village's grids."""
    caller: dict[str, str] = headers(scopes=READ, areas=[VILLAGE], person=ANN, grid="东一网格")
    return caller


@pytest.fixture(scope="module")
async def homes(client: httpx.AsyncClient, county: dict[str, str]) -> dict[str, str]:
    """A household of the grid, of the next one, and of none."""
    bodies = [
        household(f"99G000000{place}", member(460 + place, "19610101"), grid=grid)
        for place, grid in enumerate(HOMES.values())
    ]
    assert (await send(client, ndjson(*bodies), county)).json()["households"] == 3
    return {name: await household_id(client, f"99G000000{place}", county) for place, name in enumerate(HOMES)}


async def seen(client: httpx.AsyncClient, caller: dict[str, str], **params: str) -> set[str]:
    answer = await client.get("/v1/households", params={"limit": "200", **params}, headers=caller)
    assert answer.status_code == 200, answer.text
    return {item["id"] for item in answer.json()["items"]}


async def test_a_grid_worker_sees_the_households_of_the_grid_alone(
    client: httpx.AsyncClient, grid_worker: dict[str, str], homes: dict[str, str]
) -> None:
    assert await seen(client, grid_worker) == {homes["own"]}
    assert await seen(client, grid_worker, area=VILLAGE) == {homes["own"]}
    for path in ("", "/history", "/timeline", "/identity-changes", "/statuses", "/incomes"):
        for name, home in homes.items():
            answer = await client.get(f"/v1/households/{home}{path}", headers=grid_worker)
            assert answer.status_code == (200 if name == "own" else 404), (path, name)
    wanted = {"household_ids": list(homes.values()), "area_codes": [VILLAGE]}
    titles = (await client.post("/v1/households/titles", json=wanted, headers=grid_worker)).json()
    assert [each["id"] for each in titles["households"]] == [homes["own"]]
    assert [each["path"][-1] for each in titles["areas"]] == ["甲村"], "the name of the own village is no secret"


async def test_areas_outside_the_village_are_no_filter_for_a_grid_worker(
    client: httpx.AsyncClient, grid_worker: dict[str, str]
) -> None:
    answer = await client.get("/v1/households", params={"area": COUNTY}, headers=grid_worker)
    assert (answer.status_code, answer.json()["code"]) == (404, "area_outside")
    assert [each["code"] for each in (await client.get("/v1/areas", headers=grid_worker)).json()["items"]] == [VILLAGE]


async def test_the_feed_of_changes_tells_what_comes_into_the_grid_and_what_leaves_it(
    client: httpx.AsyncClient, county: dict[str, str], grid_worker: dict[str, str], headers: Any
) -> None:
    homes = ["99G0000021", "99G0000022", "99G0000023"]
    places = zip(homes, (464, 465, 466), ("东一网格", "东二网格", None), strict=True)
    lines = [household(home, member(serial, "19610101"), grid=grid) for home, serial, grid in places]
    assert (await send(client, ndjson(*lines), county)).json()["households"] == 3
    own, beside, none = [await household_id(client, home, county) for home in homes]
    copy, village = (
        Copy(client, "/v1/households/changes", caller) for caller in (grid_worker, headers(areas=[VILLAGE]))
    )

    async def put(home: str, **change: str | None) -> None:
        done = await client.patch(f"/v1/households/{home}", json=change, headers=county | {"If-Match": "*"})
        assert done.status_code == 200, done.text

    await copy.until(lambda copy: own in copy.items)
    assert not {beside, none} & copy.items.keys()
    await village.until(lambda copy: {own, beside, none} <= copy.items.keys())
    await put(own, grid="东二网格")
    await put(none, grid="东一网格")
    await copy.until(lambda copy: own in copy.gone and none in copy.items)
    assert own not in copy.items
    await put(none, village_code="990101102201")
    await copy.until(lambda copy: none in copy.gone)
    assert beside not in copy.gone
    await village.until(lambda copy: none in copy.gone)
    assert village.items[own]["grid"] == "东二网格"
    assert not {own, beside} & set(village.gone)
    listed = await client.get("/v1/households", params={"limit": "200"}, headers=grid_worker)
    assert copy.items == {item["id"]: item for item in listed.json()["items"]}
    copy.headers = headers(scopes=READ, areas=[VILLAGE], person=ANN, grid="东二网格")
    refused = await copy.ask()
    assert (refused.status_code, refused.json()["code"]) == (410, "changes.start_again")


async def test_an_episode_follows_the_grid_of_its_household_at_once(
    client: httpx.AsyncClient, county: dict[str, str], grid_worker: dict[str, str], registry_database: Database
) -> None:
    case = await new_case(client, county, registry_database)
    episode = (await case.read())["id"]

    async def is_seen() -> bool:
        listed = (await client.get("/v1/episodes", params={"limit": "200"}, headers=grid_worker)).json()["items"]
        one = await client.get(f"/v1/episodes/{episode}", headers=grid_worker)
        assert one.status_code in (200, 404)
        found = episode in {item["id"] for item in listed}
        assert found == (one.status_code == 200)
        return found

    assert not await is_seen(), "a household without a grid is nobody's grid worker's"
    place, mine = f"/v1/households/{case.household}", county | {"If-Match": "*"}
    assert (await client.patch(place, json={"grid": "东一网格"}, headers=mine)).status_code == 200
    assert await is_seen()
    shown = (await client.get(f"/v1/episodes/{episode}", headers=grid_worker)).json()
    assert (shown["titles"], shown["title"]["household"]["id"]) == ("shown", case.household)
    assert (await client.patch(place, json={"grid": "东二网格"}, headers=mine)).status_code == 200
    assert not await is_seen()


async def test_a_household_that_leaves_its_village_leaves_its_grid(
    client: httpx.AsyncClient, county: dict[str, str], homes: dict[str, str]
) -> None:
    """The next village may have a grid of the same name."""
    place, mine = f"/v1/households/{homes['next']}", county | {"If-Match": "*"}
    moved = await client.patch(place, json={"village_code": "990101102201"}, headers=mine)
    assert (moved.status_code, moved.json()["grid"]) == (200, None), moved.text
    back = await client.patch(place, json={"village_code": VILLAGE, "grid": "东二网格"}, headers=mine)
    assert (back.status_code, back.json()["grid"]) == (200, "东二网格"), back.text
