"""One id through every change that a file brings: a number that comes, a corrected one, another household or number."""

from __future__ import annotations

from typing import Any

import httpx
from registry_world import OTHER_VILLAGE, clue_of, household, id_no, member, ndjson, outbox, send
from sqlalchemy import text

from servicekit.db import Database


async def members_of(client: httpx.AsyncClient, hh_no: str, headers: dict[str, str]) -> tuple[str, dict[str, str]]:
    """Give a household's id and, by relation and sex, its members' ids."""
    (found,) = (await client.get("/v1/households", params={"hh_no": hh_no}, headers=headers)).json()["items"]
    return found["id"], {f"{item['relation']} {item['sex']}": item["id"] for item in found["members"]}


async def take(client: httpx.AsyncClient, headers: dict[str, str], *households: dict[str, Any]) -> dict[str, Any]:
    """Import, all of it."""
    receipt = (await send(client, ndjson(*households), headers)).json()
    assert (receipt["state"], receipt["households_rejected"]) == ("done", 0), receipt
    return receipt


def newborn(**changes: Any) -> dict[str, Any]:
    """Give a child that nobody has registered yet."""
    child = member(0, "20260901", name="柳宝", relation="child", labour="5", id_no=None)
    del child["person_no"]
    return child | {"sex": "1"} | changes


