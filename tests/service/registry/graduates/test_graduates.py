"""Graduates of former poor households: a file and a plan each."""

from __future__ import annotations

import itertools
from typing import Any

import httpx
import pytest
from registry_world import OTHER_TOWN, VILLAGE, household, member
from roster_case import appoint, made, person, unit

from servicekit import clock

_SERIALS = itertools.count(1)
Caller = dict[str, str]


def born(age: int) -> str:
    """A day of birth of somebody of this age, whatever day it is."""
    return f"{clock.today().year - age}0101"


async def graduate(
    client: httpx.AsyncClient, county: Caller, *, hh_type: str = "1", age: int = 24, **changes: Any
) -> tuple[str, str]:
    serial = next(_SERIALS)
    facts = {"education": "bachelor", "work_place": "outside", "work_months": 3} | changes
    body = household(f"99G{serial:07d}", member(serial, born(age), **facts), hh_type=hh_type)
    home = await made(client, county, "/v1/households", **body)
    return str(home["members"][0]["id"]), str(home["id"])


async def listed(client: httpx.AsyncClient, caller: Caller, **query: str) -> dict[str, dict[str, Any]]:
    answer = await client.get("/v1/graduates", params={"limit": "200"} | query, headers=caller)
    assert answer.status_code == 200, answer.text
    return {item["person_id"]: item for item in answer.json()["items"]}


@pytest.mark.parametrize(
    "facts",
    [
        {"hh_type": "0"},
        {"age": 31},
        {"education": "senior"},
        {"education": None},
    ],
)
async def test_only_young_graduates_of_former_poor_households_are_listed(
    client: httpx.AsyncClient, county: Caller, facts: dict[str, Any]
) -> None:
    other, _ = await graduate(client, county, **facts)
    assert other not in await listed(client, county)
    assert (await client.get(f"/v1/graduates/{other}", headers=county)).status_code == 404


async def test_a_graduate_has_a_file_and_a_plan(client: httpx.AsyncClient, county: Caller, headers: Any) -> None:
    """F-C19: 一人一档、一人一策."""
    who, home = await graduate(client, county)
    row = (await listed(client, county, is_planned="false"))[who]
    assert (row["household_id"], row["education"], row["work_months"]) == (home, "bachelor", 3)
    assert (row["planned_on"], row["title"]["household"]["id"]) == (None, home)
    cadre = await person(client, county, await unit(client, county, "village", VILLAGE))
    await appoint(client, county, cadre, "VILLAGE", VILLAGE)
    measure = {"category": "M02", "item": "推荐三次岗位", "due_on": clock.today().isoformat()}
    plan = {"needs": ["希望在本省就业"], "measures": [measure], "responsible": cadre}
    place = f"/v1/graduates/{who}/plan"
    for _ in range(2):
        kept = await client.put(place, json=plan, headers=county)
        assert (kept.status_code, kept.json()["version"]) == (200, 1), kept.text
    revised = await client.put(place, json=plan | {"needs": ["希望考研"]}, headers=county)
    assert revised.json()["version"] == 2
    file = (await client.get(f"/v1/graduates/{who}", headers=county)).json()
    assert [(each["version"], each["needs"]) for each in file["plans"]] == [(2, ["希望考研"]), (1, ["希望在本省就业"])]
    assert who not in await listed(client, county, is_planned="false")

    past = [measure | {"due_on": "2026-01-01"}]
    stranger = await person(client, county, await unit(client, county))  # without a term
    refused = await client.put(place, json=plan | {"measures": past, "responsible": stranger}, headers=county)
    assert (refused.status_code, refused.json()["code"]) == (422, "registry.graduate_plan.invalid")
    assert [error["code"] for error in refused.json()["errors"]] == ["due_on.past", "responsible.unfit"]
    elsewhere = headers(areas=[OTHER_TOWN])
    assert (await client.put(place, json=plan, headers=elsewhere)).status_code == 404
    assert (await client.get(f"/v1/graduates/{who}", headers=elsewhere)).status_code == 404
    assert who not in await listed(client, elsewhere)
    assert (await client.put(place, json=plan, headers=headers(department="HRS"))).status_code == 403
    assert (await client.put(place, json=plan, headers=headers(scopes=["households:read"]))).status_code == 403
