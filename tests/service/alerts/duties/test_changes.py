"""The feed of changed duties: opened, taken in hand, closed, moved, and another department's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
from alerts_world import OTHER_VILLAGE, TOWN, VILLAGE, World, event_of, new_household, snapshot

from alerts.duties.consumers import on_duties
from contracts.duties import Duty
from contracts.registry import RegistryDutyClosed, RegistryDutyOpened
from feed_reader import Copy
from servicekit import clock
from servicekit.ids import new_id

PATH = "/v1/duties/changes"
READ, HANDLE = "duties:read", "duties:handle"


def facts(household: str, kind: str, department: str | None = None) -> dict[str, Any]:
    episode = new_id()
    today = clock.today()
    return {
        "duty_id": f"{kind}-{episode}", "revision": 1, "kind": kind, "subject_id": episode, "household_id": household,
        "area_code": VILLAGE, "department": department, "counts_from": today, "due_on": today + timedelta(days=9),
    }  # fmt: skip


async def say(world: World, *said: Duty) -> None:
    async with world.database.transaction() as session:
        await on_duties(session, [event_of(each) for each in said])


async def test_an_application_that_was_away_learns_what_became_of_duties(
    world: World, client: httpx.AsyncClient, headers: Callable[..., dict[str, str]]
) -> None:
    home, leaver = new_household(), new_household()
    plan, leaving, measure = facts(home, "D06"), facts(leaver, "D06"), facts(home, "P01", "CIV")
    await say(world, *(RegistryDutyOpened.model_validate(each) for each in (plan, leaving, measure)))
    caller = headers(READ, HANDLE, areas=[TOWN])
    town = Copy(client, PATH, caller, {"limit": "2"})
    civil = Copy(client, PATH, headers(READ, client_id="civ", department="CIV"))
    ids = [each["duty_id"] for each in (plan, leaving, measure)]
    await town.until(lambda copy: set(ids) <= copy.items.keys())
    await civil.until(lambda copy: ids[2] in copy.items)
    assert {item["department"] for item in civil.items.values()} == {"CIV"}

    assert (await client.post(f"/v1/duties/{ids[0]}/accept", headers=caller)).status_code == 200
    closed = measure | {"revision": 2, "outcome": "done", "closed_on": clock.today()}
    await say(world, RegistryDutyClosed.model_validate(closed))
    await world.register(snapshot(leaver, area_code=OTHER_VILLAGE))
    await town.until(
        lambda copy: (
            copy.items[ids[0]]["holder"] == "town-101" and copy.items[ids[2]]["state"] == "done" and ids[1] in copy.gone
        )
    )
    assert ids[1] not in town.items
    listed = (await client.get("/v1/duties", params={"household_id": home}, headers=caller)).json()["items"]
    assert {item["id"]: item for item in listed} == {key: town.items[key] for key in (ids[0], ids[2])}

    other = RegistryDutyOpened.model_validate(measure | {"revision": 3, "department": "MED"})
    await say(world, other)
    await civil.until(lambda copy: ids[2] in copy.gone)
    await town.until(lambda copy: copy.items[ids[2]]["department"] == "MED")


async def test_a_good_copy_of_a_duty_is_not_sent_again_until_somebody_takes_it_in_hand(
    world: World, client: httpx.AsyncClient, headers: Callable[..., dict[str, str]]
) -> None:
    plan = facts(new_household(), "D06")
    await say(world, RegistryDutyOpened.model_validate(plan))
    place, caller = f"/v1/duties/{plan['duty_id']}", headers(READ, HANDLE, areas=[TOWN])
    tag = (await client.get(place, headers=caller)).headers["etag"]
    has = caller | {"If-None-Match": tag}
    assert (await client.get(place, headers=has)).status_code == 304
    elsewhere = headers(READ, areas=[OTHER_VILLAGE]) | {"If-None-Match": tag}
    assert (await client.get(place, headers=elsewhere)).status_code == 404
    assert (await client.post(f"{place}/accept", headers=caller)).status_code == 200
    newer = await client.get(place, headers=has)
    assert (newer.status_code, newer.json()["holder"]) == (200, "town-101")
