"""The file tells of hard flaws, notices, renovations and labels too."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
from episode_case import Case, new_case
from registry_world import OTHER_TOWN, VILLAGE

from feed_reader import nothing_is_held_back
from registry.labels.service import follow_once
from servicekit import clock
from servicekit.db import Database

Headers = dict[str, str]


@pytest.fixture(scope="module")
async def case(client: httpx.AsyncClient, county: Headers, registry_database: Database) -> Case:
    """A household that was compared and reviewed, is on a notice that was taken down, and whose house is renovated."""
    case = await new_case(client, county, registry_database)
    for step in ("VISITED", "COMPARED", "REVIEWED"):
        taken = await case.step(step)
        assert taken.status_code == 200, taken.text
    today = clock.today()
    notice = {
        "kind": "identification", "area_code": VILLAGE, "episode_ids": [(await case.read())["id"]],
        "first_on": today.isoformat(), "last_on": (today + timedelta(days=6)).isoformat(),
        "issuer": "青石村村民委员会", "contact": "镇乡村振兴办,电话 0990-1234567",
    }  # fmt: skip
    made = await client.post("/v1/notices", json=notice, headers=county)
    assert made.status_code == 201, made.text
    gone = await client.post(f"/v1/notices/{made.json()['id']}/withdraw", json={"reason": "名单有误"}, headers=county)
    assert gone.status_code == 200, gone.text
    house = {"kind": "dilapidated", "year": 2026, "wish": "willing", "grade": "D"}
    place = f"/v1/households/{case.household}/renovations"
    listed = await client.post(place, json=house, headers=county)
    assert listed.status_code == 201, listed.text
    started = {"mode": "rebuild", "approved_on": "2026-03-01", "started_on": "2026-04-01"}
    headers = county | {"If-Match": listed.headers["etag"]}
    patched = await client.patch(f"/v1/renovations/{listed.json()['id']}", json=started, headers=headers)
    assert patched.status_code == 200, patched.text
    await nothing_is_held_back(registry_database)
    while await follow_once(registry_database):
        pass
    return case


async def entries(case: Case, kind: str, headers: Headers | None = None) -> list[dict[str, Any]]:
    url = f"/v1/households/{case.household}/timeline"
    answer = await case.client.get(url, params={"kind": kind}, headers=headers or case.headers)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def test_answers_to_hard_flaw_questions_are_told_to_the_department_that_was_asked(
    case: Case, headers: Any
) -> None:
    (answered,) = await entries(case, "hard_flaw_answered")
    assert answered["text"]["zh"].startswith("自然资源局答复“")
    assert answered["text"]["zh"].endswith("”：无异常。")
    assert (answered["facts"]["question"], answered["facts"]["answer"]) == ("HF-01", "CLEAR")
    scopes = ["households:read", "episodes:read"]
    assert len(await entries(case, "hard_flaw_answered", headers(scopes=scopes, department="NAT"))) == 1
    assert await entries(case, "hard_flaw_answered", headers(scopes=scopes, department="BNK")) == []


async def test_notices_that_name_the_household_are_told_with_why_one_was_taken_down(case: Case) -> None:
    (posted,) = await entries(case, "notice_posted")
    assert posted["text"]["zh"].startswith("列入公示公告（拟纳入监测对象公示），")
    (gone,) = await entries(case, "notice_withdrawn")
    assert (gone["why"], gone["link"]) == ("名单有误", posted["link"])


async def test_a_notice_of_others_is_not_told(
    case: Case, client: httpx.AsyncClient, county: Headers, registry_database: Database
) -> None:
    other = await new_case(client, county, registry_database)
    assert await entries(other, "notice_posted") == []


async def test_a_renovation_is_told_step_by_step_and_labels_as_they_are(case: Case, headers: Any) -> None:
    started, listed = await entries(case, "renovation_step")
    assert [(each["before"], each["after"]) for each in started["changes"]] == [("listed", "started")]
    assert [(each["before"], each["after"]) for each in listed["changes"]] == [(None, "listed")]
    assert listed["facts"]["year"] == 2026
    assert "已开工" in started["text"]["zh"]
    labels = await entries(case, "label_given")
    assert "自" in labels[0]["text"]["zh"]
    assert "labour_capable" in {label["facts"]["label"] for label in labels}
    place = f"/v1/households/{case.household}/timeline"
    elsewhere = headers(scopes=["households:read"], areas=[OTHER_TOWN])
    assert (await case.client.get(place, headers=elsewhere)).status_code == 404
