"""What a page of rows is recognised by: household number, masked head, area path; of the caller's areas only."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest
from registry_world import COUNTY, OTHER_TOWN, OTHER_VILLAGE, TOWN, VILLAGE, household, household_id, member

PLACE = "/v1/households/titles"


@pytest.fixture(scope="module")
async def two(client: httpx.AsyncClient, county: dict[str, str]) -> dict[str, str]:
    """A household in each township, with its id."""
    wife = member(402, relation="spouse", female=True, name="李四")
    for hh_no, members, village in (
        ("99T0000001", (wife, member(401)), VILLAGE),
        ("99T0000002", (member(403, name="欧阳明"),), OTHER_VILLAGE),
    ):
        made = await client.post(
            "/v1/households", json=household(hh_no, *members, village_code=village), headers=county
        )
        assert made.status_code == 201, made.text
    return {name: await household_id(client, f"99T000000{name}", county) for name in "12"}


async def titles(client: httpx.AsyncClient, headers: dict[str, str], *ids: str, areas: Any = ()) -> dict[str, Any]:
    body = {"household_ids": list(ids), "area_codes": list(areas)}
    answer = await client.post(PLACE, json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_households_are_recognised_by_number_masked_head_and_place(
    client: httpx.AsyncClient, county: dict[str, str], two: dict[str, str]
) -> None:
    shown = (await client.get(f"/v1/households/{two['1']}", headers=county)).json()
    (head,) = [each for each in shown["members"] if each["relation"] == "head"]
    assert (await titles(client, county, two["1"], two["2"])) == {
        "households": [
            {
                "id": two["1"], "hh_no": "99T0000001", "area_code": VILLAGE, "status": "active",
                "head": {"id": head["id"], "name": "张**"},
            },
            {
                "id": two["2"], "hh_no": "99T0000002", "area_code": OTHER_VILLAGE, "status": "active",
                "head": (await titles(client, county, two["2"]))["households"][0]["head"],
            },
        ],
        "areas": [
            {"code": VILLAGE, "path": ["试验县", "甲镇", "甲村"]},
            {"code": OTHER_VILLAGE, "path": ["试验县", "乙镇", "乙村"]},
        ],
    }  # fmt: skip


async def test_what_lies_outside_the_callers_areas_is_absent(
    client: httpx.AsyncClient, headers: Any, two: dict[str, str]
) -> None:
    both = (two["1"], two["2"], str(uuid4()))
    asked = (VILLAGE, OTHER_VILLAGE, TOWN, OTHER_TOWN, COUNTY, "990101101999")
    found = await titles(client, headers(areas=(TOWN,)), *both, areas=asked)
    assert [each["id"] for each in found["households"]] == [two["1"]]
    assert [each["code"] for each in found["areas"]] == [TOWN, VILLAGE]
    assert found["areas"][0]["path"] == ["试验县", "甲镇"]
    assert await titles(client, headers(areas=()), *both, areas=asked) == {"households": [], "areas": []}
    apart = await titles(client, headers(areas=(VILLAGE, OTHER_VILLAGE)), *both)
    assert len(apart["households"]) == 2


async def test_a_household_that_was_merged_says_so_and_has_no_head(
    client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    homes = []
    for serial in (411, 412):
        made = await client.post("/v1/households", json=household(f"99T0000{serial}", member(serial)), headers=county)
        homes.append(made.json())
    gone, into = homes
    said = {"into": into["id"], "relations": [{"id": gone["members"][0]["id"], "relation": "parent"}]}
    merged = await client.post(
        f"/v1/households/{gone['id']}/merge",
        json=said | {"reason": "依据户口簿"},
        headers=county | {"If-Match": '"v1"'},
    )
    assert merged.status_code == 200, merged.text
    (title,) = (await titles(client, county, gone["id"]))["households"]
    assert (title["status"], title["head"]) == ("merged", None)


@pytest.mark.parametrize(
    "body",
    [
        {"household_ids": ["h-1"]},
        {"household_ids": [str(uuid4()) for _ in range(201)]},
        {"area_codes": ["99"]},
        {"ids": []},
    ],
    ids=["no uuid", "more than a page", "no area code", "unknown member"],
)
async def test_what_cannot_be_asked_is_refused(
    client: httpx.AsyncClient, county: dict[str, str], body: dict[str, Any]
) -> None:
    assert (await client.post(PLACE, json=body, headers=county)).status_code == 422


async def test_without_the_right_to_see_households_nothing_is_named(
    client: httpx.AsyncClient, headers: Any, two: dict[str, str]
) -> None:
    caller = headers(scopes=("areas:read", "episodes:read"))
    answer = await client.post(PLACE, json={"household_ids": [two["1"]]}, headers=caller)
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
