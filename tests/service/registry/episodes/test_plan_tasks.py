"""A task of a plan is a subject of its own: revisions keep it, its department does it or says why it cannot."""

from __future__ import annotations

import json
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from importlib import import_module
from itertools import count
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from registry_world import VILLAGE, household, household_id, member, ndjson, send
from sqlalchemy import text

from registry.episodes import duties
from servicekit import clock
from servicekit.db import Database
from servicekit.holding import Duties
from servicekit.ids import new_id

NUMBERS = count(1)
NEEDS = [{"description": "住院费用高", "risk_type": "01"}]
UNCOVERED = [{"risk_type": "01", "reason": "费用已由大病保险报销"}]
WORK = {"title": "介绍就业", "category": "M02", "risk_types": [], "department": "HRS", "person": "hrs-1",
        "due_on": "2030-12-01"}  # fmt: skip
RELIEF = {"title": "医疗救助", "category": "M07", "risk_types": ["01"], "department": "MED", "person": "med-1",
          "due_on": "2030-11-01"}  # fmt: skip
WHY = {"obstacle": "exhausted", "note": "本年度救助资金已用完"}
Headers = dict[str, str]


def done(**more: Any) -> dict[str, Any]:
    return {"state": "done", "done_on": clock.today().isoformat(), "evidence": "MED-2026-118"} | more


@dataclass
class Plan:
    """The plan of a monitored household, as the county sees it."""

    client: httpx.AsyncClient
    headers: Headers
    episode: str
    tasks: list[dict[str, Any]] = field(default_factory=list)

    async def put(self, *tasks: dict[str, Any]) -> httpx.Response:
        body = {"needs": NEEDS, "tasks": list(tasks), "helper": "helper-1", "uncovered": UNCOVERED}
        answer = await self.client.put(f"/v1/episodes/{self.episode}/plan", json=body, headers=self.headers)
        if answer.status_code == 200:
            self.tasks = answer.json()["tasks"]
        return answer

    def task(self, title: str) -> dict[str, Any]:
        return next(task for task in self.tasks if task["title"] == title)

    async def read(self, task: dict[str, Any], headers: Headers | None = None) -> httpx.Response:
        return await self.client.get(f"/v1/plan-tasks/{task['id']}", headers=headers or self.headers)

    async def say(
        self, task: dict[str, Any], body: dict[str, Any], headers: Headers | None = None, **more: str
    ) -> httpx.Response:
        url = f"/v1/plan-tasks/{task['id']}"
        return await self.client.patch(url, json=body, headers=(headers or self.headers) | more)


def said_of(task: dict[str, Any]) -> dict[str, Any]:
    """What a caller sends who read the task and revises the plan."""
    return {name: value for name, value in task.items() if name != "state"}


@pytest.fixture
async def plan(client: httpx.AsyncClient, county: Headers) -> Plan:
    number = next(NUMBERS)
    monitor = {"category": "1", "identified_on": "2026-01-10", "risk_types": ["01"]}
    hh_no = f"99K{number:07d}"
    receipt = (await send(client, ndjson(household(hh_no, member(number, "19910507"), monitor=monitor)), county)).json()
    assert receipt["households"] == 1, receipt
    home = await household_id(client, hh_no, county)
    listed = (await client.get("/v1/episodes", params={"household_id": home}, headers=county)).json()
    found = Plan(client, county, str(listed["items"][0]["id"]))
    made = await found.put(RELIEF, WORK)
    assert made.status_code == 200, made.text
    return found


Told = Callable[[str, dict[str, Any]], Awaitable[list[tuple[int, str | None]]]]


@pytest.fixture
def told(registry_database: Database) -> Told:
    """What was announced of a task's duty: revision and outcome."""

    async def read(kind: str, task: dict[str, Any]) -> list[tuple[int, str | None]]:
        async with registry_database.transaction() as session:
            query = text("SELECT data FROM outbox WHERE key = :key ORDER BY id")
            rows = await session.execute(query, {"key": f"{kind}-{task['id']}"})
            return [(data["revision"], data.get("outcome")) for data in rows.scalars()]

    return read


