"""The supervision list: units are put on it from above, and taken off by somebody else."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from alerts_world import COUNTY, TOWN

from servicekit.ids import new_id

Headers = Callable[..., dict[str, str]]
READ, WRITE = "supervision:read", "supervision:write"
PLACE, CITY = "/v1/supervisions", "990100000000"
TOWNSHIP = {"area_code": TOWN, "reason": "未达到增收目标", "due_on": "2026-12-31"}


@pytest.fixture(autouse=True)
def noon(move_clock: Callable[[float], None]) -> None:
    """A day that does not end while a test runs."""
    move_clock(datetime(2026, 11, 10, 4, tzinfo=UTC).timestamp() - time.time())


async def put(client: httpx.AsyncClient, caller: dict[str, str], unit: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post(PLACE, json=unit, headers=caller)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_a_unit_is_put_on_the_list_and_taken_off_by_somebody_else(
    client: httpx.AsyncClient, headers: Headers
) -> None:
    """F-F05: unit, reason, since when, by when, progress, closed with a reason by a second person."""
    county, second = (headers(READ, WRITE, client_id=name) for name in ("county", "second"))
    key = {"Idempotency-Key": new_id()}
    entry, again = [await put(client, county | key, TOWNSHIP) for _ in range(2)]
    assert (entry, entry["opened_on"], entry["opened_by"]) == (again, "2026-11-10", "county")
    place = f"{PLACE}/{entry['id']}"
    said = await client.post(f"{place}/progress", json={"text": "已约谈主要负责人"}, headers=county)
    assert [(each["by"], each["text"]) for each in said.json()["progress"]] == [("county", "已约谈主要负责人")]
    own = await client.post(f"{place}/closing", json={"text": "已达标"}, headers=county)
    assert (own.status_code, own.json()["code"]) == (403, "alerts.supervision.second_person")
    closed = await client.post(f"{place}/closing", json={"text": "已达标"}, headers=second)
    assert (closed.status_code, closed.json()["closed_by"], closed.json()["closed_why"]) == (200, "second", "已达标")
    late = await client.post(f"{place}/progress", json={"text": "又及"}, headers=second)
    assert (late.status_code, late.json()["code"]) == (409, "alerts.supervision.closed")
    for state, found in (("open", False), ("closed", True)):
        listed = (await client.get(PLACE, params={"state": state}, headers=county)).json()
        assert (entry["id"] in {each["id"] for each in listed["items"]}) == found
        assert listed["total"] == len(listed["items"])


async def test_nobody_is_on_a_list_of_their_own_and_others_do_not_see_it(
    client: httpx.AsyncClient, headers: Headers
) -> None:
    county = headers(READ, WRITE, client_id="county")
    entry = await put(client, county, TOWNSHIP)
    town = headers(READ, WRITE, areas=[TOWN], client_id="town")
    assert (await client.post(PLACE, json=TOWNSHIP, headers=town)).status_code == 404
    assert (await client.get(f"{PLACE}/{entry['id']}", headers=town)).json()["reason"] == "未达到增收目标"
    assert (await client.post(f"{PLACE}/{entry['id']}/closing", json={"text": "好了"}, headers=town)).status_code == 404
    agr = await put(client, county, TOWNSHIP | {"area_code": COUNTY, "department": "AGR"})
    for stranger, other in (
        (headers(READ, WRITE, areas=["990101102000"], client_id="far"), entry),
        (headers(READ, department="MED", client_id="med"), agr),
        (headers(READ, department="AGR", client_id="agr"), entry),
    ):
        assert (await client.get(f"{PLACE}/{other['id']}", headers=stranger)).status_code == 404
        listed = (await client.get(PLACE, headers=stranger)).json()["items"]
        assert other["id"] not in {each["id"] for each in listed}
    of_department = headers(READ, WRITE, department="AGR", client_id="agr")
    assert (await client.get(f"{PLACE}/{agr['id']}", headers=of_department)).status_code == 200
    refused = await client.post(f"{PLACE}/{agr['id']}/closing", json={"text": "好了"}, headers=of_department)
    assert (refused.status_code, refused.json()["code"]) == (403, "alerts.not_supervisor")


async def test_a_county_is_supervised_by_its_city(client: httpx.AsyncClient, headers: Headers) -> None:
    unit = TOWNSHIP | {"area_code": COUNTY}
    county, city = headers(READ, WRITE, client_id="county"), headers(READ, WRITE, areas=[CITY], client_id="city")
    assert (await client.post(PLACE, json=unit, headers=county)).status_code == 404
    entry = await put(client, city, unit)
    own = await client.post(f"{PLACE}/{entry['id']}/closing", json={"text": "已达标"}, headers=county)
    assert own.status_code == 404
    past = await client.post(PLACE, json=unit | {"due_on": "2026-11-09"}, headers=city)
    assert (past.status_code, past.json()["code"]) == (422, "alerts.supervision.past")
