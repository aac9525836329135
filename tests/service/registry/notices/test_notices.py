"""Public notices: households in the procedure by name while the notice hangs, masked ever after (F-A19, F-E17)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from episode_case import Case, new_case
from registry_world import COUNTY, OTHER_TOWN, TOWN, VILLAGE
from sqlalchemy import text

from servicekit import clock
from servicekit.db import Database

Headers = dict[str, str]


@pytest.fixture
async def reviewed(client: httpx.AsyncClient, county: Headers, registry_database: Database) -> Case:
    """A household that the village has reviewed and is about to publicise."""
    case = await new_case(client, county, registry_database)
    for step in ("VISITED", "COMPARED", "REVIEWED"):
        taken = await case.step(step)
        assert taken.status_code == 200, taken.text
    return case


async def body_of(case: Case, **changes: Any) -> dict[str, Any]:
    today = clock.today()
    return {
        "kind": "identification", "area_code": VILLAGE, "episode_ids": [(await case.read())["id"]],
        "first_on": today.isoformat(), "last_on": (today + timedelta(days=6)).isoformat(),
        "issuer": "青石村村民委员会", "contact": "镇乡村振兴办,电话 0990-1234567",
    } | changes  # fmt: skip


def codes(answer: httpx.Response) -> set[tuple[str, str]]:
    return {(error["pointer"], error["code"]) for error in answer.json()["errors"]}


async def test_a_notice_names_heads_on_paper_while_it_hangs_and_nowhere_else(
    client: httpx.AsyncClient, county: Headers, reviewed: Case, move_clock: Any
) -> None:
    name = (await client.get(f"/v1/households/{reviewed.household}", headers=county)).json()["members"][0]["name"]
    assert name.endswith("*")
    made = await client.post("/v1/notices", json=await body_of(reviewed), headers=county)
    assert made.status_code == 201, made.text
    notice = made.json()
    (row,) = notice["rows"]
    assert (row["head"], row["persons"], notice["state"]) == (name, 1, "posted")
    assert "risk" not in made.text
    url = f"/v1/notices/{notice['id']}"
    page = await client.get(f"{url}/document", headers=county)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert page.headers["content-security-policy"].startswith("sandbox;")
    full = page.text
    assert "拟纳入监测对象公示" in full
    assert "镇乡村振兴办,电话 0990-1234567" in full
    assert "<td>张伟明</td>" in full
    assert "主管部门:农业农村局(防止返贫致贫监测帮扶)。" in full
    assert "19770202" not in full
    pdf = await client.get(f"{url}/document", params={"form": "pdf"}, headers=county)
    assert (pdf.headers["content-type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
    prints = (await client.get(url, headers=county)).json()["prints"]
    assert [(each["form"], each["printed_by"]) for each in prints] == [("html", "test-client"), ("pdf", "test-client")]
    move_clock(7 * 86_400)
    over = await client.get(f"{url}/document", headers=county)
    assert (over.status_code, over.json()["code"]) == (409, "registry.notice.over")
    kept = (await client.get(url, headers=county)).json()
    assert (kept["state"], kept["rows"][0]["head"]) == ("over", name)


async def test_a_notice_calls_things_as_the_regions_policy_does(
    client: httpx.AsyncClient, county: Headers, reviewed: Case, set_policy: Any
) -> None:
    """F-G03, F-G06: the department that leads, the programme and the categories have the county's names."""
    names = {"names.lead_department": "乡村振兴局", "names.programme": "常态化帮扶", "names.category_1": "边缘户"}
    body = {"effective_from": "2026-01-01", "source_document": "机构改革方案", "parameters": names}
    shown = await set_policy(VILLAGE, body)
    assert shown.json()["parameters"]["names.category_1"] == "边缘户"
    made = await client.post("/v1/notices", json=await body_of(reviewed), headers=county)
    page = await client.get(f"/v1/notices/{made.json()['id']}/document", headers=county)
    assert "主管部门:乡村振兴局(常态化帮扶)。" in page.text