async def test_a_revision_keeps_what_it_names_or_says_again_adds_and_cancels(plan: Plan, told: Told) -> None:
    """F-A37."""
    relief, work = plan.tasks
    assert [task["state"] for task in plan.tasks] == ["open", "open"]
    assert await told("P03", relief) == [(1, None)]
    again = await plan.put(RELIEF, WORK)
    assert (again.json()["version"], plan.tasks) == (1, [relief, work]), "a PUT that is repeated changes nothing"
    later = said_of(work) | {"due_on": "2030-12-31", "title": "介绍公益岗位", "category": "M04"}
    training = WORK | {"title": "就业指导"}
    revised = await plan.put(training, later)
    assert (revised.status_code, revised.json()["version"]) == (200, 2), revised.text
    assert (plan.tasks[1]["id"], plan.tasks[1]["due_on"]) == (work["id"], "2030-12-31")
    assert plan.tasks[0]["id"] not in {relief["id"], work["id"]}
    assert (await plan.read(relief)).json()["state"] == "cancelled"
    assert await told("P03", relief) == [(1, None), (2, "cancelled")]
    assert await told("P03", work) == [(1, None), (2, None)], "by another day"
    assert await told("P03", plan.tasks[0]) == [(1, None)]
    steps = (await plan.read(work)).json()["steps"]
    assert [(step["version"], step["changes"]["due_on"]) for step in steps] == [(1, "2030-12-01"), (2, "2030-12-31")]


async def test_a_revision_names_no_task_that_the_plan_has_not_and_changes_none_with_a_result(plan: Plan) -> None:
    relief, work = plan.tasks
    assert (await plan.say(relief, done())).status_code == 200
    changed = said_of(relief) | {"due_on": "2031-01-01"}
    refused = await plan.put(RELIEF | {"id": new_id()}, said_of(work), said_of(work), changed)
    assert (refused.status_code, refused.json()["code"]) == (422, "registry.plan.invalid")
    assert [(error["pointer"], error["code"]) for error in refused.json()["errors"]] == [
        ("/tasks/0/id", "task.unknown"), ("/tasks/2/id", "task.repeated"), ("/tasks/3", "task.settled"),
    ]  # fmt: skip
    assert (await plan.put(said_of(work))).status_code == 200
    assert (await plan.read(relief)).json()["state"] == "done", "what was done stays"
    assert (await plan.put(said_of(relief), said_of(work))).status_code == 422, "it is not of the plan any more"
    back = await plan.say(relief, {"state": "open", "note": "误报,尚未发放"})
    assert back.status_code == 200, back.text
    assert (await plan.put(said_of(relief), said_of(work))).status_code == 200, "it is still to be done"


async def test_a_result_closes_the_duty_is_said_once_and_can_be_taken_back(plan: Plan, told: Told) -> None:
    relief = plan.task("医疗救助")
    bare = await plan.say(relief, {"state": "done"})
    assert (bare.status_code, [error["code"] for error in bare.json()["errors"]]) == (
        422, ["done_on.missing", "evidence.missing"],
    )  # fmt: skip
    read = await plan.read(relief)
    etag = read.headers["etag"]
    first = await plan.say(relief, done(), **{"If-Match": etag})
    assert (first.status_code, first.json()["state"], first.json()["version"]) == (200, "done", 2), first.text
    repeat = await plan.say(relief, done(), **{"If-Match": etag})
    assert (repeat.status_code, repeat.json()) == (200, first.json()), "the answer was lost on the way"
    stale = await plan.say(relief, {"state": "open", "note": "误报,尚未发放"}, **{"If-Match": etag})
    assert stale.status_code == 412
    same = await plan.client.get(
        f"/v1/plan-tasks/{relief['id']}",
        headers=plan.headers | {"If-None-Match": (await plan.read(relief)).headers["etag"]},
    )
    assert same.status_code == 304
    illegal = await plan.say(relief, {"state": "cannot"} | WHY)
    assert (illegal.status_code, illegal.json()["legal_next"]) == (409, ["open"])
    silent = await plan.say(relief, {"state": "open"})
    assert (silent.status_code, silent.json()["errors"][0]["code"]) == (422, "note.missing")
    back = await plan.say(relief, {"state": "open", "note": "误报,尚未发放"})
    assert (back.status_code, back.json()["done_on"], back.json()["evidence"]) == (200, None, None)
    assert await told("P03", relief) == [(1, None), (2, "done"), (3, None)]
    assert [step["state"] for step in back.json()["steps"]] == ["open", "done", "open"]


