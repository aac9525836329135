"""Steps of signed-in persons: who is named is on the roster, and one person is one, whatever the application."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
from episode_case import Case, new_case
from pairing_case import helper, home
from registry_world import COUNTY, TOWN, VILLAGE
from roster_case import appoint, person, unit

from servicekit import clock
from servicekit.db import Database
from servicekit.ids import new_id
from step_records import record_for


@dataclass
class People:
    """Two cadres of the village, one of another township, an auditor of the township, an approver."""

    ann: str
    bea: str
    stranger: str
    late: str
    auditor: str
    approver: str


@pytest.fixture(scope="module")
async def people(client: httpx.AsyncClient, county: dict[str, str]) -> People:
    village = await unit(client, county, "village", VILLAGE)
    far = await unit(client, county, "town", "990101102000")
    lead = await unit(client, county, "lead", COUNTY)
    made = [await person(client, county, each) for each in (village, village, far, village, village, lead)]
    ann, bea, stranger, late, _, approver = made
    auditor = await person(client, county, await unit(client, county, "town", TOWN))
    today = clock.today()
    for staff, role, area, more in (
        (ann, "VILLAGE", VILLAGE, {}),
        (bea, "VILLAGE", VILLAGE, {}),
        (stranger, "TOWN", "990101102000", {}),
        (late, "VILLAGE", VILLAGE, {"last_on": (today - timedelta(days=1)).isoformat()}),
        (auditor, "TOWN", TOWN, {}),
        (approver, "COUNTY", COUNTY, {}),
    ):
        await appoint(client, county, staff, role, area, **more)
    return People(ann, bea, stranger, late, auditor, approver)


@pytest.fixture
async def case(client: httpx.AsyncClient, county: dict[str, str], registry_database: Database) -> Case:
    return await new_case(client, county, registry_database)


def _errors(answer: httpx.Response) -> list[tuple[str, str]]:
    return [(error["pointer"], error["code"]) for error in answer.json()["errors"]]


async def test_the_signed_in_person_is_one_of_those_who_took_the_step(case: Case, people: People, headers: Any) -> None:
    signed_in = headers(person=people.ann, client_id="phone")
    done = await case.step("VISITED", people.bea.upper(), headers=signed_in)
    assert done.status_code == 200, done.text
    step = done.json()["history"][-1]
    assert step["actors"] == [f"staff:{people.bea}", f"staff:{people.ann}"]
    assert step["client_id"] == f"staff:{people.ann}"


async def test_who_is_named_must_be_somebody_in_office_there_on_that_day(
    case: Case, people: People, headers: Any
) -> None:
    """F-A05. The answer says which of them, and nothing is half done."""
    signed_in = headers(person=people.ann)
    named = (people.bea, "v-1", new_id(), people.stranger, people.late)
    refused = await case.step("VISITED", *named, headers=signed_in)
    assert refused.status_code == 422
    assert _errors(refused) == [
        ("/actors/1", "person.unknown"),
        ("/actors/2", "person.unknown"),
        ("/actors/3", "person.outside_area"),
        ("/actors/4", "person.no_term"),
    ]
    assert (await case.read())["state"] == "APPLIED"


async def test_a_term_that_was_in_force_on_the_day_of_the_visit_is_enough_for_who_came_along(
    case: Case, people: People, headers: Any
) -> None:
    yesterday = clock.today() - timedelta(days=1)
    done = await case.step("VISITED", people.late, on=yesterday, headers=headers(person=people.ann))
    assert done.status_code == 200, done.text


async def test_whoever_is_no_longer_in_office_takes_no_step(case: Case, people: People, headers: Any) -> None:
    refused = await case.step("VISITED", people.ann, headers=headers(person=people.late))
    assert refused.status_code == 409
    assert _errors(refused) == [("", "person.no_term")]


async def test_one_person_through_two_applications_is_one(case: Case, people: People, headers: Any) -> None:
    """Who verified does not audit, whichever application it is; another person may, through the same one."""
    today = clock.today()
    first = headers(person=people.ann, client_id="phone")
    assert (await case.step("VISITED", people.bea, headers=first)).status_code == 200
    again = headers(person=people.ann, client_id="desk")
    refused = await case.step("REJECTED", people.auditor, record={"reason": "收入稳定高于监测线"}, headers=again)
    assert refused.status_code == 409, refused.text
    assert set(_errors(refused)) == {("/actors", "actors.separation_of_duty"), ("", "client.separation_of_duty")}
    named = headers(person=people.auditor, client_id="phone")
    also = await case.step("REJECTED", people.bea, record={"reason": "收入稳定高于监测线"}, headers=named)
    assert _errors(also) == [("/actors", "actors.separation_of_duty")]
    done = await case.step("REJECTED", people.auditor, record=record_for("VISITED", "REJECTED", today), headers=named)
    assert done.status_code == 200, done.text


async def test_a_person_whom_a_machine_named_before_is_the_same_person(
    case: Case, people: People, headers: Any
) -> None:
    machine = headers(client_id="village-app")
    assert (await case.step("VISITED", people.auditor, "v-2", headers=machine)).status_code == 200
    refused = await case.step(
        "REJECTED", people.auditor, record={"reason": "收入稳定高于监测线"}, headers=headers(person=people.auditor)
    )
    assert _errors(refused) == [("/actors", "actors.separation_of_duty")]


async def test_a_person_names_as_helper_and_for_tasks_and_measures_who_has_a_term_there(
    client: httpx.AsyncClient, county: dict[str, str], people: People, headers: Any
) -> None:
    """F-A37. Stored in one form, however it was written; a machine's plan names whom it names."""
    monitored = await home(client, county)
    helping = (await helper(client, county)).id
    (episode,) = await Case(client, county, monitored).episodes()
    signed_in = headers(person=people.auditor)
    url = f"/v1/episodes/{episode['id']}"
    task = {"title": "介绍务工", "category": "M02", "department": "HRS", "due_on": "2026-12-15"}
    plan = {
        "needs": [{"description": "住院费用高", "risk_type": "01"}],
        "tasks": [task | {"person": people.bea}],
        "uncovered": [{"risk_type": "01", "reason": "费用已由大病保险报销"}],
    }
    refused = await client.put(f"{url}/plan", json=plan | {"helper": people.ann}, headers=signed_in)
    assert (refused.status_code, _errors(refused)) == (422, [("/helper", "person.role")])
    tasks = [task | {"person": people.bea}, task | {"person": people.stranger}]
    refused = await client.put(f"{url}/plan", json=plan | {"helper": helping, "tasks": tasks}, headers=signed_in)
    assert _errors(refused) == [("/tasks/1/person", "person.outside_area")]
    made = await client.put(f"{url}/plan", json=plan | {"helper": helping.upper()}, headers=signed_in)
    assert made.status_code == 200, made.text
    assert (made.json()["helper"], made.json()["tasks"][0]["person"]) == (f"staff:{helping}", f"staff:{people.bea}")
    step = (await client.get(url, headers=county)).json()["history"][-1]
    assert (step["state"], step["actors"]) == ("PLANNED", [f"staff:{helping}", f"staff:{people.auditor}"])

    measure = {"category": "M07", "item": "医疗救助", "risk_types": ["01"], "responsible_department": "MED"}
    measure |= {"planned_on": "2026-11-20"}
    refused = await client.post(f"{url}/measures", json=measure | {"responsible_person": "med-003"}, headers=signed_in)
    assert (refused.status_code, _errors(refused)) == (422, [("/responsible_person", "person.unknown")])
    machine = await client.post(f"{url}/measures", json=measure | {"responsible_person": "med-003"}, headers=county)
    assert (machine.status_code, machine.json()["responsible_person"]) == (201, "med-003")
