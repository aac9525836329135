"""Leaving protection: proposed with evidence, carried out by another client, capped a day; look-backs; departments."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from elimination_case import YEAR_S, eliminated, measure_of, monitored
from episode_case import Case, new_case
from registry_world import COUNTY, OTHER_VILLAGE, VILLAGE, outbox
from sqlalchemy import text

from contracts.registry import EndingsCapReached
from contracts.vocabulary import Capped
from servicekit import clock
from servicekit.db import Database


async def leave(case: Case) -> httpx.Response:
    proposed = await case.step("EXIT_PROPOSED", "v-1")
    assert proposed.status_code == 200, proposed.text
    return await case.step("ENDED_NATURAL", "t-1")


async def test_one_client_takes_no_household_out_of_monitoring(
    client: httpx.AsyncClient, county: dict[str, str], levels: Any, headers: Any
) -> None:
    (case,) = await monitored(client, county, levels, 200, 1)
    writer = headers(scopes=["episodes:read", "episodes:write"], client_id="writer")
    for to in ("ENDED_NATURAL", "CORRECTED", "ELIMINATED", "STABLE"):
        refused = await case.step(to, "nobody", record={"reason": "."}, headers=writer)
        assert (refused.status_code, refused.json()["code"]) == (409, "registry.episode.illegal_transition"), to
    for record in ({}, {"exit": "."}, {"exit": {"to": "ENDED_NATURAL", "cause": ".", "evidence_sha256": []}}):
        assert (await case.step("EXIT_PROPOSED", "v-1", record=record)).status_code == 422
    both = headers(client_id="both")
    assert (await case.step("EXIT_PROPOSED", "v-1", headers=both)).status_code == 200
    assert (await case.step("ENDED_NATURAL", "t-1", headers=writer)).status_code == 403
    own = await case.step("ENDED_NATURAL", "t-1", headers=both)
    assert [error["code"] for error in own.json()["errors"]] == ["client.separation_of_duty"]
    episode = await case.read()
    assert (episode["state"], episode["is_active"]) == ("EXIT_PROPOSED", True)
    back = await case.step("MONITORED", "t-1", headers=headers(client_id="town"))
    assert back.status_code == 200, back.text
    assert (back.json()["identified_on"], back.json()["state"]) == (episode["identified_on"], "MONITORED")
    ended = await leave(case)
    assert (ended.status_code, ended.json()["is_active"]) == (200, False), ended.text


async def test_a_household_with_a_running_episode_does_not_end_by_a_change_of_its_register(
    client: httpx.AsyncClient, county: dict[str, str], levels: Any, case: Case
) -> None:
    (imported,) = await monitored(client, county, levels, 220, 1)
    for one in (imported, case):
        url = f"/v1/households/{one.household}"
        refused = await client.patch(url, json={"status": "ended"}, headers=county | {"If-Match": "*"})
        assert (refused.status_code, refused.json()["code"]) == (409, "registry.household.protected")
        assert (await client.get(url, headers=county)).json()["status"] == "active"
    assert (await leave(imported)).status_code == 200
    url = f"/v1/households/{imported.household}"
    ended = await client.patch(url, json={"status": "ended"}, headers=county | {"If-Match": "*"})
    assert (ended.status_code, ended.json()["status"]) == (200, "ended"), ended.text


async def test_a_township_loses_so_many_households_a_day_and_the_last_one_is_announced(
    client: httpx.AsyncClient,
    county: dict[str, str],
    levels: Any,
    registry_database: Database,
    move_clock: Any,
    set_policy: Any,
) -> None:
    move_clock(3 * 86400.0)  # a day of its own
    profile = {
        "effective_from": clock.today().isoformat(),
        "source_document": "试验",
        "parameters": {"episodes.endings_per_day": "3"},
    }
    await set_policy(COUNTY, profile)
    cases = await monitored(client, county, levels, 240, 4, village_code=OTHER_VILLAGE)
    (elsewhere,) = await monitored(client, county, levels, 260, 1)
    answers = [await leave(case) for case in cases]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 409]
    assert (answers[-1].json()["code"], answers[-1].json()["cap"]) == ("registry.episode.endings_capped", 3)
    assert (await cases[-1].read())["state"] == "EXIT_PROPOSED", "what was refused has not happened"
    assert (await leave(elsewhere)).status_code == 200, "another township has its own number"
    # A household that is moved away once it has left makes no room.
    gone = f"/v1/households/{cases[0].household}"
    moved = await client.patch(gone, json={"village_code": VILLAGE}, headers=county | {"If-Match": "*"})
    assert moved.status_code == 200, moved.text
    again = await cases[-1].step("ENDED_NATURAL", "t-1")
    assert (again.status_code, again.json()["code"]) == (409, "registry.episode.endings_capped")
    async with registry_database.transaction() as session:
        told = (
            await session.execute(
                text("SELECT data FROM outbox WHERE type = :type"), {"type": EndingsCapReached.event_type}
            )
        ).scalars()
        (event,) = [EndingsCapReached.model_validate(data) for data in told]
    assert (event.household_id, event.endings) == (cases[2].household, 3)
    move_clock(4 * 86400.0)
    assert (await cases[-1].step("ENDED_NATURAL", "t-1")).status_code == 200, "tomorrow there is room again"


async def test_a_township_turns_so_many_households_away_a_day(
    client: httpx.AsyncClient,
    county: dict[str, str],
    levels: Any,
    registry_database: Database,
    move_clock: Any,
    set_policy: Any,
) -> None:
    move_clock(8 * 86400.0)  # a day of its own
    profile = {
        "effective_from": clock.today().isoformat(),
        "source_document": "试验",
        "parameters": {"episodes.refusals_per_day": "2", "episodes.endings_per_day": "1"},
    }
    await set_policy(COUNTY, profile)
    cases = [await new_case(client, county, registry_database, levels) for _ in range(3)]
    await cases[0].step("VISITED")
    answers = [await case.step(to, "t-1") for case, to in zip(cases, ("REJECTED", *["WITHDRAWN"] * 2), strict=True)]
    assert [answer.status_code for answer in answers] == [200, 200, 409], [answer.text for answer in answers]
    assert (answers[-1].json()["code"], answers[-1].json()["cap"]) == ("registry.episode.refusals_capped", 2)
    async with registry_database.transaction() as session:
        told = await session.execute(
            text("SELECT data FROM outbox WHERE type = :type AND key = :key"),
            {"type": EndingsCapReached.event_type, "key": cases[1].household},
        )
        (event,) = [EndingsCapReached.model_validate(data) for data in told.scalars()]
    assert (event.capped, event.endings) == (Capped.REFUSALS, 2)
    (other,) = await monitored(client, county, levels, 270, 1)
    assert (await leave(other)).status_code == 200, "leaving monitoring has a number of its own"
    move_clock(9 * 86400.0)
    assert (await cases[2].step("WITHDRAWN", "t-1")).status_code == 200, "tomorrow there is room again"


async def test_elimination_and_a_year_of_look_backs_take_three_clients_and_their_time(
    client: httpx.AsyncClient, county: dict[str, str], levels: Any, registry_database: Database, move_clock: Any
) -> None:
    """Domain rules 4.6, 4.7: from the plan to stable, each fact on file, each day passed by our own clock too."""
    (case,) = await monitored(client, county, levels, 280, 1)
    await eliminated(case, move_clock)
    snapshot = (await outbox(registry_database, "registry.household.v1", case.household))[-1]
    assert snapshot["is_monitored"] is False
    all_at_once = await case.step("STABLE", "t-1", record={"lookbacks": 3})
    assert (all_at_once.status_code, all_at_once.json()["legal_next"]) == (409, ["ASSISTING", "LOOKED_BACK"])
    assert (await case.step("LOOKED_BACK")).status_code == 422, "sixty days have not passed"
    for quarter in range(1, 5):
        move_clock(2 * 86400.0 + quarter * YEAR_S / 4)
        assert (await case.step("STABLE", "t-1")).status_code == 409
        looked = await case.step("LOOKED_BACK")
        assert looked.status_code == 200, looked.text
    early = await case.step("STABLE", "t-1")
    assert early.status_code in (409, 422), "a year has not passed"
    move_clock(6 * 86400.0 + YEAR_S + 2 * 86400.0)
    own = await case.step("STABLE", "t-1", headers=levels["episodes:write"])
    assert [error["code"] for error in own.json()["errors"]] == ["client.separation_of_duty"]
    assert (await case.step("STABLE", "t-1")).status_code == 200


async def test_only_the_responsible_department_or_the_bureau_says_how_its_measure_goes(
    client: httpx.AsyncClient, county: dict[str, str], levels: Any, headers: Any
) -> None:
    (case,) = await monitored(client, county, levels, 290, 1)
    number = (await case.read())["id"]
    url = f"/v1/episodes/{number}/measures"
    of_township = headers(client_id="town-app", scopes=["episodes:read", "plans:write"])
    civ, hrs = (
        headers(client_id=code, department=code, scopes=["episodes:read", "plans:write"]) for code in ("CIV", "HRS")
    )
    created = await client.post(url, json=measure_of("CIV"), headers=of_township)
    assert created.status_code == 201, created.text
    done = {"state": "implemented", "implemented_on": clock.today().isoformat(), "evidence": "R-1"}
    place = created.headers["location"]
    for stranger in (hrs, of_township):
        refused = await client.patch(place, json=done, headers=stranger)
        assert (refused.status_code, refused.json()["code"]) == (403, "department_mismatch")
    assert (await client.post(url, json=measure_of("CIV"), headers=hrs)).status_code == 403
    assert (await client.post(url, json=measure_of("HRS"), headers=hrs)).status_code == 201
    plan = {"needs": [{"description": "住院", "risk_type": "01"}], "tasks": [], "helper": "h-1"}
    task = {"category": "M02", "title": "车间", "department": "HRS", "person": "h", "due_on": clock.today().isoformat()}
    of_department = await client.put(f"/v1/episodes/{number}/plan", json=plan | {"tasks": [task]}, headers=hrs)
    assert (of_department.status_code, of_department.json()["code"]) == (403, "registry.plan.not_departments")
    own = await client.patch(place, json=done, headers=civ)
    assert (own.status_code, own.json()["state"]) == (200, "implemented"), own.text
    stopped = await client.patch(place, json={"state": "stopped"}, headers=county)
    assert stopped.status_code == 200, "the bureau may for each"


@pytest.mark.parametrize("without", [{"risk_types": []}, {}])
async def test_a_measure_that_answers_no_risk_is_refused(case: Case, without: dict[str, Any]) -> None:
    body = {name: value for name, value in measure_of("MED").items() if name != "risk_types"} | without
    answer = await case.client.post(
        f"/v1/episodes/{(await case.read())['id']}/measures", json=body, headers=case.headers
    )
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/risk_types"