async def test_what_cannot_be_done_is_the_townships_until_the_plan_is_revised(plan: Plan, told: Told) -> None:
    relief, work = plan.tasks
    bare = await plan.say(relief, {"state": "cannot"})
    assert [error["code"] for error in bare.json()["errors"]] == ["obstacle.missing", "note.missing"]
    for task in (relief, work):
        assert (await plan.say(task, {"state": "cannot"} | WHY)).json()["obstacle"] == "exhausted"
        assert (await told("P03", task), await told("P04", task)) == ([(1, None), (2, "cancelled")], [(1, None)])
    back = await plan.say(work, {"state": "open", "note": "岗位有空缺了"})
    assert (back.status_code, back.json()["obstacle"]) == (200, None)
    assert (await told("P03", work))[-1] == (3, None)
    assert (await told("P04", work))[-1] == (2, "cancelled")
    assert (await plan.put(said_of(work), RELIEF | {"title": "临时救助", "department": "CIV"})).status_code == 200
    assert await told("P04", relief) == [(1, None), (2, "done")], "something else is planned"
    codes = {each["code"] for each in (await plan.client.get(
        f"/v1/episodes/{plan.episode}", headers=plan.headers)).json()["deadlines"]}  # fmt: skip
    assert "P03" not in codes


async def test_a_task_is_its_departments_and_within_it_of_who_is_responsible_or_has_the_duty(
    plan: Plan, headers: Any, app: FastAPI
) -> None:
    ann, bea = new_id(), new_id()
    assert (await plan.put(RELIEF | {"person": f"staff:{ann}"}, WORK)).status_code == 200
    relief = plan.task("医疗救助")
    for stranger in (headers(department="HRS"), headers(areas=["990101102000"])):
        assert (await plan.read(relief, stranger)).status_code == 404
        assert (await plan.say(relief, done(), stranger)).status_code == 404
    township = headers(client_id="town-app", scopes=["episodes:read", "plans:write"])
    refused = await plan.say(relief, done(), township)
    assert (refused.status_code, refused.json()["code"]) == (403, "department_mismatch")
    holder = {"is": f"staff:{ann}"}

    def answer(request: httpx.Request) -> httpx.Response:
        name = request.url.path.rpartition("/")[2]
        duty = {"id": name, "kind": "P03", "state": "open", "household_id": None, "holder": holder["is"]}
        return httpx.Response(200 if name == f"P03-{relief['id']}" else 404, json=duty)

    other = headers(department="MED", person=bea)
    assert (await plan.say(relief, done(), other)).status_code == 503, "nobody says who has it"
    without = app.state.duties
    settings = app.state.settings.model_copy(update={"alerts_url": "http://alerts"})
    app.state.duties = Duties(settings, httpx.MockTransport(answer))
    try:
        refused = await plan.say(relief, done(), other)
        assert (refused.status_code, refused.json()["code"]) == (403, "registry.plan_task.not_yours")
        own = await plan.say(relief, done(), headers(department="MED", person=ann))
        assert (own.status_code, own.json()["steps"][-1]["by"]) == (200, f"staff:{ann}"), own.text
        holder["is"] = f"staff:{bea}"
        taken = await plan.say(relief, {"state": "open", "note": "尚未发放到户"}, other)
        assert (taken.status_code, taken.json()["steps"][-1]["by"]) == (200, f"staff:{bea}"), taken.text
    finally:
        app.state.duties = without


