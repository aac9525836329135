"""Households and persons that are renumbered, corrected, merged or split stay the same, with their history."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
from elimination_case import measure_of
from registry_world import OTHER_VILLAGE, household, id_no, member, outbox
from sqlalchemy import text

from servicekit import clock
from servicekit.db import Database
from servicekit.ids import new_id


async def register(client: httpx.AsyncClient, headers: dict[str, str], hh_no: str, *members: Any, **more: Any) -> Any:
    """Register a household and give it."""
    made = await client.post("/v1/households", json=household(hh_no, *members, **more), headers=headers)
    assert made.status_code == 201, made.text
    return made.json()


async def act(client: httpx.AsyncClient, headers: dict[str, str], path: str, version: int = 1, **body: Any) -> Any:
    """Post a change with the version that was seen."""
    etag = {"If-Match": f'"v{version}"'}
    return await client.post(f"/v1/{path}", json={"reason": "核对户口簿"} | body, headers=headers | etag)


async def newest(database: Database, household_id: str) -> Any:
    """Give the newest snapshot of a household."""
    return (await outbox(database, "registry.household.v1", household_id))[-1]


_CASE = (
    """INSERT INTO episode (id, household_id, origin, state, risk_types, found_on, created_at, updated_at)
    VALUES (CAST(:case AS uuid), CAST(:home AS uuid), 'clue', 'ASSISTING', '{01}', '2026-10-01', now(), now())""",
    """INSERT INTO episode_step (episode_id, sequence, state, occurred_on, actors, record, client_id, recorded_at)
    VALUES (CAST(:case AS uuid), 1, 'ASSISTING', '2026-10-01', '{}', '{}', 'x', now())""",
    """INSERT INTO clue (clue_id, household_id, risk_type, found_at, episode_id)
    VALUES (CAST(:case AS text), CAST(:home AS text), '01', now(), CAST(CAST(:case AS text) AS uuid))""",
    """INSERT INTO plan_task (id, episode_id, household_id, place, title, risk_types, department, person, due_on, state,
        version, created_at, updated_at)
    VALUES (uuidv7(), CAST(:case AS uuid), CAST(:home AS uuid), 0, '医疗救助', '{01}', 'MED', 'med-1', '2030-11-01',
        'open', 1, now(), now())""",
    """UPDATE household SET is_monitored = true, monitor_category = '1', open_risks = '{01}'
    WHERE id = CAST(:home AS uuid)""",
)


async def open_case(database: Database, household_id: str) -> str:
    """Give a household a case that is not over, and what hangs on it."""
    case = new_id()
    async with database.transaction() as session:
        for statement in _CASE:
            await session.execute(text(statement), {"case": case, "home": household_id})
    return case


async def test_a_renumbered_household_keeps_its_id_and_its_contact(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    home = await register(client, county, "99H0003001", member(101))
    await register(client, county, "99H0003002", member(102))
    taken = await act(client, county, f"households/{home['id']}/renumber", hh_no="99H0003002")
    assert (taken.status_code, taken.json()["code"]) == (409, "registry.household.exists")
    done = await act(client, county, f"households/{home['id']}/renumber", hh_no="99H0003009")
    assert (done.status_code, done.json()["id"], done.json()["hh_no"]) == (200, home["id"], "99H0003009")
    unmasked = await client.post(
        f"/v1/persons/{home['members'][0]['id']}/unmask",
        json={"purpose_code": "correction", "case_id": await open_case(registry_database, home["id"])},
        headers=county,
    )
    assert unmasked.json()["phone"] == "13912345678"
    (change,) = (await client.get(f"/v1/households/{home['id']}/identity-changes", headers=county)).json()["items"]
    assert (change["kind"], change["before"], change["after"]) == ("household_renumbered", "99H0003001", "99H0003009")
    stale = await act(client, county, f"households/{home['id']}/renumber", hh_no="99H0003010")
    assert stale.status_code == 412


async def test_a_corrected_number_stays_the_same_person_for_everybody(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    home = await register(client, county, "99H0003011", member(111))
    person = home["members"][0]["id"]
    before = await newest(registry_database, home["id"])
    alone = await act(client, county, f"persons/{person}/correction", id_no=id_no(112, "19810101"))
    assert (alone.status_code, alone.json()["errors"][0]["code"]) == (422, "birth_date.alone")
    wrong = await act(
        client, county, f"persons/{person}/correction", id_no=id_no(112, "19810101"), birth_date="1980-01-01"
    )
    assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (422, "birth_date.mismatch")
    done = await act(
        client, county, f"persons/{person}/correction", id_no=id_no(112, "19810101"), birth_date="1981-01-01"
    )
    assert (done.status_code, done.json()["members"][0]["id"]) == (200, person), done.text
    after = await newest(registry_database, home["id"])
    assert (after["members"][0]["person_id"], after["version"]) == (person, 2)
    assert after["members"][0]["id_token"] != before["members"][0]["id_token"]
    found = await client.post("/v1/persons/search", json={"id_no": id_no(112, "19810101")}, headers=county)
    assert [item["id"] for item in found.json()["items"]] == [person]
    (change,) = (await client.get(f"/v1/households/{home['id']}/identity-changes", headers=county)).json()["items"]
    assert (change["kind"], change["person_id"]) == ("person_corrected", person)
    assert id_no(111) not in str(change)


async def test_two_records_of_one_person_become_the_older_one_with_the_number_of_the_newer(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    child = {"relation": "child", "labour": "5"}
    old, new = member(0, "20260901", id_no=None, person_no=None, **child), member(121, "20260901", **child)
    home = await register(client, county, "99H0003021", member(122), old, new)
    _, first, second = (item["id"] for item in home["members"])
    done = await act(client, county, f"persons/{second}/merge", into=first)
    assert done.status_code == 200, done.text
    assert [item["id"] for item in done.json()["members"]][1:] == [first]
    (kept,) = [item for item in (await newest(registry_database, home["id"]))["members"] if item["person_id"] == first]
    assert kept["id_token"] is not None
    found = await client.post("/v1/persons/search", json={"id_no": id_no(121, "20260901")}, headers=county)
    assert [item["id"] for item in found.json()["items"]] == [first]
    again = await act(client, county, f"persons/{second}/merge", 2, into=first)
    assert (again.status_code, again.json()["code"]) == (409, "registry.continuity.same_person")


async def test_what_is_planned_for_one_record_of_a_person_is_for_the_other_one(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    """Measures and tasks, the duty of a department, the plan of a graduate: of two the revision made last holds."""
    child = {"relation": "child", "labour": "5"}
    old, new = member(0, "20000901", id_no=None, person_no=None, **child), member(125, "20000901", **child)
    home = await register(client, county, "99H0003025", member(126), old, new)
    _, first, second = (item["id"] for item in home["members"])
    case = await open_case(registry_database, home["id"])
    body = measure_of("MED") | {"person_id": second}
    measure = await client.post(f"/v1/episodes/{case}/measures", json=body, headers=county)
    assert measure.status_code == 201, measure.text
    plan = """INSERT INTO graduate_plan (person_id, version, needs, measures, responsible, made_on, recorded_at,
        recorded_by) VALUES (CAST(:who AS uuid), :version, ARRAY[:need], '[]', uuidv7(), '2026-11-01',
        CAST(CAST(:at AS text) AS timestamptz), 'x')"""
    async with registry_database.transaction() as session:
        await session.execute(
            text("UPDATE plan_task SET person_id = CAST(:who AS uuid) WHERE household_id = CAST(:home AS uuid)"),
            {"who": second, "home": home["id"]},
        )
        for who, version, need, at in ((first, 1, "a", "11-01"), (second, 1, "b", "11-02"), (second, 2, "c", "11-03")):
            values = {"who": who, "version": version, "need": need, "at": f"2026-{at}T00:00:00Z"}
            await session.execute(text(plan), values)
    done = await act(client, county, f"persons/{second}/merge", into=first)
    assert done.status_code == 200, done.text
    async with registry_database.transaction() as session:
        found = await session.execute(
            text(
                "SELECT person_id::text, version, needs[1] FROM graduate_plan"
                " WHERE person_id = ANY(CAST(:both AS uuid[])) ORDER BY version"
            ),
            {"both": [first, second]},
        )
        assert [tuple(row) for row in found] == [(first, 1, "a"), (first, 2, "b"), (first, 3, "c")]
        task = "SELECT person_id::text FROM plan_task WHERE household_id = CAST(:home AS uuid)"
        assert (await session.execute(text(task), {"home": home["id"]})).scalar_one() == first
    told = [each for each in await outbox(registry_database, "registry.duty.v1") if each["household_id"] == home["id"]]
    duties = [(each["revision"], each["person_id"]) for each in told if each["kind"] == "P01"]
    assert duties == [(1, second), (2, first)]


async def test_a_merged_household_takes_members_and_case_along_and_says_where(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    gone = await register(client, county, "99H0003031", member(131), member(132, "20100101", relation="child"))
    stays = await register(client, county, "99H0003032", member(133), village_code=OTHER_VILLAGE)
    case = await open_case(registry_database, gone["id"])
    head = gone["members"][0]["id"]
    path = f"households/{gone['id']}/merge"
    two_heads = await act(client, county, path, into=stays["id"])
    assert (two_heads.status_code, two_heads.json()["errors"][0]["code"]) == (422, "household.two_heads")
    done = await act(client, county, path, into=stays["id"], relations=[{"id": head, "relation": "parent"}])
    body = done.json()
    assert (done.status_code, body["id"], body["population"], body["is_monitored"]) == (200, stays["id"], 3, True), body
    assert {item["id"] for item in gone["members"]} <= {item["id"] for item in body["members"]}
    told = await newest(registry_database, gone["id"])
    assert (told["status"], told["merged_into"], told["members"]) == ("merged", stays["id"], [])
    assert (await newest(registry_database, stays["id"]))["open_risks"] == ["01"]
    moved = (await outbox(registry_database, "registry.episode.v1", stays["id"]))[-1]
    assert (moved["episode_id"], moved["area_code"]) == (case, OTHER_VILLAGE)
    async with registry_database.transaction() as session:
        clue = await session.execute(text("SELECT household_id FROM clue WHERE clue_id = :case"), {"case": case})
        assert clue.scalar_one() == stays["id"]
        owner = "SELECT household_id::text FROM plan_task WHERE episode_id = CAST(:case AS uuid)"
        assert (await session.execute(text(owner), {"case": case})).scalar_one() == stays["id"]


async def test_two_households_with_cases_are_not_merged(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    one = await register(client, county, "99H0003041", member(141))
    other = await register(client, county, "99H0003042", member(142))
    for home in (one, other):
        await open_case(registry_database, home["id"])
    relations = [{"id": one["members"][0]["id"], "relation": "parent"}]
    refused = await act(client, county, f"households/{one['id']}/merge", into=other["id"], relations=relations)
    assert (refused.status_code, refused.json()["code"]) == (409, "registry.continuity.both_have_cases")
    itself = await act(client, county, f"households/{one['id']}/merge", into=one["id"])
    assert (itself.status_code, itself.json()["code"]) == (409, "registry.continuity.same_household")


async def test_whoever_founds_a_household_stays_the_same_person(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    home = await register(client, county, "99H0003051", member(151), member(152, "20000101", relation="child"))
    son = home["members"][1]["id"]
    path = f"households/{home['id']}/split"
    headless = await act(client, county, path, hh_no="99H0003052", members=[{"id": son, "relation": "child"}])
    assert (headless.status_code, headless.json()["errors"][0]["code"]) == (422, "household.no_head")
    done = await act(
        client, county, path, hh_no="99H0003052", members=[{"id": son, "relation": "head"}], village_code=OTHER_VILLAGE
    )
    founded = done.json()
    assert (done.status_code, founded["area_code"], founded["population"]) == (201, OTHER_VILLAGE, 1), founded
    assert [item["id"] for item in founded["members"]] == [son]
    assert done.headers["location"] == f"/v1/households/{founded['id']}"
    assert [item["person_id"] for item in (await newest(registry_database, founded["id"]))["members"]] == [son]
    assert len((await newest(registry_database, home["id"]))["members"]) == 1
    for household_id in (home["id"], founded["id"]):
        changes = (await client.get(f"/v1/households/{household_id}/identity-changes", headers=county)).json()["items"]
        assert [change["kind"] for change in changes] == ["household_split"]


async def test_a_day_to_come_and_a_household_elsewhere_are_refused(
    client: httpx.AsyncClient, county: dict[str, str], headers: Any
) -> None:
    home = await register(client, county, "99H0003061", member(161))
    tomorrow = (clock.today() + timedelta(days=1)).isoformat()
    early = await act(client, county, f"households/{home['id']}/renumber", hh_no="99H0003069", occurred_on=tomorrow)
    assert (early.status_code, early.json()["errors"][0]["code"]) == (422, "occurred_on.future")
    stranger = headers(areas=["990101102000"])
    person = home["members"][0]["id"]
    for path, body in (
        (f"households/{home['id']}/renumber", {"hh_no": "99H0003069"}),
        (f"households/{home['id']}/merge", {"into": new_id()}),
        (f"persons/{person}/correction", {"name": "别人"}),
        (f"persons/{person}/merge", {"into": person}),
    ):
        assert (await act(client, stranger, path, **body)).status_code == 404, path


async def test_an_edit_that_happened_earlier_never_overrides_a_later_one(
    client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    home = await register(client, county, "99H0003071", member(171))
    place, person = f"/v1/households/{home['id']}", home["members"][0]["id"]
    days = [(clock.today() - timedelta(days=ago)).isoformat() for ago in (2, 5)]

    async def patch(version: int, **body: Any) -> Any:
        return await client.patch(place, json=body, headers=county | {"If-Match": f'"v{version}"'})

    newer = {"group_name": "5组", "occurred_on": days[0], "members": [{"id": person, "labour": "3"}]}
    await patch(1, **newer)
    older = {
        "group_name": "4组", "phone": "13900000002", "occurred_on": days[1],
        "members": [{"id": person, "labour": "1", "relief": "dibao"}],
    }  # fmt: skip
    late = await patch(2, **older)
    body = late.json()
    assert (late.status_code, body["group_name"], body["members"][0]["labour"]) == (200, "5组", "3"), body
    assert body["not_applied"] == ["group_name", "members/0/labour"]
    assert (body["phone"], body["members"][0]["relief"]) == ("139****0002", "dibao")
    again = await patch(3, group_name="6组")
    assert (again.json()["group_name"], again.json()["not_applied"]) == ("6组", [])


async def test_whoever_left_by_hand_and_joins_elsewhere_by_hand_is_the_same_person(
    client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    daughter = member(182, "20010101", relation="child", female=True)
    home = await register(client, county, "99H0003081", member(181), daughter)
    other = await register(client, county, "99H0003082", member(183))
    person = home["members"][1]["id"]
    left = {"members": [{"id": person, "left_on": clock.today().isoformat(), "left_reason": "婚出"}]}
    await client.patch(f"/v1/households/{home['id']}", json=left, headers=county | {"If-Match": '"v1"'})
    joins = {"members": [daughter | {"relation": "spouse"}]}
    joined = await client.patch(f"/v1/households/{other['id']}", json=joins, headers=county | {"If-Match": '"v1"'})
    assert joined.status_code == 200, joined.text
    assert [item["id"] for item in joined.json()["members"]][1:] == [person]
