"""The feed of changed clues: rows of the list, closed ones with their state, and what moved away."""

from __future__ import annotations

from collections.abc import Callable

import httpx
from alerts_world import COUNTY, OTHER_VILLAGE, TOWN, World, finding, new_household, snapshot, withdrawal

from feed_reader import Copy
from servicekit import areas

PATH = "/v1/clues/changes"


async def test_an_application_that_was_away_learns_what_became_of_clues(
    world: World, client: httpx.AsyncClient, headers: Callable[..., dict[str, str]]
) -> None:
    stays, moves = new_household(), new_household()
    found = finding(stays)
    await world.register(snapshot(stays), snapshot(moves))
    await world.fold(found, finding(moves))
    town = Copy(client, PATH, headers("clues:read", areas=[TOWN]), {"limit": "1"})
    other = Copy(client, PATH, headers("clues:read", areas=[areas.town_of(OTHER_VILLAGE)]))
    county = Copy(client, PATH, headers("clues:read"), {"area": COUNTY})
    (first,), (second,) = [[clue["id"] for clue in await world.clues(home)] for home in (stays, moves)]
    await town.until(lambda copy: {first, second} <= copy.items.keys())
    await county.until(lambda copy: {first, second} <= copy.items.keys())
    await other.catch_up()
    assert first not in other.items

    await world.fold(withdrawal(found))
    await world.register(snapshot(moves, version=2, area_code=OTHER_VILLAGE))
    await town.until(lambda copy: copy.items[first]["state"] == "withdrawn" and second in copy.gone)
    assert second not in town.items
    await other.until(lambda copy: second in copy.items)
    await county.until(lambda copy: copy.items[second]["area_code"] == OTHER_VILLAGE)
    assert county.gone == []

    listed = await client.get("/v1/clues", params={"household": stays}, headers=headers("clues:read"))
    assert town.items[first] == listed.json()["items"][0]
    assert (await town.ask()).json()["titles"] in ("shown", "unavailable")


async def test_a_subscriber_alone_reads_no_clues(
    client: httpx.AsyncClient, headers: Callable[..., dict[str, str]]
) -> None:
    assert (await client.get(PATH, headers=headers("alerts:read"))).status_code == 403
