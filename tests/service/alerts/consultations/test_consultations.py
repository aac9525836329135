"""What departments decide together: recorded by who leads, read by who took part, taken back where wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
from alerts_world import COUNTY, OTHER_VILLAGE, TOWN, VILLAGE, World
from clue_steps import open_clue, verify

from servicekit import clock
from servicekit.ids import new_id

Headers = Any
READ, WRITE = "supervision:read", "supervision:write"
PLACE = "/v1/consultations"


def said(**changes: Any) -> dict[str, Any]:
    return {
        "area_code": COUNTY, "topic": "联合研判", "held_on": clock.today().isoformat(), "departments": ["MED", "CIV"],
        "opinion": "符合突发严重困难情形", "decisions": [{"what": "落实临时救助", "department": "CIV"}], **changes,
    }  # fmt: skip


@pytest.fixture
def county(headers: Headers) -> dict[str, str]:
    return headers(READ, WRITE, client_id="county")


async def record(client: httpx.AsyncClient, county: dict[str, str], **changes: Any) -> httpx.Response:
    return await client.post(PLACE, json=said(**changes), headers=county)


async def test_a_clue_is_judged_by_departments_and_its_township_reads_the_opinion(
    client: httpx.AsyncClient, headers: Headers, world: World, county: dict[str, str]
) -> None:
    """F-A35, F-A16, F-B31."""
    clue = await open_clue(world)
    made = await record(client, county, clue_ids=[clue["id"], clue["id"]], departments=["CIV", "MED", "CIV"])
    assert made.status_code == 201, made.text
    body = made.json()
    assert (body["clue_ids"], body["departments"]) == ([clue["id"]], ["CIV", "MED"])
    assert body["decisions"] == [{"what": "落实临时救助", "department": "CIV", "due_on": None}]
    assert body["recorded_by"] == "county"
    read = await client.get(made.headers["location"], headers=county)
    assert read.json() == body
    for area in (COUNTY, TOWN, VILLAGE):
        listed = await client.get(PLACE, params={"clue_id": clue["id"]}, headers=headers(READ, areas=[area]))
        assert [each["id"] for each in listed.json()["items"]] == [body["id"]], area
    town = headers(READ, WRITE, areas=[TOWN])
    assert (await client.get(made.headers["location"], headers=town)).json() == body
    taken = await client.post(made.headers["location"] + "/withdraw", json={"reason": "不是本镇登记的"}, headers=town)
    assert taken.status_code == 404
    in_grid = headers(READ, areas=[VILLAGE], person=new_id(), grid="别的网格")
    assert (await client.get(PLACE, headers=in_grid)).json()["items"] == []
    assert (await client.get(made.headers["location"], headers=in_grid)).status_code == 404
    other_town = headers(READ, areas=[OTHER_VILLAGE[:9] + "000"])
    assert (await client.get(made.headers["location"], headers=other_town)).status_code == 404
    assert (await client.get(PLACE, params={"clue_id": clue["id"]}, headers=other_town)).json()["total"] == 0
    assert (await client.get(PLACE, params={"clue_id": new_id()}, headers=county)).json()["total"] == 0
    told = await client.get(
        "/v1/clues/timeline", params={"household_id": clue["household_id"]}, headers=headers("clues:read")
    )
    [entry] = [each for each in told.json()["items"] if each["kind"] == "clue_judged"]
    assert entry["text"]["zh"] == "有关部门会商研判（CIV, MED）。"
    assert entry["link"] == f"{PLACE}/{body['id']}"


async def test_a_department_reads_what_it_took_part_in_and_records_nothing(
    client: httpx.AsyncClient, headers: Headers, county: dict[str, str]
) -> None:
    place = (await record(client, county)).headers["location"]
    took_part = headers(READ, WRITE, department="MED", client_id="med")
    stayed_away = headers(READ, WRITE, department="EDU", client_id="edu")
    assert (await client.get(place, headers=took_part)).status_code == 200
    away = await client.get(place, headers=stayed_away)
    assert (away.status_code, away.json()["code"]) == (404, "alerts.consultation.not_found")
    ids = {each["id"] for each in (await client.get(PLACE, headers=stayed_away)).json()["items"]}
    assert place.rsplit("/", 1)[1] not in ids
    refused = await client.post(PLACE, json=said(), headers=took_part)
    assert (refused.status_code, refused.json()["code"]) == (403, "alerts.consultation.of_county")
    withdrawn = await client.post(f"{place}/withdraw", json={"reason": "登记有误"}, headers=took_part)
    assert withdrawn.json()["code"] == "alerts.consultation.of_county"


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"departments": ["CIV", "CIV"]}, ["departments.one"]),
        ({"held_on": (clock.today() + timedelta(days=2)).isoformat()}, ["held_on.future"]),
        ({"clue_ids": ["0198c0de-0000-7000-8000-000000000001"]}, ["clue.unknown"]),
        ({"decisions": [{"what": "整改", "department": "EDU"}]}, ["decision.department"]),
        ({"decisions": [{"what": "整改", "due_on": "2020-01-01"}]}, ["decision.due"]),
        ({"persons": ["staff:0198c0de-0000-7000-8000-000000000001"]}, ["person.unknown"]),
    ],
)
async def test_a_record_that_cannot_be_is_refused(
    client: httpx.AsyncClient, county: dict[str, str], changes: dict[str, Any], codes: list[str]
) -> None:
    refused = await record(client, county, **changes)
    assert (refused.status_code, refused.json()["code"]) == (422, "alerts.consultation.invalid"), refused.text
    assert [error["code"] for error in refused.json()["errors"]] == codes


async def test_a_clue_that_is_closed_or_elsewhere_is_judged_by_nobody(
    client: httpx.AsyncClient, headers: Headers, world: World, county: dict[str, str]
) -> None:
    closed = await open_clue(world)
    assert (await verify(client, headers, closed, result="confirmed_policy")).status_code == 200
    refused = await record(client, county, clue_ids=[closed["id"]])
    assert [error["code"] for error in refused.json()["errors"]] == ["clue.closed"]
    elsewhere = headers(READ, WRITE, areas=[OTHER_VILLAGE[:9] + "000"], client_id="other")
    other = await open_clue(world)
    outside = await client.post(PLACE, json=said(area_code=TOWN), headers=elsewhere)
    assert outside.status_code == 404
    unknown = await client.post(
        PLACE, json=said(area_code=OTHER_VILLAGE[:9] + "000", clue_ids=[other["id"]]), headers=elsewhere
    )
    assert [error["code"] for error in unknown.json()["errors"]] == ["clue.unknown"]


async def test_a_wrong_record_is_taken_back_and_stays(client: httpx.AsyncClient, county: dict[str, str]) -> None:
    made = (await record(client, county, topic="录错的会商")).json()
    place = f"{PLACE}/{made['id']}"
    gone = await client.post(f"{place}/withdraw", json={"reason": "参会部门有误"}, headers=county)
    assert (gone.status_code, gone.json()["withdrawn_because"]) == (200, "参会部门有误")
    again = await client.post(f"{place}/withdraw", json={"reason": "再撤一次"}, headers=county)
    assert (again.status_code, again.json()["code"]) == (409, "alerts.consultation.withdrawn")
    assert made["id"] not in {each["id"] for each in (await client.get(PLACE, headers=county)).json()["items"]}
    kept = await client.get(PLACE, params={"withdrawn": "true"}, headers=county)
    assert made["id"] in {each["id"] for each in kept.json()["items"]}


async def test_the_same_key_records_once(client: httpx.AsyncClient, county: dict[str, str]) -> None:
    key = {"Idempotency-Key": new_id()}
    first, second = [await client.post(PLACE, json=said(), headers=county | key) for _ in range(2)]
    assert first.json()["id"] == second.json()["id"]
    assert second.headers["location"] == first.headers["location"]