async def test_the_list_is_of_the_callers_areas_and_department_and_says_whose_household_it_is(
    plan: Plan, headers: Any
) -> None:
    past = RELIEF | {"title": "补办医保", "due_on": "2026-01-20"}
    assert (await plan.put(RELIEF, past, WORK)).status_code == 200
    mine = {task["id"] for task in plan.tasks}

    async def listed(caller: Headers, **wanted: Any) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        cursor = None
        while True:
            params = {"limit": 2} | wanted | ({"cursor": cursor} if cursor else {})
            answer = await plan.client.get("/v1/plan-tasks", params=params, headers=caller)
            assert answer.status_code == 200, answer.text
            rows += answer.json()["items"]
            cursor = answer.json()["next_cursor"]
            if cursor is None:
                return [row for row in rows if row["id"] in mine]

    rows = await listed(plan.headers)
    assert {row["id"] for row in rows} == mine
    assert {(row["area_code"], row["title"]["household"]["hh_no"]) for row in rows} == {(VILLAGE, rows[0]["hh_no"])}
    assert [row["task_title"] for row in await listed(plan.headers, overdue=True)] == ["补办医保"]
    assert len(await listed(plan.headers, overdue=False, area=VILLAGE)) == 2
    assert {row["department"] for row in await listed(headers(department="MED"))} == {"MED"}
    assert await listed(headers(department="MED"), department="HRS") == []
    assert await listed(headers(areas=["990101102000"])) == []
    assert (await plan.say(plan.task("补办医保"), done())).status_code == 200
    assert [row["task_title"] for row in await listed(plan.headers, state="done", department="MED")] == ["补办医保"]
    outside = await plan.client.get("/v1/plan-tasks", params={"area": "990201000000"}, headers=plan.headers)
    assert outside.status_code == 404


async def test_tasks_of_a_plan_that_was_made_before_the_upgrade_have_their_duties(
    plan: Plan, registry_database: Database
) -> None:
    """Of the plan that holds, and as it was made: by its day, and who is responsible."""
    migration: Any = import_module("registry.migrations.versions.0027_plan_tasks")
    old = json.dumps(RELIEF | {"title": "旧任务"})
    before = (
        "DELETE FROM plan_task",
        "DELETE FROM duty_said",
        "DELETE FROM outbox",
        "DELETE FROM plan WHERE episode_id <> CAST(:episode AS uuid)",
        "UPDATE plan SET tasks = (SELECT jsonb_agg(t - 'id') FROM jsonb_array_elements(tasks) t)",
        (
            "INSERT INTO plan SELECT episode_id, 0, household_id, helper, is_willing, needs,"
            " jsonb_build_array(CAST(:old AS jsonb)), made_on, recorded_at, recorded_by FROM plan"
        ),
        migration._TAKEN,
    )
    async with registry_database.transaction() as session:
        for statement in before:
            await session.execute(text(statement), {"episode": plan.episode, "old": old})
        rows = await session.execute(text("SELECT title, person, state, place FROM plan_task ORDER BY place"))
        assert [tuple(row) for row in rows] == [("医疗救助", "med-1", "open", 0), ("介绍就业", "hrs-1", "open", 1)]
        await duties.follow(session, "CAST(:id AS uuid)", {"id": plan.episode})
        data = (await session.execute(text("SELECT data FROM outbox WHERE key LIKE 'P03-%' ORDER BY id"))).scalars()
        assert {(one["department"], one["due_on"]) for one in data} == {("MED", "2030-11-01"), ("HRS", "2030-12-01")}
        await session.rollback()


