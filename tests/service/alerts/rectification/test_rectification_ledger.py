"""The rectification ledger: five columns, states, who may take each step, recurrence, duties, counts."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from alerts_world import COUNTY, TOWN, VILLAGE, World, staff

from contracts.supervision import ProblemClass, ProblemSource
from servicekit import clock
from servicekit.ids import new_id

Headers = Callable[..., dict[str, str]]
READ, WRITE, HANDLE, DUTIES = "supervision:read", "supervision:write", "duties:handle", "duties:read"
PLACE = "/v1/rectifications"


@pytest.fixture(autouse=True)
def noon(move_clock: Callable[[float], None]) -> None:
    """A day that does not end while a test runs."""
    move_clock(datetime(2026, 11, 10, 4, tzinfo=UTC).timestamp() - time.time())


def day(offset: int) -> str:
    return (clock.today() + timedelta(days=offset)).isoformat()


def found(**changes: Any) -> dict[str, Any]:
    """A problem of agriculture, with a class that no other test uses unless it is named."""
    return {
        "area_code": TOWN, "department": "AGR", "source": "unannounced", "source_document": "第3号暗访通报",
        "problem_class": "idle_project", "problem": "大棚闲置", "measure": "公开招租", "households": 12,
        "found_on": day(-3), "due_on": day(30), **changes,
    }  # fmt: skip


@pytest.fixture
def county(headers: Headers) -> dict[str, str]:
    return headers(READ, WRITE, DUTIES, client_id="county")


@pytest.fixture
def agr(headers: Headers) -> dict[str, str]:
    return headers(READ, HANDLE, DUTIES, department="AGR", client_id="agr")


async def done(client: httpx.AsyncClient, caller: dict[str, str], place: str, said: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post(f"{PLACE}{place}", json=said, headers=caller)
    assert answer.status_code in (200, 201), answer.text
    return dict(answer.json())


async def begun(client: httpx.AsyncClient, caller: dict[str, str], problem: dict[str, Any]) -> dict[str, Any]:
    """The unit takes the duty in hand and says that it has begun."""
    taken = await client.post(f"/v1/duties/{problem['duty_id']}/accept", headers=caller)
    assert taken.status_code == 200, taken.text
    return await done(client, caller, f"/{problem['id']}/progress", {"note": "已启动"})


async def handed_in(client: httpx.AsyncClient, caller: dict[str, str], problem: dict[str, Any]) -> dict[str, Any]:
    await begun(client, caller, problem)
    shown = {"note": "已投产", "evidence": ["租赁合同 2026-17"]}
    return await done(client, caller, f"/{problem['id']}/submission", shown)


async def cleared(
    client: httpx.AsyncClient, county: dict[str, str], unit: dict[str, str], problem: dict[str, Any]
) -> dict[str, Any]:
    await handed_in(client, unit, problem)
    return await done(client, county, f"/{problem['id']}/decision", {"agrees": True, "note": "现场核实"})


async def duties_of(world: World, problem: dict[str, Any]) -> dict[str, str]:
    rows = await world.rows("SELECT kind, state FROM duty WHERE subject_id = :id", id=problem["id"])
    return {row["kind"]: row["state"] for row in rows}


async def test_a_problem_goes_from_its_measure_to_the_look_back(
    world: World, client: httpx.AsyncClient, county: dict[str, str], agr: dict[str, str]
) -> None:
    """F-F10: problem, measure, responsible unit, day and clearing, each step with its duty and its evidence."""
    problem = await done(client, county, "", found())
    assert (problem["state"], problem["duty_id"]) == ("open", f"Z01-{problem['id']}-AGR")
    early = await client.post(f"{PLACE}/{problem['id']}/progress", json={"note": "已启动"}, headers=agr)
    assert (early.status_code, early.json()["code"]) == (409, "alerts.duty.not_in_hand")
    row = (await client.get(f"/v1/duties/{problem['duty_id']}", headers=agr)).json()
    assert (row["due_on"], row["link"], row["department"]) == (problem["due_on"], f"{PLACE}/{problem['id']}", "AGR")
    assert (await begun(client, agr, problem))["state"] == "rectifying"
    shown = {"note": "已投产", "evidence": ["租赁合同 2026-17"]}
    submitted = await done(client, agr, f"/{problem['id']}/submission", shown)
    assert (submitted["state"], submitted["submitted_on"]) == ("submitted", day(0))
    assert await duties_of(world, problem) == {"Z01": "done", "Z03": "open"}
    ended = await done(client, county, f"/{problem['id']}/decision", {"agrees": True, "note": "现场核实"})
    assert (ended["state"], ended["cleared_on"], ended["cleared_by"]) == ("cleared", day(0), "county")
    assert await duties_of(world, problem) == {"Z01": "done", "Z03": "done", "Z04": "open"}
    looked = await done(client, county, f"/{problem['id']}/look-back", {"result": "holds", "note": "正常经营"})
    assert (looked["state"], looked["looked_back_on"], looked["duty_id"]) == ("looked_back", day(0), None)
    assert await duties_of(world, problem) == {"Z01": "done", "Z03": "done", "Z04": "done"}
    assert [(step["action"], step["by"], step["evidence"]) for step in looked["steps"]] == [
        ("registered", "county", []), ("progress", "agr", []), ("submitted", "agr", ["租赁合同 2026-17"]),
        ("cleared", "county", []), ("looked_back", "county", []),
    ]  # fmt: skip


async def test_what_is_returned_is_open_again_and_what_recurs_is_marked(
    world: World, client: httpx.AsyncClient, county: dict[str, str], agr: dict[str, str]
) -> None:
    """F-F12: look-back at what was cleared; what came back is to be put right again and is marked."""
    problem = await done(client, county, "", found(problem_class="low_yield"))
    await handed_in(client, agr, problem)
    back = {"agrees": False, "note": "未见收益", "due_on": day(20)}
    returned = await done(client, county, f"/{problem['id']}/decision", back)
    assert (returned["state"], returned["due_on"], returned["submitted_on"]) == ("rectifying", day(20), None)
    assert await duties_of(world, problem) == {"Z01": "open", "Z03": "done"}
    shown = {"note": "已分红", "evidence": ["分红名单"]}
    await done(client, agr, f"/{problem['id']}/submission", shown)
    await done(client, county, f"/{problem['id']}/decision", {"agrees": True, "note": "核实"})
    again = {"result": "recurred", "note": "再次停产"}
    missing = await client.post(f"{PLACE}/{problem['id']}/look-back", json=again, headers=county)
    assert (missing.status_code, missing.json()["errors"][0]["code"]) == (422, "due_on.missing")
    recurred = await done(client, county, f"/{problem['id']}/look-back", again | {"due_on": day(60)})
    assert (recurred["state"], recurred["is_recurring"], recurred["reopened"]) == ("rectifying", True, 1)
    assert await duties_of(world, problem) == {"Z01": "open", "Z03": "done", "Z04": "done"}


async def test_a_problem_is_reopened_that_should_not_have_been_cleared(
    world: World, client: httpx.AsyncClient, county: dict[str, str], agr: dict[str, str]
) -> None:
    problem = await done(client, county, "", found(problem_class="asset_care"))
    await cleared(client, county, agr, problem)
    past = {"note": "依据有误", "due_on": day(-1)}
    refused = await client.post(f"{PLACE}/{problem['id']}/reopen", json=past, headers=county)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "due_on.past")
    opened = await done(client, county, f"/{problem['id']}/reopen", past | {"due_on": day(9)})
    assert (opened["state"], opened["is_recurring"], opened["reopened"]) == ("rectifying", False, 1)
    assert await duties_of(world, problem) == {"Z01": "open", "Z03": "done", "Z04": "cancelled"}


async def test_the_same_class_of_the_same_unit_is_recurring_once_one_was_cleared(
    client: httpx.AsyncClient, headers: Headers, county: dict[str, str], agr: dict[str, str]
) -> None:
    """F-F12, F-F14: what was found before and cleared is a recurrence, also where another body finds it."""
    plant = found(problem_class="power_plant", found_on=day(0))
    first = await done(client, county, "", plant)
    assert not first["is_recurring"]
    assert not (await done(client, county, "", plant))["is_recurring"], "the first one is not cleared yet"
    await cleared(client, county, agr, first)
    again = await done(client, county, "", plant | {"source": "national_assessment", "area_code": VILLAGE})
    assert (again["is_recurring"], again["recurs_of"]) == (True, first["id"])
    for other in (
        {"department": "FOR"}, {"problem_class": "debt"}, {"department": None}, {"found_on": day(-1)},
    ):  # fmt: skip
        assert not (await done(client, county, "", plant | other))["is_recurring"], other
    named = await done(client, county, "", plant | {"problem_class": "farmer_linkage", "recurs_of": first["id"]})
    assert (named["is_recurring"], named["recurs_of"]) == (True, first["id"])
    listed = (
        await client.get(PLACE, params={"recurring": True, "problem_class": "power_plant"}, headers=county)
    ).json()
    assert [row["id"] for row in listed["items"]] == [again["id"]]
    for wrong, code in ((new_id(), "recurs_of.unknown"), (again["id"], "recurs_of.not_cleared")):
        answer = await client.post(PLACE, json=plant | {"recurs_of": wrong}, headers=county)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)


async def test_who_did_the_work_neither_clears_nor_looks_back(
    world: World, client: httpx.AsyncClient, headers: Headers, county: dict[str, str], agr: dict[str, str]
) -> None:
    """F-F10: 销号 is a second person's: whoever reported or is responsible stays out of it, whichever application."""
    person = new_id()
    await world.appoint(staff(person, "DEPT", COUNTY, department="AGR"))
    problem = await done(client, county, "", found(person=f"staff:{person}"))
    own = headers(READ, HANDLE, DUTIES, department="AGR", client_id="desk", person=person)
    assert (await done(client, own, f"/{problem['id']}/progress", {"note": "已启动"}))["state"] == "rectifying"
    colleague = await client.post(
        f"{PLACE}/{problem['id']}/submission", json={"note": "好了", "evidence": ["照片"]}, headers=agr
    )
    assert (colleague.status_code, colleague.json()["code"]) == (409, "alerts.duty.not_in_hand")
    await done(client, own, f"/{problem['id']}/submission", {"note": "好了", "evidence": ["照片"]})
    moved = headers(READ, WRITE, client_id="county", person=person)
    judged = await client.post(
        f"{PLACE}/{problem['id']}/decision", json={"agrees": True, "note": "核实"}, headers=moved
    )
    assert (judged.status_code, judged.json()["code"]) == (403, "alerts.rectification.second_person")
    for_a_department = headers(READ, WRITE, department="AGR", client_id="other")
    kept = await client.post(
        f"{PLACE}/{problem['id']}/decision", json={"agrees": True, "note": "核实"}, headers=for_a_department
    )
    assert (kept.status_code, kept.json()["code"]) == (403, "alerts.not_supervisor")
    await done(client, county, f"/{problem['id']}/decision", {"agrees": True, "note": "核实"})
    looked = await client.post(
        f"{PLACE}/{problem['id']}/look-back", json={"result": "holds", "note": "核实"}, headers=moved
    )
    assert (looked.status_code, looked.json()["code"]) == (403, "alerts.rectification.second_person")


