"""The feed of changed households: what the list shows, to whom the list shows it, and what left."""

from __future__ import annotations

from typing import Any

import httpx
from registry_world import (
    COUNTY,
    OTHER_TOWN,
    OTHER_VILLAGE,
    TOWN,
    VILLAGE,
    household,
    household_id,
    member,
    ndjson,
    send,
)

from feed_reader import Copy
from registry.settings import RegistrySettings
from servicekit.db import Database

PATH = "/v1/households/changes"


async def registered(client: httpx.AsyncClient, county: dict[str, str], *serials: int) -> list[str]:
    numbers = [f"99C{serial:07d}" for serial in serials]
    lines = (household(no, member(serial, "19710707")) for no, serial in zip(numbers, serials, strict=True))
    done = await send(client, ndjson(*lines), county)
    assert done.json()["state"] == "done", done.text
    return [await household_id(client, number, county) for number in numbers]


def version(copy: Copy, key: str) -> int:
    return int(copy.items.get(key, {}).get("version", 0))


async def test_an_application_that_was_away_learns_all_that_changed_in_its_area(
    client: httpx.AsyncClient, county: dict[str, str], headers: Any
) -> None:
    first, second = await registered(client, county, 401, 402)
    town = Copy(client, PATH, headers(areas=[TOWN]), {"limit": "1"})
    other = Copy(client, PATH, headers(areas=[OTHER_TOWN]))
    await town.until(lambda copy: {first, second} <= copy.items.keys())
    assert town.pages > 1
    assert town.gone == []
    await other.catch_up()

    place = f"/v1/households/{first}"
    (third,) = await registered(client, county, 403)
    await client.patch(place, json={"group_name": "七组"}, headers=county | {"If-Match": "*"})
    await client.put(f"{place}/incomes/2026", json={"wage": "31000.00"}, headers=county)
    moved = await client.patch(
        f"/v1/households/{second}", json={"village_code": OTHER_VILLAGE}, headers=county | {"If-Match": "*"}
    )
    assert moved.status_code == 200, moved.text
    await town.until(lambda copy: version(copy, first) == 3 and third in copy.items and second in copy.gone)
    assert second not in town.items
    await other.until(lambda copy: second in copy.items)
    assert other.items[second]["version"] == 2
    assert not {first, third} & other.items.keys()

    listed = await client.get("/v1/households", params={"area": VILLAGE, "limit": "200"}, headers=county)
    shown = {item["id"]: item for item in listed.json()["items"]}
    assert town.items == shown, "the same fields and masks as the list's"


async def test_what_ends_is_told_with_its_state(client: httpx.AsyncClient, county: dict[str, str]) -> None:
    kept, merged = await registered(client, county, 411, 412)
    copy = Copy(client, PATH, county, {"area": VILLAGE})
    await copy.until(lambda copy: {kept, merged} <= copy.items.keys())
    (person,) = copy.items[merged]["members"]
    body = {"into": kept, "reason": "并户登记", "relations": [{"id": person["id"], "relation": "parent"}]}
    done = await client.post(f"/v1/households/{merged}/merge", json=body, headers=county | {"If-Match": "*"})
    assert done.status_code == 200, done.text
    await copy.until(lambda copy: version(copy, merged) == 2 and len(copy.items[kept]["members"]) == 2)
    assert copy.items[merged]["status"] != "active"
    assert copy.gone == []


async def test_a_change_that_is_not_committed_holds_the_feed_back(
    client: httpx.AsyncClient, county: dict[str, str], settings: RegistrySettings, registry_database: Database
) -> None:
    (key,) = await registered(client, county, 421)
    copy = Copy(client, PATH, county)
    await copy.until(lambda copy: key in copy.items)
    async with await registry_database.connect_raw(autocommit=False) as early:
        await early.execute("UPDATE household SET group_name = '九组' WHERE id = %s", (key,))
        (late,) = await registered(client, county, 422)
        await copy.catch_up()
        assert late not in copy.items
        assert copy.items[key]["group_name"] != "九组"
    await copy.until(lambda copy: late in copy.items and copy.items[key]["group_name"] == "九组")


async def test_a_place_serves_nobody_else(client: httpx.AsyncClient, county: dict[str, str], headers: Any) -> None:
    copy = Copy(client, PATH, county)
    await copy.catch_up()
    copy.headers = headers(areas=[TOWN])
    refused = await copy.ask()
    assert (refused.status_code, refused.json()["code"]) == (410, "changes.start_again")
    assert refused.json()["title"] == "请重新同步"
    outside = await client.get(PATH, params={"area": COUNTY}, headers=headers(areas=[TOWN]))
    assert (outside.status_code, outside.json()["code"]) == (404, "area_outside")
    nowhere = await client.get(PATH, headers=headers(areas=[]))
    assert (nowhere.json()["items"], nowhere.json()["is_more"]) == ([], False)
    for wrong in ({"changed_since": "abc"}, {"limit": "0"}, {"since": "1"}, {"area": "99"}):
        assert (await client.get(PATH, params=wrong, headers=county)).status_code == 422
    unlawful = await client.get(PATH, headers=headers(scopes=["areas:read"]))
    assert unlawful.status_code == 403
