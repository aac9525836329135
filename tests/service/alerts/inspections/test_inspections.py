"""A quarter's inspection: households drawn by a seed, each the duty of who is named, until it has a result."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import httpx
import pytest
from alerts_world import COUNTY, OTHER_VILLAGE, TOWN, VILLAGE, World, new_household, snapshot, staff
from python_calamine import CalamineWorkbook
from sqlalchemy import text

from servicekit.ids import new_id

Headers = Callable[..., dict[str, str]]
READ, WRITE, HANDLE, DUTIES = "supervision:read", "supervision:write", "duties:handle", "duties:read"
PLACE = "/v1/inspections"
OTHER_TOWN = "990101102000"
WANTED = {"area_code": COUNTY, "period": "2026-Q4", "due_on": "2026-12-31", "seed": "seed-2026-q4", "households": 2}
RESULT = {"visited_on": "2026-12-02", "finding": "as_recorded", "note": "政策已落实"}


@pytest.fixture(autouse=True)
async def monitored(world: World, move_clock: Callable[[float], None]) -> list[str]:
    """Noon of the second of December, five monitored households in one township and one in another."""
    move_clock(datetime(2026, 12, 2, 4, tzinfo=UTC).timestamp() - time.time())
    async with world.database.transaction() as session:
        await session.execute(text("DELETE FROM inspection_task"))
        await session.execute(text("DELETE FROM inspection"))
        await session.execute(text("UPDATE household SET status = 'ended'"))
    homes = [new_household() for _ in range(6)]
    places = [VILLAGE] * 5 + [OTHER_VILLAGE]
    await world.register(
        *(snapshot(home, area_code=place, is_monitored=True) for home, place in zip(homes, places, strict=True)),
        snapshot(new_household()),
    )
    return homes


async def drawn(client: httpx.AsyncClient, caller: dict[str, str], **more: Any) -> dict[str, Any]:
    answer = await client.post(PLACE, json=WANTED | more, headers=caller)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def tasks(
    client: httpx.AsyncClient, caller: dict[str, str], inspection: str, **query: Any
) -> list[dict[str, Any]]:
    answer = await client.get(f"{PLACE}/{inspection}/tasks", params=query or None, headers=caller)
    assert answer.status_code == 200, answer.text
    assert answer.json()["total"] == len(answer.json()["items"])
    return list(answer.json()["items"])


async def test_households_are_drawn_by_a_seed_and_each_has_who_is_responsible(
    client: httpx.AsyncClient, headers: Headers, world: World, monitored: list[str]
) -> None:
    """F-F01, F-F21: the checklist is made by the system; each household has a person, a day and a result."""
    inspector = new_id()
    await world.appoint(staff(inspector, "MONITOR", COUNTY))
    county = headers(READ, WRITE, DUTIES, client_id="county")
    kept = await drawn(client, county, responsible=[{"area_code": TOWN, "person": f"staff:{inspector}"}])
    assert (kept["seed"], kept["drawn"]["unresolved"], kept["open"]) == ("seed-2026-q4", 3, 3)
    assert [(row["area_code"], row["households"]) for row in kept["frame"]] == [(TOWN, 5), (OTHER_TOWN, 1)]
    rows = await tasks(client, county, kept["id"])
    again = await tasks(client, county, (await drawn(client, county))["id"])
    assert [row["household_id"] for row in rows] == [row["household_id"] for row in again], (
        "the same seed, the same lots"
    )
    assert {row["household_id"] for row in rows} <= set(monitored)
    named = [row for row in rows if row["responsible"]]
    assert len(named) == 2
    duty = (await client.get(f"/v1/duties/{named[0]['duty_id']}", headers=county)).json()
    assert (duty["kind"], duty["due_on"], duty["link"]) == (
        "Y03",
        "2026-12-31",
        f"/v1/inspection-tasks/{named[0]['id']}",
    )

    path = f"/v1/inspection-tasks/{named[0]['id']}/result"
    other = headers(READ, HANDLE, client_id="other")
    early = await client.post(path, json=RESULT, headers=other)
    assert (early.status_code, early.json()["code"]) == (409, "alerts.duty.not_in_hand")
    person = headers(READ, HANDLE, DUTIES, client_id="app", person=inspector)
    future = await client.post(path, json=RESULT | {"visited_on": "2026-12-03"}, headers=person)
    assert (future.status_code, future.json()["errors"][0]["code"]) == (422, "visited_on.future")
    key = {"Idempotency-Key": new_id()}
    for _ in range(2):
        done = await client.post(path, json=RESULT, headers=person | key)
        assert (done.status_code, done.json()["state"], done.json()["closed_by"]) == (200, "done", f"staff:{inspector}")
    twice = await client.post(path, json=RESULT, headers=person)
    assert (twice.status_code, twice.json()["code"]) == (409, "alerts.inspection.closed")
    assert (await client.get(f"/v1/duties/{named[0]['duty_id']}", headers=county)).json()["state"] == "done"
    assert (await client.get(f"{PLACE}/{kept['id']}", headers=county)).json()["open"] == 2

    book = await client.get(f"{PLACE}/{kept['id']}/checklist", params={"format": "xlsx"}, headers=county)
    lines = CalamineWorkbook.from_filelike(BytesIO(book.content)).get_sheet_by_name("督查清单").to_python()
    assert len(lines) == 4
    assert any("与记录一致" in line for line in lines)
    page = (await client.get(f"{PLACE}/{kept['id']}/checklist", headers=county)).text
    assert "随机种子：seed-2026-q4" in page


async def test_who_sees_which_households(
    client: httpx.AsyncClient, headers: Headers, world: World, monitored: list[str]
) -> None:
    county = headers(READ, WRITE, client_id="county")
    kept = await drawn(client, county)
    town = headers(READ, areas=[OTHER_TOWN], client_id="town")
    (own,) = await tasks(client, town, kept["id"])
    assert own["household_id"] == monitored[5]
    seen = (await client.get(f"{PLACE}/{kept['id']}", headers=town)).json()
    assert (seen["drawn"]["unresolved"], [row["area_code"] for row in seen["frame"]]) == (1, [OTHER_TOWN])
    foreign = next(row for row in await tasks(client, county, kept["id"]) if row["id"] != own["id"])
    for caller in (
        town, headers(READ, areas=["990100000000"], client_id="city"), headers(READ, department="MED", client_id="med"),
    ):  # fmt: skip
        answer = await client.get(f"/v1/inspection-tasks/{foreign['id']}", headers=caller)
        assert (answer.status_code, answer.json()["code"]) == (404, "alerts.inspection.not_found")
    for caller in (
        headers(READ, areas=["990100000000"], client_id="city"),
        headers(READ, department="MED", client_id="med"),
    ):
        assert (await client.get(f"{PLACE}/{kept['id']}", headers=caller)).status_code == 404
        assert (await client.get(PLACE, headers=caller)).json()["total"] == 0
    moved = snapshot(foreign["household_id"], version=2, area_code=OTHER_VILLAGE, is_monitored=True)
    await world.register(moved)
    assert {row["household_id"] for row in await tasks(client, town, kept["id"])} == {
        own["household_id"], foreign["household_id"],
    }, "a household that moves is inspected where it lives"  # fmt: skip


async def test_near_misses(client: httpx.AsyncClient, headers: Headers, world: World) -> None:
    county = headers(READ, WRITE, client_id="county")
    for wrong, pointer in (
        ({"due_on": "2026-12-01"}, "/due_on"),
        ({"period": "2027-Q1"}, "/period"),
        ({"responsible": [{"area_code": "990102101000", "person": f"staff:{new_id()}"}]}, "/responsible/0/area_code"),
        ({"responsible": [{"area_code": TOWN, "person": f"staff:{new_id()}"}]}, "/responsible/0/person"),
        ({"households": 0}, "/households"),
        ({"seed": "短"}, "/seed"),
    ):
        answer = await client.post(PLACE, json=WANTED | wrong, headers=county)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer), answer.text
    town = headers(READ, WRITE, areas=[TOWN], client_id="town")
    assert (await client.post(PLACE, json=WANTED, headers=town)).status_code == 404
    assert (await client.post(PLACE, json=WANTED | {"area_code": TOWN}, headers=town)).status_code == 404
    med = headers(READ, WRITE, department="MED", client_id="med")
    assert (await client.post(PLACE, json=WANTED, headers=med)).json()["code"] == "alerts.not_supervisor"
    async with world.database.transaction() as session:
        await session.execute(text("UPDATE household SET status = 'ended'"))
    empty = await client.post(PLACE, json=WANTED, headers=county)
    assert (empty.status_code, empty.json()["code"]) == (409, "alerts.inspection.empty")
