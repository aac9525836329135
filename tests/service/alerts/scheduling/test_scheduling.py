"""A county is asked for each month and quarter; a record does its duty, and each decision is its unit's."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from alerts_world import COUNTY, TOWN, World, new_household, snapshot, staff
from sqlalchemy import text

from alerts.scheduling.service import calendar_job
from servicekit.ids import new_id

Headers = Callable[..., dict[str, str]]
READ, WRITE, HANDLE, DUTIES = "supervision:read", "supervision:write", "duties:handle", "duties:read"
PLACE = "/v1/schedulings"
ITEM = {"what": "补齐参保台账", "area_code": COUNTY, "department": "MED", "due_on": "2026-12-05"}
MEETING: dict[str, Any] = {
    "area_code": COUNTY, "period": "2026-11", "held_on": "2026-11-09", "chaired_by": "领导小组办公室主任",
    "topics": ["监测帮扶进度"], "summary": "通报各乡镇进度", "items": [ITEM],
}  # fmt: skip


@pytest.fixture(autouse=True)
def on(move_clock: Callable[[float], None]) -> Callable[[int, int, int], None]:
    """Let it be noon of a day; the tenth of November to begin with."""

    def move(year: int, month: int, day: int) -> None:
        move_clock(datetime(year, month, day, 4, tzinfo=UTC).timestamp() - time.time())

    move(2026, 11, 10)
    return move


@pytest.fixture
def county(headers: Headers) -> dict[str, str]:
    return headers(READ, WRITE, DUTIES, client_id="county")


@pytest.fixture
def med(headers: Headers) -> dict[str, str]:
    return headers(READ, HANDLE, DUTIES, department="MED", client_id="med")


async def done(client: httpx.AsyncClient, caller: dict[str, str], place: str, said: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post(place, json=said, headers=caller)
    assert answer.status_code in (200, 201), answer.text
    return dict(answer.json())


async def owed(world: World) -> dict[str, str]:
    rows = await world.rows("SELECT id, state, due_on FROM duty WHERE kind = 'D14' ORDER BY id")
    return {row["id"].removeprefix("D14-990101-"): f"{row['state']} {row['due_on']}" for row in rows}


async def test_a_county_is_asked_for_month_and_quarter_and_a_record_does_its_duty(
    world: World, client: httpx.AsyncClient, county: dict[str, str], on: Callable[[int, int, int], None]
) -> None:
    """F-F05: 一月一调度: the calendar opens the duty, the record closes it, a cancelled record opens it again."""
    await world.register(snapshot(new_household()))
    async with world.database.transaction() as session:
        await session.execute(
            text("INSERT INTO area (area_code, name, level) VALUES (:code, '示例县', 'county')"), {"code": COUNTY}
        )
    ask = calendar_job(world.database)
    for _ in range(2):
        await ask()
    assert await owed(world) == {"2026-11": "open 2026-12-05", "2026-Q4": "open 2027-01-10"}
    kept = await done(client, county, PLACE, MEETING)
    assert (await owed(world))["2026-11"] == "done 2026-12-05"
    second = await done(client, county, PLACE, MEETING | {"items": []})
    for record, state in ((kept, "done"), (second, "open")):
        cancelled = await done(client, county, f"{PLACE}/{record['id']}/cancel", {"reason": "重复登记"})
        assert (cancelled["cancelled_why"], (await owed(world))["2026-11"]) == ("重复登记", f"{state} 2026-12-05")
    assert [item["state"] for item in (await client.get(f"{PLACE}/{kept['id']}", headers=county)).json()["items"]] == [
        "cancelled"
    ]
    again = await client.post(f"{PLACE}/{kept['id']}/cancel", json={"reason": "重复登记"}, headers=county)
    assert (again.status_code, again.json()["code"]) == (409, "alerts.scheduling.closed")
    await ask()
    assert (await owed(world))["2026-11"] == "open 2026-12-05", "to ask again changes nothing"
    on(2027, 1, 12)  # nobody asked in between
    await ask()
    assert await owed(world) == {
        "2026-11": "open 2026-12-05", "2026-12": "open 2027-01-05", "2026-Q4": "open 2027-01-10",
        "2027-01": "open 2027-02-05", "2027-Q1": "open 2027-04-10",
    }  # fmt: skip
    late = await done(client, county, PLACE, MEETING | {"period": "2026-Q4", "held_on": "2027-01-11", "items": []})
    assert (late["is_late"], (await owed(world))["2026-Q4"]) == (True, "done 2027-01-10")
    listed = (await client.get(PLACE, params={"area": COUNTY, "period": "2026-11"}, headers=county)).json()
    assert ([row["id"] for row in listed["items"]], listed["total"]) == ([second["id"], kept["id"]], 2)


async def test_what_was_decided_is_its_units_until_it_says_that_it_is_done(
    world: World, client: httpx.AsyncClient, headers: Headers, county: dict[str, str], med: dict[str, str]
) -> None:
    town_item = {"what": "完成入户核实", "area_code": TOWN, "due_on": "2026-11-30"}
    kept = await done(client, county, PLACE, MEETING | {"items": [ITEM, town_item]})
    asked, towns = kept["items"]
    assert (asked["duty_id"][:3], towns["duty_id"][:3]) == ("Y01", "Y02")
    place, said = f"/v1/scheduling-items/{asked['id']}", {"done_on": "2026-11-10", "note": "已补齐"}
    duty = (await client.get(f"/v1/duties/{asked['duty_id']}", headers=med)).json()
    assert (duty["link"], duty["due_on"], duty["department"]) == (place, "2026-12-05", "MED")
    early = await client.post(f"{place}/result", json=said, headers=med)
    assert (early.status_code, early.json()["code"]) == (409, "alerts.duty.not_in_hand")
    await client.post(f"/v1/duties/{asked['duty_id']}/accept", headers=med)
    future = await client.post(f"{place}/result", json=said | {"done_on": "2026-11-11"}, headers=med)
    assert (future.status_code, future.json()["errors"][0]["code"]) == (422, "done_on.future")
    key = {"Idempotency-Key": new_id()}
    for _ in range(2):
        answer = await client.post(f"{place}/result", json=said, headers=med | key)
        assert (answer.status_code, answer.json()["state"], answer.json()["closed_by"]) == (200, "done", "med")
    assert (await client.get(f"/v1/duties/{asked['duty_id']}", headers=med)).json()["state"] == "done"
    town = headers(READ, HANDLE, DUTIES, areas=[TOWN], client_id="town")
    assert (await client.get(f"/v1/scheduling-items/{towns['id']}", headers=town)).json()["what"] == "完成入户核实"
    for stranger, status in ((med, 404), (headers(READ, areas=["990101102000"], client_id="far"), 404), (town, 200)):
        assert (await client.get(f"/v1/scheduling-items/{towns['id']}", headers=stranger)).status_code == status
    for stranger in (med, town):
        assert (await client.get(f"{PLACE}/{kept['id']}", headers=stranger)).status_code == 404
        assert (await client.get(PLACE, headers=stranger)).json()["items"] == []


async def test_who_may_record_and_what_is_refused(
    client: httpx.AsyncClient, headers: Headers, county: dict[str, str]
) -> None:
    of_department = headers(READ, WRITE, department="MED", client_id="med")
    refused = await client.post(PLACE, json=MEETING, headers=of_department)
    assert (refused.status_code, refused.json()["code"]) == (403, "alerts.not_supervisor")
    town = headers(READ, WRITE, areas=[TOWN], client_id="town")
    assert (await client.post(PLACE, json=MEETING, headers=town)).status_code == 404
    for wrong, pointer in (
        ({"held_on": "2026-11-11"}, "/held_on"),
        ({"items": [ITEM | {"department": None}]}, "/items/0/department"),
        ({"period": "2026-13"}, "/period"),
    ):
        answer = await client.post(PLACE, json=MEETING | wrong, headers=county)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_an_item_names_who_is_responsible_and_that_person_says_that_it_is_done(
    world: World, client: httpx.AsyncClient, county: dict[str, str], headers: Headers
) -> None:
    """F-F21: what a meeting decides is a list with a responsible person and a day each."""
    await world.register(snapshot(new_household()))
    inspector = new_id()
    await world.appoint(staff(inspector, "TOWN", TOWN))
    item = {"what": "补走访", "area_code": TOWN, "due_on": "2026-12-05", "responsible": f"staff:{inspector}"}
    kept = await done(client, county, PLACE, MEETING | {"items": [item, item | {"responsible": None}]})
    first, second = kept["items"]
    assert (first["responsible"], second["responsible"]) == (f"staff:{inspector}", None)

    said = {"done_on": "2026-11-10", "note": "已走访"}
    person = headers(READ, HANDLE, DUTIES, areas=[TOWN], client_id="app", person=inspector)
    other = headers(READ, HANDLE, DUTIES, areas=[TOWN], client_id="other")
    early = await client.post(f"/v1/scheduling-items/{first['id']}/result", json=said, headers=other)
    assert (early.status_code, early.json()["code"]) == (409, "alerts.duty.not_in_hand")
    closed = await done(client, person, f"/v1/scheduling-items/{first['id']}/result", said)
    assert (closed["state"], closed["responsible"]) == ("done", f"staff:{inspector}")
    unnamed = await client.post(f"/v1/scheduling-items/{second['id']}/result", json=said, headers=person)
    assert (unnamed.status_code, unnamed.json()["code"]) == (409, "alerts.duty.not_in_hand")

    stranger = item | {"responsible": f"staff:{new_id()}"}
    elsewhere = item | {"area_code": "990101102000"}
    for wrong in (stranger, elsewhere):
        refused = await client.post(PLACE, json=MEETING | {"items": [ITEM, wrong]}, headers=county)
        assert refused.status_code == 422, refused.text
        assert refused.json()["errors"][0]["pointer"] == "/items/1/responsible"