async def test_nobody_outside_area_or_department_sees_or_acts(
    client: httpx.AsyncClient, headers: Headers, county: dict[str, str]
) -> None:
    problem = await done(client, county, "", found())
    for stranger in (
        headers(READ, WRITE, HANDLE, DUTIES, areas=["990101102000"], client_id="far"),
        headers(READ, HANDLE, DUTIES, department="EDU", client_id="edu"),
        headers(READ, HANDLE, DUTIES, areas=[TOWN], client_id="grid", grid="g-1"),
    ):
        assert (await client.get(f"{PLACE}/{problem['id']}", headers=stranger)).status_code == 404
        listed = (await client.get(PLACE, headers=stranger)).json()
        assert problem["id"] not in {row["id"] for row in listed["items"]}
        said = await client.post(f"{PLACE}/{problem['id']}/progress", json={"note": "已启动"}, headers=stranger)
        assert said.status_code == 404
    beyond = headers(READ, WRITE, areas=[TOWN], client_id="town")
    answer = await client.post(PLACE, json=found(area_code="990101102000"), headers=beyond)
    assert answer.status_code == 404
    town = headers(READ, HANDLE, DUTIES, areas=[TOWN], client_id="town")
    others = await client.post(f"{PLACE}/{problem['id']}/progress", json={"note": "已启动"}, headers=town)
    assert (others.status_code, others.json()["code"]) == (403, "alerts.duty.not_yours")