async def test_a_notice_that_is_taken_down_is_printed_no_more(
    client: httpx.AsyncClient, county: Headers, reviewed: Case
) -> None:
    notice = (await client.post("/v1/notices", json=await body_of(reviewed), headers=county)).json()
    url = f"/v1/notices/{notice['id']}"
    down = await client.post(f"{url}/withdraw", json={"reason": "名单有误"}, headers=county)
    assert (down.status_code, down.json()["state"], down.json()["withdrawn_why"]) == (200, "withdrawn", "名单有误")
    again = await client.post(f"{url}/withdraw", json={"reason": "另一个理由"}, headers=county)
    assert again.json() == down.json()
    gone = await client.get(f"{url}/document", headers=county)
    assert (gone.status_code, gone.json()["code"]) == (409, "registry.notice.over")
    listed = await client.get("/v1/notices", params={"state": "withdrawn", "area": TOWN}, headers=county)
    assert notice["id"] in {item["id"] for item in listed.json()["items"]}


async def test_what_may_not_stand_in_a_notice_is_pointed_at(
    client: httpx.AsyncClient, county: Headers, reviewed: Case, registry_database: Database
) -> None:
    early = await new_case(client, county, registry_database)
    number = (await reviewed.read())["id"]
    applied = (await early.read())["id"]
    wrong = await body_of(
        reviewed,
        episode_ids=[number, number, applied, "0199a5c0-0000-7000-8000-00000000e001"],
        last_on=(clock.today() + timedelta(days=4)).isoformat(),
        issuer="联系人13800001234",
    )
    answer = await client.post("/v1/notices", json=wrong, headers=county)
    assert answer.status_code == 422
    assert codes(answer) == {
        ("/episode_ids/1", "episode.repeated"), ("/episode_ids/2", "episode.state"),
        ("/episode_ids/3", "episode.unknown"), ("/last_on", "days.short"), ("/issuer", "text.number"),
    }  # fmt: skip
    elsewhere = await client.post("/v1/notices", json=await body_of(reviewed, area_code=OTHER_TOWN), headers=county)
    assert codes(elsewhere) == {("/episode_ids/0", "episode.elsewhere")}
    assert (await client.get("/v1/notices", params={"area": OTHER_TOWN}, headers=county)).json()["items"] == []


async def test_another_township_makes_sees_and_prints_none(
    client: httpx.AsyncClient, county: Headers, headers: Any, reviewed: Case
) -> None:
    body = await body_of(reviewed)
    notice = (await client.post("/v1/notices", json=body, headers=county)).json()
    other = headers(areas=[OTHER_TOWN], client_id="other")
    url = f"/v1/notices/{notice['id']}"
    for answer in (
        await client.post("/v1/notices", json=body, headers=other),
        await client.get(url, headers=other),
        await client.get(f"{url}/document", headers=other),
        await client.post(f"{url}/withdraw", json={"reason": "名单有误"}, headers=other),
    ):
        assert answer.status_code == 404, answer.text
    assert (await client.get("/v1/notices", headers=other)).json()["items"] == []


async def test_funds_and_projects_are_posted_without_anybody(client: httpx.AsyncClient, county: Headers) -> None:
    today = clock.today()
    body = {
        "kind": "projects", "area_code": COUNTY, "first_on": today.isoformat(),
        "last_on": (today + timedelta(days=10)).isoformat(), "issuer": "县农业农村局",
        "entries": [{"title": "青石村道路硬化", "amount": "1250000.00", "unit": "县交通局"}],
    }  # fmt: skip
    made = await client.post("/v1/notices", json=body, headers=county)
    assert made.status_code == 201, made.text
    page = await client.get(f"/v1/notices/{made.json()['id']}/document", headers=county)
    assert "<td>1,250,000.00</td>" in page.text
    named = body | {"entries": [body["entries"][0] | {"title": "张某 990101198001010017"}]}  # type: ignore[index]
    refused = await client.post("/v1/notices", json=named, headers=county)
    assert codes(refused) == {("/entries/0/title", "text.number")}
    assert "9901011980" not in refused.text


async def test_a_head_who_is_a_minor_is_not_named(
    client: httpx.AsyncClient, county: Headers, reviewed: Case, registry_database: Database
) -> None:
    born = date(clock.today().year - 10, 1, 1)
    async with registry_database.transaction() as session:
        await session.execute(
            text("UPDATE person SET birth_date = :born WHERE household_id = CAST(:id AS uuid)"),
            {"born": born, "id": reviewed.household},
        )
    notice = (await client.post("/v1/notices", json=await body_of(reviewed), headers=county)).json()
    page = await client.get(f"/v1/notices/{notice['id']}/document", headers=county)
    assert "<td>张**</td>" in page.text
