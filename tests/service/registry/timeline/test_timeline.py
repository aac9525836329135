"""The file of a household as one list by time: what every feature tells, to whom, page by page, by indexes alone."""

from __future__ import annotations

import hashlib
from typing import Any

import httpx
import pytest
from pairing_case import helper, home, pairing
from registry_world import COUNTY, OTHER_TOWN, TOWN, VILLAGE
from sqlalchemy import text

from registry.guarantees.store import take_claims
from registry.timeline.service import SOURCES
from servicekit import clock
from servicekit.db import Database, array_text
from servicekit.entries import TimelineQuery, statement

TASK = {"title": "介绍就业", "category": "M02", "risk_types": ["01"], "department": "HRS", "person": "hrs-1",
        "due_on": "2030-12-01"}  # fmt: skip
RELIEF = TASK | {"title": "医疗救助", "category": "M07", "department": "MED"}
JPEG = b"\xff\xd8\xff\xe0 a photo"
Headers = dict[str, str]


class File:
    """A household with a whole life, and what callers read of its file."""

    def __init__(self, client: httpx.AsyncClient, headers: Headers, home_id: str) -> None:
        self.client, self.headers, self.id = client, headers, home_id

    async def read(self, headers: Headers | None = None, **params: Any) -> Any:
        answer = await self.client.get(
            f"/v1/households/{self.id}/timeline", params=params, headers=headers or self.headers
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def entries(self, kind: str, **params: Any) -> list[Any]:
        return list((await self.read(kind=kind, limit=200, **params))["items"])

    async def say(self, method: str, path: str, body: Any, status: int = 200, **more: str) -> Any:
        answer = await self.client.request(method, path, json=body, headers=self.headers | more)
        assert answer.status_code == status, answer.text
        return answer.json()


@pytest.fixture(scope="module")
async def life(client: httpx.AsyncClient, county: Headers) -> File:
    """Registered as monitored, changed, checked, planned for, helped, visited, photographed."""
    file = File(client, county, await home(client, county, incomes=[]))
    place = f"/v1/households/{file.id}"
    (who,) = (await file.say("GET", place, None))["members"]
    change = {"housing_tenure": "rented_safe", "members": [{"id": who["id"], "labour": "3", "name": "李大明"}]}
    await file.say("PATCH", place, change, **{"If-Match": '"v1"'})
    await file.say("PUT", f"{place}/incomes/2026", {"wage": "9000.00", "as_of": "2026-10-20"})
    await file.say("PUT", f"{place}/incomes/2026", {"wage": "50000.00", "as_of": "2026-10-01"})
    await file.say("PUT", f"{place}/incomes/2026", {"wage": "8000.00", "as_of": "2026-10-25"})
    for is_safe in (False, True):
        checked = {"is_safe": is_safe, "checked_on": "2026-10-10"}
        await file.say("PUT", f"{place}/statuses", {"statuses": {"water": checked}})
    (episode,) = (await file.say("GET", f"/v1/episodes?household_id={file.id}", None))["items"]
    plan = {"needs": [{"description": "住院费用高", "risk_type": "01"}], "tasks": [TASK, RELIEF], "helper": "helper-1"}
    tasks = (await file.say("PUT", f"/v1/episodes/{episode['id']}/plan", plan))["tasks"]
    done = {"state": "done", "done_on": clock.today().isoformat(), "evidence": "就业证明"}
    await file.say("PATCH", f"/v1/plan-tasks/{tasks[0]['id']}", done)
    pair = await helper(client, county)
    await file.say("POST", "/v1/pairings", pairing(file.id, pair.id), 201)
    kept = await client.put(
        f"{place}/attachments/{hashlib.sha256(JPEG).hexdigest()}",
        content=JPEG,
        headers=county | {"Content-Type": "image/jpeg"},
    )
    assert kept.status_code == 201, kept.text
    return file


async def test_it_tells_what_every_feature_knows_newest_first(life: File) -> None:
    told = (await life.read(limit=200))["items"]
    kinds = [entry["kind"] for entry in told]
    assert set(kinds) == {
        "household_registered", "household_changed", "income_recorded", "income_told_late", "status_recorded",
        "episode_step", "plan_made", "plan_task", "helper_paired", "attachment_kept",
    }  # fmt: skip
    assert [(entry["at"], entry["id"]) for entry in told] == sorted(
        ((entry["at"], entry["id"]) for entry in told), reverse=True
    )
    assert {entry["household_id"] for entry in told} == {life.id}
    texts = [entry["text"][language] for entry in told for language in ("zh", "en")]
    assert all(texts)
    assert not [said for said in texts if "{" in said or "不详" in said or "unknown" in said]


async def test_changes_are_told_field_by_field_without_identities(life: File) -> None:
    (change,) = await life.entries("household_changed")
    by_field = {each["field"]: each for each in change["changes"]}
    assert (by_field["housing_tenure"]["before"], by_field["housing_tenure"]["after"]) == ("owned", "rented_safe")
    assert by_field["housing_tenure"]["title"]["zh"] == "住房来源"
    assert (by_field["labour"]["before"], by_field["labour"]["after"]) == ("1", "3")
    assert by_field["labour"]["person_id"]
    assert (by_field["name"]["before"], by_field["name"]["after"]) == (None, None), "that it changed, not what it is"
    assert change["text"]["zh"] == "登记信息变更（人工登记）。"
    assert "大明" not in str(await life.read(limit=200))
    (late,) = await life.entries("income_told_late")
    assert (late["occurred_on"], late["changes"]) == ("2026-10-01", [])
    newest, _first = await life.entries("income_recorded")
    wages = next(each for each in newest["changes"] if each["field"] == "wage")
    assert (wages["before"], wages["after"], wages["year"]) == ("9000.00", "8000.00", 2026), "not what was told late"
    assert newest["occurred_on"] == "2026-10-25"
    safe, _unsafe = await life.entries("status_recorded")
    assert [(each["before"], each["after"]) for each in safe["changes"]] == [(False, True)]
    done = (await life.entries("plan_task"))[0]
    assert [(each["before"], each["after"]) for each in done["changes"]] == [("open", "done")]
    assert done["text"]["zh"] == "计划任务（人力资源和社会保障局）：已办结，期限2030-12-01。"


async def test_pages_go_on_where_the_last_one_ended_and_lose_nothing(life: File) -> None:
    whole = (await life.read(limit=200))["items"]
    page = await life.read(limit=3)
    found = page["items"]
    while page["next_cursor"]:
        page = await life.read(limit=3, cursor=page["next_cursor"])
        found += page["items"]
    assert found == whole
    middle = whole[len(whole) // 2]["at"]
    newer, older = await life.read(limit=200, recorded_from=middle), await life.read(limit=200, recorded_to=middle)
    assert newer["items"] + older["items"] == whole
    assert min(len(newer["items"]), len(older["items"])) > 0
    refused = await life.client.get(
        f"/v1/households/{life.id}/timeline", params={"kind": "gossip"}, headers=life.headers
    )
    assert refused.status_code == 422
    assert (await life.read(kind="finding_raised"))["items"] == [], "another service tells of these"


async def test_what_a_callers_scopes_do_not_show_is_left_out_and_named(life: File, headers: Any) -> None:
    reader = headers(scopes=["households:read"], areas=[VILLAGE])
    told = await life.read(reader, limit=200)
    assert {entry["kind"] for entry in told["items"]} == {
        "household_registered", "household_changed", "income_recorded", "income_told_late", "status_recorded",
    }  # fmt: skip
    assert {"episode_step", "plan_made", "contact_made", "attachment_kept"} <= set(told["left_out"])
    department = headers(scopes=["households:read", "episodes:read"], areas=[COUNTY], department="MED")
    tasks = (await life.read(department, kind="plan_task"))["items"]
    assert {entry["facts"]["department"] for entry in tasks} == {"MED"}, "of tasks a department sees its own"


async def test_nobody_else_learns_that_the_household_exists(life: File, headers: Any) -> None:
    for caller, status in (
        (headers(scopes=["households:read"], areas=[OTHER_TOWN]), 404),
        (headers(scopes=["households:read"], areas=[VILLAGE], grid="东一网格", person=life.id), 404),
        (headers(scopes=["duties:read"], areas=[TOWN]), 403),
    ):
        answer = await life.client.get(f"/v1/households/{life.id}/timeline", headers=caller)
        assert answer.status_code == status, answer.text


async def test_what_was_merged_into_it_is_told_with_it(client: httpx.AsyncClient, county: Headers) -> None:
    stays, gone = [File(client, county, await home(client, county, monitor=None)) for _ in range(2)]
    (other,) = (await gone.say("GET", f"/v1/households/{gone.id}", None))["members"]
    merge = {"into": stays.id, "reason": "分户登记有误", "relations": [{"id": other["id"], "relation": "spouse"}]}
    await gone.say("POST", f"/v1/households/{gone.id}/merge", merge, **{"If-Match": '"v1"'})
    told = await stays.read(limit=200)
    assert told["household_ids"] == [stays.id, gone.id]
    registered = [entry["household_id"] for entry in told["items"] if entry["kind"] == "household_registered"]
    assert sorted(registered) == sorted([stays.id, gone.id])
    (merged,) = await stays.entries("household_merged")
    assert merged["why"] == "分户登记有误"
    joined = [
        each
        for entry in await stays.entries("household_changed")
        for each in entry["changes"]
        if each["field"] == "member" and entry["household_id"] == stays.id
    ]
    assert [(each["person_id"], each["before"], each["after"]) for each in joined] == [(other["id"], False, True)]


async def test_what_departments_data_say_of_a_guarantee_is_told_until_they_say_it_no_longer(
    client: httpx.AsyncClient, county: Headers, registry_database: Database
) -> None:
    file = File(client, county, await home(client, county, monitor=None))
    unsafe = {
        "household_id": file.id, "source": "DS-HOU-GRADE", "kind": "housing", "department": "HOU", "is_safe": False,
        "checked_on": "2026-10-31", "detail": {"zh": "房屋鉴定为D级。", "en": "Grade D."},
    }  # fmt: skip
    for is_safe, at in ((False, "2026-11-01T00:00:00Z"), (None, "2026-11-02T00:00:00Z")):
        async with registry_database.transaction() as session:
            await take_claims(session, [unsafe | {"is_safe": is_safe, "at": at}])
    (told,), (gone,) = [await file.entries(kind) for kind in ("status_claimed", "status_claim_withdrawn")]
    assert told["text"]["zh"] == "住房和城乡建设局数据，住房安全达标：否。房屋鉴定为D级。"
    assert (told["occurred_on"], told["facts"]["source"]) == ("2026-10-31", "DS-HOU-GRADE")
    assert gone["text"]["zh"] == "住房和城乡建设局数据不再反映住房安全状况。"


async def test_no_table_is_read_as_a_whole(life: File, registry_database: Database) -> None:
    """As long as the planner has another way it takes it here; that it has one in every branch is what is shown."""
    query = TimelineQuery(kind=None, limit=50)
    values = {"households": array_text([life.id]), "own_department": None, "limit": 51,
              "before_at": clock.now(), "before_id": "x"}  # fmt: skip
    async with registry_database.transaction() as session:
        await session.execute(text("SET LOCAL enable_seqscan = off"))
        plan = await session.execute(text("EXPLAIN " + statement(SOURCES, query, goes_on=True)), values)
        lines = list(plan.scalars())
    assert not [line for line in lines if "Seq Scan" in line], "\n".join(lines)
