"""People of the roster in visits, exclusions and duties: one person is one, whatever the application."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
from alerts_world import COUNTY, OTHER_VILLAGE, TOWN, VILLAGE, World, event_of, new_household, snapshot, staff
from clue_steps import READ, confirm, open_clue, verify

from alerts.duties.consumers import on_duties
from contracts.registry import RegistryDutyOpened
from servicekit import clock
from servicekit.ids import new_id

Headers = Callable[..., dict[str, str]]
PROPOSED = {"result": "excluded", "reason": "self_coping", "note": "有存款可应对"}
HANDLE = ("duties:read", "duties:handle")


@dataclass
class People:
    """Ids of two cadres of the township, one of another, one whose term is over, an approver, a liaison."""

    ann: str
    bea: str
    stranger: str
    late: str
    approver: str
    liaison: str


@pytest.fixture
async def people(world: World) -> People:
    made = People(*(new_id() for _ in range(6)))
    await world.appoint(
        staff(made.ann, "TOWN", TOWN),
        staff(made.bea, "VILLAGE", VILLAGE),
        staff(made.stranger, "TOWN", "990101102000"),
        staff(made.late, "TOWN", TOWN, last_on=clock.today() - timedelta(days=1)),
        staff(made.approver, "COUNTY", COUNTY),
        staff(made.liaison, "DEPT", COUNTY, department="MED"),
    )
    return made


def _errors(answer: httpx.Response) -> list[tuple[str, str]]:
    return [(error["pointer"], error["code"]) for error in answer.json()["errors"]]


async def test_the_newest_that_was_said_of_somebody_holds_in_whatever_order(world: World) -> None:
    ann = new_id()
    newest = staff(ann, "TOWN", TOWN, version=3, is_active=False)
    await world.appoint(newest, staff(ann, "TOWN", TOWN, version=2))
    await world.appoint(staff(ann, "TOWN", TOWN))
    (row,) = await world.rows("SELECT version, is_active FROM staff WHERE staff_id = :id", id=ann)
    assert row == {"version": 3, "is_active": False}


async def test_a_verification_names_people_in_office_there_and_whoever_is_signed_in(
    client: httpx.AsyncClient, headers: Headers, world: World, people: People
) -> None:
    """F-A05. The refusal says which of them."""
    clue = await open_clue(world)

    def signed_in(*scopes: str, **more: str) -> dict[str, str]:
        return headers(*scopes, person=people.ann, **more)

    named = [people.bea, "staff-1", people.stranger, people.late]
    refused = await verify(client, signed_in, clue, verifiers=named)
    assert (refused.status_code, refused.json()["code"]) == (422, "alerts.verification.invalid")
    assert _errors(refused) == [
        ("/verifiers/1", "person.unknown"),
        ("/verifiers/2", "person.outside_area"),
        ("/verifiers/3", "person.no_term"),
    ]
    alone = await verify(client, signed_in, clue, verifiers=[people.ann.upper()])
    assert _errors(alone) == [("/verifiers", "verifiers.too_few")]
    done = await verify(client, signed_in, clue, verifiers=[people.bea])
    assert done.status_code == 200, done.text
    assert done.json()["verifications"][0]["verifiers"] == [f"staff:{people.bea}", f"staff:{people.ann}"]
    assert done.json()["accepted_by"] == f"staff:{people.ann}"


async def test_a_visit_that_a_person_reports_was_made_by_people_of_the_roster(
    client: httpx.AsyncClient, headers: Headers, world: World, people: People
) -> None:
    household = new_household()
    await world.register(snapshot(household))
    said = {"household_id": household, "risk_type": "01", "visited_on": clock.today().isoformat()}
    caller = headers(*READ, person=people.ann)
    refused = await client.post("/v1/visits", json=said | {"visitors": ["g-1"]}, headers=caller)
    assert (refused.status_code, _errors(refused)) == (422, [("/visitors/0", "person.unknown")])
    told = await client.post("/v1/visits", json=said | {"visitors": [people.bea]}, headers=caller)
    clue = (await client.get(f"/v1/clues/{told.json()['clue_id']}", headers=caller)).json()
    assert clue["sources"][0]["visitors"] == [f"staff:{people.bea}", f"staff:{people.ann}"]
    machine = await client.post("/v1/visits", json=said | {"visitors": ["g-1"]}, headers=headers(*READ))
    assert machine.status_code == 201


async def test_a_clue_is_taken_in_hand_by_a_person(
    client: httpx.AsyncClient, headers: Headers, world: World, people: People
) -> None:
    place = f"/v1/clues/{(await open_clue(world))['id']}/accept"
    caller = headers(*READ, person=people.ann)
    refused = await client.post(place, json={"staff_id": people.stranger}, headers=caller)
    assert _errors(refused) == [("/staff_id", "person.outside_area")]
    assert (await client.post(place, headers=caller)).json()["accepted_by"] == f"staff:{people.ann}"


async def test_one_person_through_two_applications_excludes_nothing_and_two_through_one_do(
    client: httpx.AsyncClient, headers: Headers, world: World, people: People
) -> None:
    """Neither who recorded the verification nor who is named in it says yes to the exclusion."""
    clue = await open_clue(world)

    def person(staff_id: str, application: str) -> Any:
        def of(*scopes: str, **more: str) -> dict[str, str]:
            return headers(*scopes, **more | {"client_id": application, "person": staff_id})

        return of

    proposed = await verify(client, person(people.ann, "phone"), clue, verifiers=[people.bea], **PROPOSED)
    assert proposed.status_code == 202, proposed.text
    for staff_id in (people.ann, people.bea):
        own = await confirm(client, person(staff_id, "desk"), clue["id"])
        assert (own.status_code, own.json()["code"]) == (403, "alerts.clue.second_person"), staff_id
    done = await confirm(client, person(people.approver, "phone"), clue["id"])
    assert (done.status_code, done.json()["state"]) == (200, "excluded"), done.text


async def test_a_duty_is_a_persons_and_goes_to_people_who_may_act_on_it(
    client: httpx.AsyncClient, headers: Headers, world: World, people: People
) -> None:
    """Whichever application the person uses; `me` is the person."""
    today, home = clock.today(), new_household()
    ids = {}
    for department in (None, "MED"):
        episode = new_id()
        said = RegistryDutyOpened(
            duty_id=f"D06-{episode}", revision=1, kind="D06", subject_id=episode, household_id=home,
            area_code=VILLAGE, department=department, counts_from=today, due_on=today + timedelta(days=5),
        )  # fmt: skip
        ids[department] = said.duty_id
        async with world.database.transaction() as session:
            await on_duties(session, [event_of(said)])
    place = f"/v1/duties/{ids[None]}"

    def caller(staff_id: str, application: str = "phone", area: str = TOWN) -> dict[str, str]:
        return headers(*HANDLE, areas=[area], client_id=application, person=staff_id)

    taken = await client.post(f"{place}/accept", headers=caller(people.ann))
    assert (taken.status_code, taken.json()["holder"]) == (200, f"staff:{people.ann}"), taken.text
    assert (await client.post(f"{place}/accept", headers=caller(people.ann, "desk"))).status_code == 200
    other = await client.post(f"{place}/accept", headers=caller(new_id()))
    assert (other.status_code, other.json()["code"]) == (409, "alerts.duty.in_other_hands")

    async def held(who: str, staff_id: str) -> list[str]:
        answer = await client.get("/v1/duties", params={"assignee": who}, headers=caller(staff_id, "desk"))
        return [item["id"] for item in answer.json()["items"]]

    assert await held("me", people.ann) == [ids[None]]
    assert await held(f"staff:{people.ann}", people.bea) == [ids[None]]
    assert await held("me", people.bea) == []
    for to, code in (
        (f"staff:{new_id()}", "person.unknown"),
        (f"staff:{people.stranger}", "person.outside_area"),
        (f"staff:{people.late}", "person.no_term"),
        (f"staff:{people.approver}", "to.unfit"),  # the county sees it; it is the township's
        (f"staff:{people.liaison}", "to.unfit"),  # of a department, which has not this one
    ):
        refused = await client.post(f"{place}/hand-over", json={"to": to}, headers=caller(people.ann))
        assert (refused.status_code, _errors(refused)) == (422, [("/to", code)]), to
    given = await client.post(
        f"{place}/hand-over", json={"to": f"staff:{people.bea.upper()}"}, headers=caller(people.ann)
    )
    assert (given.status_code, given.json()["holder"]) == (200, f"staff:{people.bea}"), given.text
    assert await held("me", people.bea) == [ids[None]]
    department = headers(*HANDLE, person=people.liaison, department="MED")
    of_department = f"/v1/duties/{ids['MED']}"
    assert (await client.post(f"{of_department}/accept", headers=department)).status_code == 200
    wrong = await client.post(f"{of_department}/hand-over", json={"to": f"staff:{people.ann}"}, headers=department)
    assert _errors(wrong) == [("/to", "to.unfit")]


@pytest.mark.parametrize("written", ["you", "staff:1", OTHER_VILLAGE])
async def test_an_assignee_that_is_none_is_refused(client: httpx.AsyncClient, headers: Headers, written: str) -> None:
    answer = await client.get("/v1/duties", params={"assignee": written}, headers=headers(*HANDLE))
    assert answer.status_code == 422
