"""Duties of episodes as they are announced: with each step, with an import, and at the upgrade."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from episode_case import Case, clue_event, hear, new_case
from registry_world import household, household_id, member, ndjson, send
from sqlalchemy import text

from contracts import topics
from contracts.vocabulary import ClueState
from registry.episodes.duties import sweep_job
from servicekit import clock
from servicekit.db import Database

PLAN: dict[str, Any] = {
    "needs": [{"description": "住院费用高", "risk_type": "01"}],
    "tasks": [
        {"title": "医疗救助", "category": "M07", "risk_types": ["01"], "department": "CIV", "person": "c-1",
         "due_on": "2027-12-01"},
        {"title": "介绍就业", "category": "M02", "department": "HRS", "person": "c-2", "due_on": "2027-12-01"},
    ],
    "helper": "helper-1",
}  # fmt: skip


@pytest.fixture
async def case(client: httpx.AsyncClient, county: dict[str, str], registry_database: Database) -> Case:
    return await new_case(client, county, registry_database)


async def said(database: Database, household: str) -> list[tuple[str, int, str | None]]:
    """What was announced of a household's duties, in order: kind, revision, outcome."""
    async with database.transaction() as session:
        rows = await session.execute(
            text("SELECT data FROM outbox WHERE topic = :topic AND data ->> 'household_id' = :id ORDER BY id"),
            {"topic": topics.REGISTRY_DUTY.name, "id": household},
        )
        return [(data["kind"], data["revision"], data.get("outcome")) for data in rows.scalars()]


async def imported(client: httpx.AsyncClient, county: dict[str, str], hh_no: str, number: int) -> str:
    monitor = {"category": "1", "identified_on": "2024-02-29", "risk_types": ["01"]}
    body = household(hh_no, member(number, "19660606"), monitor=monitor)
    receipt = (await send(client, ndjson(body), county)).json()
    assert receipt["households"] == 1, receipt
    return await household_id(client, hh_no, county)


async def test_a_confirmed_clue_brings_the_duty_to_identify_once(case: Case, registry_database: Database) -> None:
    assert await said(registry_database, case.household) == [("D05", 1, None)]
    clue = (await case.read())["clue_id"]
    await hear(registry_database, clue_event(case.household, ClueState.CONFIRMED_IDENTIFY, clue=clue))
    assert (await case.step("VISITED", "v-1", "v-2")).status_code == 200
    await sweep_job(registry_database)()
    assert await said(registry_database, case.household) == [("D05", 1, None)]