async def test_a_problem_is_amended_as_it_was_read_and_another_unit_has_the_duty(
    world: World, client: httpx.AsyncClient, headers: Headers, county: dict[str, str], agr: dict[str, str]
) -> None:
    problem = await done(client, county, "", found(problem_class="conduct"))
    await begun(client, agr, problem)
    place, said = f"{PLACE}/{problem['id']}", found(problem_class="conduct", department=None, note="属乡镇责任")
    assert (await client.put(place, json=said, headers=county)).status_code == 428
    stale = await client.put(place, json=said, headers=county | {"If-Match": '"v1"'})
    assert stale.status_code == 412
    tag = (await client.get(place, headers=county)).headers["etag"]
    amended = await client.put(place, json=said, headers=county | {"If-Match": tag})
    assert (amended.status_code, amended.json()["duty_id"]) == (200, f"Z02-{problem['id']}-{TOWN[:9]}"), amended.text
    assert await duties_of(world, problem) == {"Z01": "cancelled", "Z02": "open"}
    town = headers(READ, HANDLE, DUTIES, areas=[TOWN], client_id="town")
    assert (await handed_in(client, town, amended.json()))["state"] == "submitted"
    late = await client.put(place, json=said, headers=county | {"If-Match": "*"})
    assert (late.status_code, late.json()["code"]) == (409, "alerts.rectification.illegal_step")