async def test_a_newborn_that_gets_its_number_stays_the_same_person(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    head = member(301, name="柳大")
    await take(client, county, household("99H0008101", head, newborn()))
    before = await members_of(client, "99H0008101", county)
    await take(client, county, household("99H0008101", head, newborn(id_no=id_no(302, "20260901"))))
    assert await members_of(client, "99H0008101", county) == before
    event = (await outbox(registry_database, "registry.household.v1", before[0]))[-1]
    (child,) = [item for item in event["members"] if item["relation"] == "child"]
    assert (child["person_id"], child["id_token"] is None) == (before[1]["child 1"], False)


async def test_a_newborn_without_a_name_yet_stays_the_same_person(
    client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    head = member(311, name="柳大")
    await take(client, county, household("99H0008111", head, newborn(name="未取名")))
    before = await members_of(client, "99H0008111", county)
    await take(
        client, county, household("99H0008111", head, newborn(id_no=id_no(312, "20260901"), person_no="99P8112"))
    )
    assert await members_of(client, "99H0008111", county) == before


async def test_twins_are_told_apart_by_their_names_and_never_guessed(
    client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    head, numbers = member(321, name="柳大"), [id_no(322, "20260901"), id_no(323, "20260901")]
    await take(client, county, household("99H0008121", head, newborn(name="柳甲"), newborn(name="柳乙")))
    (found,) = (await client.get("/v1/households", params={"hh_no": "99H0008121"}, headers=county)).json()["items"]
    before = [item["id"] for item in found["members"]]
    twins = [newborn(name="柳乙", id_no=numbers[1]), newborn(name="柳甲", id_no=numbers[0])]
    await take(client, county, household("99H0008121", head, *twins))
    (found,) = (await client.get("/v1/households", params={"hh_no": "99H0008121"}, headers=county)).json()["items"]
    assert [item["id"] for item in found["members"]] == [before[0], before[2], before[1]]
    unnamed = [newborn(name="柳丙", id_no=None), newborn(name="柳丁", id_no=None)]
    await take(client, county, household("99H0008121", head, *unnamed))  # neither is one of the two that were there
    (found,) = (await client.get("/v1/households", params={"hh_no": "99H0008121"}, headers=county)).json()["items"]
    assert not {item["id"] for item in found["members"][1:]} & set(before)


async def test_a_corrected_number_keeps_the_person(client: httpx.AsyncClient, county: dict[str, str]) -> None:
    wrong, right = member(331, name="柳小二"), member(332, "19810202", name="柳小二")
    del wrong["person_no"], right["person_no"]
    await take(client, county, household("99H0008131", wrong, member(333, relation="spouse", female=True)))
    before = await members_of(client, "99H0008131", county)
    await take(client, county, household("99H0008131", right, member(333, relation="spouse", female=True)))
    after = await members_of(client, "99H0008131", county)
    assert set(after[1].values()) == set(before[1].values())


async def test_whoever_goes_to_another_household_of_the_file_stays_the_same_person(
    client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    """A household splits: its son founds his own, which is new; another one's daughter joins him."""
    father, son = member(341), member(342, "20000101", relation="child")
    mother, daughter = member(343), member(344, "20010101", relation="child", female=True)
    await take(client, county, household("99H0008141", father, son), household("99H0008142", mother, daughter))
    _, first = await members_of(client, "99H0008141", county)
    _, second = await members_of(client, "99H0008142", county)
    await take(
        client,
        county,
        household("99H0008141", father),
        household("99H0008142", mother),
        household("99H0008143", son | {"relation": "head"}, daughter | {"relation": "spouse"}),
    )
    _, third = await members_of(client, "99H0008143", county)
    assert third == {
        "head 1": first["child 1"],
        "spouse 2": second["child 2"],
    }


async def test_whoever_left_and_comes_back_somewhere_else_is_the_same_person(
    client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    mother, daughter = member(351), member(352, "20010101", relation="child", female=True)
    await take(client, county, household("99H0008151", mother, daughter))
    _, before = await members_of(client, "99H0008151", county)
    await take(client, county, household("99H0008151", mother))
    await take(
        client,
        county,
        household("99H0008152", member(353), daughter | {"relation": "spouse"}, village_code=OTHER_VILLAGE),
    )
    _, after = await members_of(client, "99H0008152", county)
    assert after["spouse 2"] == before["child 2"]
    await take(client, county, household("99H0008152", member(353), village_code=OTHER_VILLAGE))
    made = await client.post(
        "/v1/households", json=household("99H0008154", daughter | {"relation": "head"}), headers=county
    )
    assert made.json()["members"][0]["id"] == before["child 2"]


async def test_a_household_under_another_number_is_the_same_household(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    family = [member(361), newborn(name="柳小")]
    await take(client, county, household("99H0008161", *family))
    before = await members_of(client, "99H0008161", county)
    receipt = await take(client, county, household("99H0008169", *family, phone="13900000001"))
    assert (receipt["created"], receipt["updated"]) == (0, 1)
    assert await members_of(client, "99H0008169", county) == before
    assert (await client.get("/v1/households", params={"hh_no": "99H0008161"}, headers=county)).json()["items"] == []
    async with registry_database.transaction() as session:
        (kept,) = (
            await session.execute(
                text("SELECT kind, before, after FROM identity_change WHERE household_id = CAST(:id AS uuid)"),
                {"id": before[0]},
            )
        ).mappings()
    assert dict(kept) == {"kind": "household_renumbered", "before": "99H0008161", "after": "99H0008169"}
    unmasked = await client.post(
        f"/v1/persons/{before[1]['head 1']}/unmask",
        json={"purpose_code": "audit", "case_id": await clue_of(registry_database, before[0])},
        headers=county,
    )
    assert unmasked.json()["phone"] == "13900000001"


async def test_a_part_of_a_household_is_no_household_under_another_number(
    client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    await take(client, county, household("99H0008171", member(371), member(372, relation="spouse", female=True)))
    receipt = (await send(client, ndjson(household("99H0008179", member(371))), county)).json()
    assert receipt["reject_codes"] == {"person_no.in_other_household": 1}


async def test_a_file_changes_a_household_that_was_changed_by_hand(
    client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    body = household("99H0008191", member(391))
    await take(client, county, body)
    (home,) = (await client.get("/v1/households", params={"hh_no": "99H0008191"}, headers=county)).json()["items"]
    await client.patch(
        f"/v1/households/{home['id']}", json={"group_name": "5组"}, headers=county | {"If-Match": '"v1"'}
    )
    receipt = await take(client, county, body | {"group_name": "6组"})
    assert (receipt["updated"], receipt["unchanged"]) == (1, 0)
    (home,) = (await client.get("/v1/households", params={"hh_no": "99H0008191"}, headers=county)).json()["items"]
    assert home["group_name"] == "6组"