async def test_an_imported_case_has_its_duties_and_a_plan_closes_the_first(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    home = await imported(client, county, "99D000001", 1)
    assert await said(registry_database, home) == [("D06", 1, None), ("D07", 1, None), ("D08", 1, None)]
    case = Case(client, county, home)
    episode = await case.read()
    due = {duty["code"]: duty["due_on"] for duty in episode["deadlines"]}
    assert due["D06"] == (clock.today() + timedelta(days=10)).isoformat(), "from the day that it came here"
    url = f"/v1/episodes/{episode['id']}/plan"
    for _ in range(2):
        made = await client.put(url, json=PLAN, headers=county)
        assert made.status_code == 200, made.text
        assert (made.json()["due_on"], made.json()["is_late"]) == (due["D06"], False)
    assert (await said(registry_database, home))[3:] == [("D06", 2, "done"), ("P03", 1, None), ("P03", 1, None)]


async def test_what_was_open_before_the_upgrade_gets_its_duties_once(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    home = await imported(client, county, "99D000002", 2)
    async with registry_database.transaction() as session:  # as a release before left it
        await session.execute(text("DELETE FROM duty_said"))
        await session.execute(text("DELETE FROM outbox WHERE topic = 'registry.duty.v1'"))
    for _ in range(2):
        await sweep_job(registry_database)()
    assert await said(registry_database, home) == [("D06", 1, None), ("D07", 1, None), ("D08", 1, None)]


async def test_who_can_work_no_longer_owes_no_development_measure(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database, monkeypatch: Any
) -> None:
    monkeypatch.setattr("registry.episodes.duties._BATCH", 1)
    home = await imported(client, county, "99D000003", 3)
    async with registry_database.transaction() as session:
        change = "UPDATE person SET labour = '5' WHERE household_id = CAST(:id AS uuid)"
        await session.execute(text(change), {"id": home})
    await sweep_job(registry_database)()
    assert (await said(registry_database, home))[3:] == [("D08", 2, "cancelled")]


async def test_a_measure_is_a_duty_of_its_department_until_it_is_carried_out(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    home = await imported(client, county, "99D000004", 4)
    episode = await Case(client, county, home).read()
    body = {
        "category": "M07", "item": "医疗救助", "risk_types": ["01"], "responsible_department": "MED",
        "responsible_person": "med-003", "planned_on": "2027-12-01",
    }  # fmt: skip
    url = f"/v1/episodes/{episode['id']}"
    made = await client.put(f"{url}/plan", json=PLAN, headers=county)
    assert made.status_code == 200, made.text
    measures = [(await client.post(f"{url}/measures", json=body, headers=county)).json()["id"] for _ in range(2)]
    done = {"state": "implemented", "implemented_on": clock.today().isoformat(), "evidence": "MED-2026-118"}
    dropped = {"state": "not_suitable", "obstacle": "declined", "note": "农户不愿意"}
    for measure, change in zip(measures, (done, dropped), strict=True):
        answer = await client.patch(f"/v1/measures/{measure}", json=change, headers=county)
        assert answer.status_code == 200, answer.text
    await sweep_job(registry_database)()
    async with registry_database.transaction() as session:
        rows = await session.execute(
            text("SELECT data FROM outbox WHERE key = ANY(:keys) ORDER BY id"),
            {"keys": [f"P01-{measure}" for measure in measures]},
        )
        told = list(rows.scalars())
    assert {(one["subject_id"], one["department"], one["due_on"], one["household_id"]) for one in told} == {
        (measure, "MED", "2027-12-01", home) for measure in measures
    }  # fmt: skip
    assert [(one["subject_id"], one["revision"], one.get("outcome")) for one in told] == [
        (measures[0], 1, None), (measures[1], 1, None), (measures[0], 2, "done"), (measures[1], 2, "cancelled"),
    ]  # fmt: skip
    assert "P01" not in {each["code"] for each in (await Case(client, county, home).read())["deadlines"]}


async def test_a_measure_that_cannot_be_done_is_planned_anew_and_a_mistaken_result_is_taken_back(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    home = await imported(client, county, "99D000014", 14)
    episode = await Case(client, county, home).read()
    url = f"/v1/episodes/{episode['id']}"
    assert (await client.put(f"{url}/plan", json=PLAN, headers=county)).status_code == 200
    body = {
        "category": "M07", "item": "医疗救助", "risk_types": ["01"], "responsible_department": "MED",
        "responsible_person": "med-003", "planned_on": "2027-12-01",
    }  # fmt: skip

    async def plan() -> str:
        return f"/v1/measures/{(await client.post(f'{url}/measures', json=body, headers=county)).json()['id']}"

    async def told(kind: str, measure: str) -> list[tuple[int, str | None]]:
        async with registry_database.transaction() as session:
            query = text("SELECT data FROM outbox WHERE key = :key ORDER BY id")
            rows = await session.execute(query, {"key": f"{kind}-{measure.rpartition('/')[2]}"})
            return [(data["revision"], data.get("outcome")) for data in rows.scalars()]

    first = await plan()
    bare = await client.patch(first, json={"state": "not_suitable"}, headers=county)
    assert (bare.status_code, {error["code"] for error in bare.json()["errors"]}) == (
        422, {"obstacle.missing", "note.missing"},
    )  # fmt: skip
    why = {"obstacle": "exhausted", "note": "本年度救助资金已用完"}
    dropped = await client.patch(first, json={"state": "not_suitable"} | why, headers=county)
    assert (dropped.status_code, dropped.json()["obstacle"]) == (200, "exhausted")
    assert (await told("P01", first), await told("P02", first)) == ([(1, None), (2, "cancelled")], [(1, None)])
    second = await plan()
    assert await told("P02", first) == [(1, None), (2, "done")], "another measure was planned"
    third = await plan()
    assert (await client.patch(third, json={"state": "not_suitable"} | why, headers=county)).status_code == 200
    revised = PLAN | {"needs": [{"description": "住院费用高,救助资金已用完", "risk_type": "01"}]}
    assert (await client.put(f"{url}/plan", json=revised, headers=county)).status_code == 200
    assert await told("P02", third) == [(1, None), (2, "done")], "the plan was revised"
    done = {"state": "implemented", "implemented_on": clock.today().isoformat(), "evidence": "MED-2026-119"}
    assert (await client.patch(second, json=done, headers=county)).status_code == 200
    silent = await client.patch(second, json={"state": "in_progress"}, headers=county)
    assert (silent.status_code, silent.json()["errors"][0]["code"]) == (422, "note.missing")
    back = await client.patch(second, json={"state": "in_progress", "note": "误报,尚未发放"}, headers=county)
    assert (back.status_code, back.json()["implemented_on"], back.json()["evidence"]) == (200, None, None)
    assert await told("P01", second) == [(1, None), (2, "done"), (3, None)]
    async with registry_database.transaction() as session:
        query = text("SELECT data FROM outbox WHERE key = :key ORDER BY id")
        rows = (await session.execute(query, {"key": f"D07-{episode['id']}"})).scalars()
        assert [data.get("outcome") for data in rows] == [None, "done", None], "no measure is carried out any more"


async def test_a_notice_pauses_the_identification_where_the_county_has_it_so(
    case: Case, client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    """The list of episodes is by the same day as the duty."""
    before = (await case.read())["due_on"]
    async with registry_database.transaction() as session:
        change = (
            'UPDATE policy_profile SET parameters = parameters || \'{"clock.identify_pauses": "publicity"}\''
            " WHERE region = '000000000000'"
        )
        await session.execute(text(change))
    try:
        for to in ("VISITED", "COMPARED", "REVIEWED", "PUBLICISED"):
            answer = await case.step(to, "v-1", "v-2")
            assert answer.status_code == 200, answer.text
        after = (await case.read())["due_on"]
        assert date.fromisoformat(after) - date.fromisoformat(before) == timedelta(days=5)
        async with registry_database.transaction() as session:
            query = "SELECT data FROM outbox WHERE key LIKE 'D05-%' AND data ->> 'household_id' = :id ORDER BY id"
            told = list((await session.execute(text(query), {"id": case.household})).scalars())
        first = clock.today() + timedelta(days=1)
        assert (told[-1]["due_on"], [(each["since"], each["until"]) for each in told[-1]["pauses"]]) == (
            after, [(first.isoformat(), (clock.today() + timedelta(days=5)).isoformat())],
        )  # fmt: skip
    finally:
        async with registry_database.transaction() as session:
            change = "UPDATE policy_profile SET parameters = parameters - 'clock.identify_pauses'"
            await session.execute(text(f"{change} WHERE region = '000000000000'"))