async def test_states_and_duties_are_those_of_a_naive_list_after_any_course_of_revisions_and_results(
    plan: Plan, client: httpx.AsyncClient, county: Headers, registry_database: Database
) -> None:
    """The list knows nothing of what was announced: open is P03, what could not be done since the last plan is P04."""
    dice = random.Random(20261118)
    known = {task["id"]: "open" for task in plan.tasks}
    waiting: set[str] = set()
    serial = count(1)
    for _ in range(40):
        held = (await client.get(f"/v1/episodes/{plan.episode}/plan", headers=county)).json()["tasks"]
        assert {task["id"]: task["state"] for task in held}.items() <= known.items()
        if dice.random() < 0.3:
            kept = [said_of(task) for task in held if dice.random() < 0.8]
            fresh = [WORK | {"title": f"任务{next(serial)}"} for _ in range(dice.randint(0 if kept else 1, 2))]
            answer = await plan.put(*kept, *fresh)
            if answer.status_code == 422:  # no development measure is left
                assert [error["code"] for error in answer.json()["errors"]] == ["plan.no_development_measure"]
                continue
            assert answer.status_code == 200, answer.text
            if [task["id"] for task in plan.tasks] != [task["id"] for task in held]:
                waiting.clear()
            names = {task["id"] for task in plan.tasks}
            known = {
                name: "cancelled" if state == "open" and name not in names else state for name, state in known.items()
            }
            known = dict.fromkeys(names, "open") | known
            continue
        name = dice.choice(sorted(known))
        to = dice.choice(["open", "done", "cannot"])
        body = {"open": {"state": "open", "note": "办理中"}, "done": done(), "cannot": {"state": "cannot"} | WHY}[to]
        answer = await plan.say({"id": name}, body)
        legal = known[name] == to or (known[name], to) in {
            ("open", "done"), ("open", "cannot"), ("done", "open"), ("cannot", "open"),
        }  # fmt: skip
        assert answer.status_code == (200 if legal else 409), answer.text
        if legal and known[name] != to:
            known[name] = to
            waiting = waiting | {name} if to == "cannot" else waiting - {name}
    async with registry_database.transaction() as session:
        rows = (await session.execute(
            text("SELECT id::text, state FROM plan_task WHERE episode_id = CAST(:id AS uuid)"), {"id": plan.episode}
        )).all()  # fmt: skip
        assert {row.id: row.state for row in rows} == known
        said = await session.execute(
            text("SELECT id FROM duty_said WHERE episode_id = CAST(:id AS uuid) AND is_open AND id ~ '^P0[34]'"),
            {"id": plan.episode},
        )
        opened = {name for name, state in known.items() if state == "open"}
        assert set(said.scalars()) == {f"P03-{name}" for name in opened} | {f"P04-{name}" for name in waiting}


async def test_a_plan_begins_from_packages_with_the_liaisons_and_the_helper_of_today(
    plan: Plan, client: httpx.AsyncClient, county: Headers
) -> None:
    """F-A08: what is planned already is not proposed again; a draft keeps nothing."""
    url = f"/v1/episodes/{plan.episode}/plan"
    draft = await client.get(f"{url}/draft", headers=county)
    assert draft.status_code == 200, draft.text
    said = draft.json()
    assert [need["risk_type"] for need in said["needs"]] == ["01", "01"]
    assert {task["title"] for task in said["tasks"]} == {
        "核实并落实医疗救助", "符合条件的申请临时救助", "家庭医生签约和随访", "推荐就业岗位"
    }  # fmt: skip
    assert (said["helper"], said["without_package"]) == (None, [])
    tasks = [task | {"person": task["person"] or "med-1"} for task in said["tasks"]]
    taken = await client.put(url, json={"needs": said["needs"], "tasks": tasks, "helper": "h-1"}, headers=county)
    assert taken.status_code == 200, taken.text
    again = (await client.get(f"{url}/draft", headers=county)).json()
    assert again["tasks"] == []
    packages = (await client.get("/v1/plan-packages", headers=county)).json()["items"]
    assert {need["description"] for need in said["needs"]} <= {package["need"] for package in packages}


async def test_a_plan_names_no_risk_and_no_member_that_is_not_the_households(plan: Plan) -> None:
    stranger = RELIEF | {"person_id": new_id()}
    body = {"needs": [NEEDS[0] | {"risk_type": "11"}], "tasks": [stranger, WORK], "helper": "helper-1",
            "uncovered": [{"risk_type": "12", "reason": "已通自来水"}]}  # fmt: skip
    answer = await plan.client.put(f"/v1/episodes/{plan.episode}/plan", json=body, headers=plan.headers)
    assert {(error["pointer"], error["code"]) for error in answer.json()["errors"]} == {
        ("/needs/0/risk_type", "risk_types.foreign"),
        ("/uncovered/0/risk_type", "risk_types.foreign"),
        ("/tasks/0/person_id", "person_id.foreign"),
    }
