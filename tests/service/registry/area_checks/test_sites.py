"""Resettlement sites in which nobody works: planted, beside near misses, against a naive count."""

from __future__ import annotations

import math
from typing import Any

import httpx
import pytest
from registry_world import AREAS, COUNTY, OTHER_TOWN, OTHER_VILLAGE, VILLAGE, household, member, ndjson, send

Headers = dict[str, str]
# Site, village, then how many households there are in which: nobody works, somebody does, nobody knows, nobody can.
PLANTED = (
    ("甲安置区", VILLAGE, 3, 57, 4, 9),  # exactly 5 % of those that are known
    ("乙安置区", OTHER_VILLAGE, 3, 58, 0, 0),  # three of sixty-one are less
    ("丙安置区", VILLAGE, 2, 5, 30, 0),  # a large share, and too few to say anything
    ("丁安置区", OTHER_VILLAGE, 9, 1, 0, 0),  # clearly more than elsewhere
)


def work(state: str) -> list[dict[str, Any]]:
    """Give what the register says of two members who can work."""
    return {
        "idle": [{"work_months": 0}, {"work_months": 0}],
        "works": [{"work_months": 0}, {"work_months": 1}],
        "posts": [{}, {"public_post": "road"}],
        "unknown": [{"work_months": 0}, {}],
        "unable": [{"labour": "4"}, {"labour": "5"}],
    }[state]


@pytest.fixture(scope="module")
async def planted(client: httpx.AsyncClient, county: Headers) -> list[dict[str, Any]]:
    await send(client, AREAS.encode(), county, kind="text/csv", path="/v1/areas/import")
    homes, number = [], 0
    for site, village, idle, works, unknown, unable in PLANTED:
        states = ["idle"] * idle + ["works"] * (works - 1) + ["posts"] + ["unknown"] * unknown + ["unable"] * unable
        for state in states:
            number += 1
            pair = []
            for place, said in enumerate(work(state)):
                one = member(number, f"19{60 + place * 10}0101", id_no=None, relation="head" if place == 0 else "child")
                pair.append(one | {"person_no": f"99S{number:05d}{place}", "name": f"李{number}"} | said)
            homes.append(
                household(f"99S{number:07d}", *pair, village_code=village, hh_type="1", resettlement_site=site)
            )
    receipt = (await send(client, ndjson(*homes), county)).json()
    assert receipt["households"] == len(homes), receipt
    looked = await client.post("/v1/area-checks", json={}, headers=county)
    assert looked.json()["counties"] == [COUNTY], looked.text
    listed = await client.get("/v1/area-checks", params={"limit": 100}, headers=county)
    return [item for item in listed.json()["items"] if item["site"]]


def expected() -> set[tuple[str, str, str]]:
    found = set()
    idle_of_all = sum(idle for _, _, idle, *_ in PLANTED)
    able_of_all = sum(idle + works for _, _, idle, works, *_ in PLANTED)
    for site, village, idle, works, _, _ in PLANTED:
        able = idle + works
        if idle >= 3 and idle >= 0.05 * able:
            found.add(("CK-08E", village, site))
        rate = able * (idle_of_all - idle) / (able_of_all - able)
        chance = 1 - sum(math.exp(-rate) * rate**k / math.factorial(k) for k in range(idle))
        if idle >= 3 and chance < 0.01:
            found.add(("CK-08F", village, site))
    return found


async def test_sites_where_nobody_works_are_found_and_no_near_miss(planted: list[dict[str, Any]]) -> None:
    """F-D03 F-D05: by the register; of whom it says nothing, nothing is concluded."""
    wanted = expected()
    assert {(item["code"], item["area_code"], item["site"]) for item in planted} == wanted
    assert {code for code, _, _ in wanted} == {"CK-08E", "CK-08F"}
    [first] = [item for item in planted if item["site"] == "甲安置区"]
    assert (first["cause"], first["evidence"]) == (None, {"site_able": 60, "site_idle": 3})


async def test_a_site_opens_to_its_idle_households_and_only_in_its_township(
    planted: list[dict[str, Any]], client: httpx.AsyncClient, county: Headers, headers: Any
) -> None:
    [item] = [item for item in planted if (item["site"], item["code"]) == ("丁安置区", "CK-08E")]
    shown = (await client.get(f"/v1/area-checks/{item['id']}", headers=county)).json()
    assert (shown["households_total"], len(shown["households"])) == (9, 9)
    other = headers(areas=[OTHER_TOWN])
    assert (await client.get(f"/v1/area-checks/{item['id']}", headers=other)).json()["households_total"] == 9
    elsewhere = headers(areas=["990101101000"])
    assert (await client.get(f"/v1/area-checks/{item['id']}", headers=elsewhere)).status_code == 404