async def test_a_repeated_step_has_one_effect(
    client: httpx.AsyncClient, county: dict[str, str], agr: dict[str, str]
) -> None:
    key = {"Idempotency-Key": new_id()}
    first, second = [await client.post(PLACE, json=found(), headers=county | key) for _ in range(2)]
    assert (first.json()["id"], first.headers["location"]) == (second.json()["id"], f"{PLACE}/{first.json()['id']}")
    problem = first.json()
    await handed_in(client, agr, problem)
    key = {"Idempotency-Key": new_id()}
    for _ in range(2):
        answer = await client.post(
            f"{PLACE}/{problem['id']}/decision", json={"agrees": True, "note": "核实"}, headers=county | key
        )
        assert (answer.status_code, answer.json()["version"], answer.headers["etag"]) == (200, 4, '"v4"')


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"department": None, "area_code": COUNTY}, "department.missing"),
        ({"found_on": "2026-11-11"}, "found_on.future"),
        ({"due_on": "2026-11-06"}, "due_on.before"),
        ({"person": f"staff:{new_id()}"}, "person.unknown"),
    ],
)
async def test_what_does_not_go_together_is_refused(
    client: httpx.AsyncClient, county: dict[str, str], changes: dict[str, Any], code: str
) -> None:
    answer = await client.post(PLACE, json=found(**changes), headers=county)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code), answer.text


async def test_a_measure_is_said_before_work_begins_and_a_person_is_of_the_unit(
    world: World, client: httpx.AsyncClient, county: dict[str, str], agr: dict[str, str]
) -> None:
    problem = await done(client, county, "", found(measure=""))
    await client.post(f"/v1/duties/{problem['duty_id']}/accept", headers=agr)
    answer = await client.post(f"{PLACE}/{problem['id']}/progress", json={"note": "已启动"}, headers=agr)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "measure.missing")
    said = {"note": "已启动", "measure": "公开招租"}
    assert (await done(client, agr, f"/{problem['id']}/progress", said))["measure"] == "公开招租"
    other = new_id()
    await world.appoint(staff(other, "DEPT", COUNTY, department="EDU"))
    unfit = await client.post(PLACE, json=found(person=f"staff:{other}"), headers=county)
    assert (unfit.status_code, unfit.json()["errors"][0]["code"]) == (422, "person.unfit")


async def test_counts_and_filters_say_the_same(
    client: httpx.AsyncClient, headers: Headers, county: dict[str, str], agr: dict[str, str]
) -> None:
    """F-C29, F-G35: classes of industry projects, debt and power plants by source, state and area; what is late."""
    wanted = {"source": "audit", "department": "FIN"}
    late = {"found_on": day(-9), "due_on": day(-1)}
    for changes in (
        {"problem_class": "debt"}, {"problem_class": "debt", **late}, {"problem_class": "power_plant", **late},
        {"problem_class": "overdue_credit", "area_code": "990101102201"},
    ):  # fmt: skip
        await done(client, county, "", found(**wanted, **changes))
    rows = (await client.get(f"{PLACE}/counts", params=wanted, headers=county)).json()["items"]
    assert {(row["problem_class"], row["area_code"], row["problems"], row["overdue"]) for row in rows} == {
        ("debt", TOWN, 2, 1), ("power_plant", TOWN, 1, 1), ("overdue_credit", "990101102000", 1, 0),
    }  # fmt: skip
    page = (await client.get(PLACE, params=wanted | {"limit": 3}, headers=county)).json()
    rest = (await client.get(PLACE, params=wanted | {"cursor": page["next_cursor"]}, headers=county)).json()
    assert (page["total"], len(page["items"]), len(rest["items"]), rest["next_cursor"]) == (4, 3, 1, None)
    overdue = (await client.get(PLACE, params=wanted | {"overdue": True}, headers=county)).json()
    assert {row["problem_class"] for row in overdue["items"] if row["is_overdue"]} == {"debt", "power_plant"}
    assert overdue["total"] == 2
    assert (await client.get(PLACE, params={"area": "990102000000"}, headers=county)).status_code == 404


async def test_each_class_and_source_of_the_papers_can_be_registered(
    client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    """F-F12, F-F14, F-G35, F-C29: source and class are codes; a word that is none is refused."""
    for source in ProblemSource:
        shown = await done(client, county, "", found(source=source.value))
        assert shown["source_label"] == source.label
    for kind in ProblemClass:
        assert (await done(client, county, "", found(problem_class=kind.value)))["class_label"] == kind.label
    assert (await client.post(PLACE, json=found(problem_class="闲置"), headers=county)).status_code == 422
