"""What alerts tells of a household's file: clues and what became of them, policy gaps, duties; to whom; by indexes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from alerts_world import COUNTY, TOWN, World, finding, new_household, snapshot
from clue_steps import exclude, verify
from sqlalchemy import text

from alerts.timeline.service import SOURCES
from contracts.vocabulary import Department, RiskType
from servicekit import clock
from servicekit.db import array_text
from servicekit.entries import TimelineQuery, statement

CLUES, DUTIES = "clues:read", "duties:read"
Headers = Callable[..., dict[str, str]]


async def read(client: httpx.AsyncClient, caller: dict[str, str], home: str, **params: Any) -> Any:
    answer = await client.get("/v1/clues/timeline", params={"household_id": home, **params}, headers=caller)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture
async def home(world: World, client: httpx.AsyncClient, headers: Headers) -> str:
    """One clue that was left to policy, a department that granted it, and another clue that was excluded."""
    household = new_household()
    await world.register(snapshot(household))
    gap = {"person_id": "p-1", "is_policy_gap": True, "department": Department.MED}
    await world.fold(finding(household, "R-MED-01", **gap))
    (clue,) = await world.clues(household)
    assert (await verify(client, headers, clue, result="confirmed_policy")).status_code == 200
    med = headers(DUTIES, "duties:handle", department="MED", client_id="med")
    (owed,) = (await client.get("/v1/policy-gaps", params={"household": household}, headers=med)).json()["items"]
    assert (await client.post(f"/v1/duties/{owed['duty_id']}/accept", headers=med)).status_code == 200
    granted = {"result": "granted", "granted_on": "2020-01-01"}
    answer = await client.post(f"/v1/policy-gaps/{owed['id']}/result", json=granted, headers=med)
    assert answer.status_code == 200, answer.text
    await world.fold(finding(household, "R-HOU-01", risk_type=RiskType.HOUSING))
    other = next(each for each in await world.clues(household) if each["risk_type"] == RiskType.HOUSING)
    assert (await exclude(client, headers, other, reason="solved")).status_code == 200
    return household


async def test_it_tells_of_clues_gaps_and_duties_newest_first(
    client: httpx.AsyncClient, headers: Headers, home: str
) -> None:
    told = (await read(client, headers(CLUES, DUTIES), home, limit=200))["items"]
    assert {entry["kind"] for entry in told} == {
        "clue_raised", "clue_announced", "clue_verified", "exclusion_decided", "policy_gap", "duty_opened",
        "duty_closed", "duty_handled",
    }  # fmt: skip
    assert [(entry["at"], entry["id"]) for entry in told] == sorted(
        ((entry["at"], entry["id"]) for entry in told), reverse=True
    )
    texts = [entry["text"][language] for entry in told for language in ("zh", "en")]
    assert not [said for said in texts if "{" in said or "不详" in said or "unknown" in said]
    granted, opened = [entry for entry in told if entry["kind"] == "policy_gap"]
    assert [(each["before"], each["after"]) for each in granted["changes"]] == [("open", "closed")]
    assert (granted["occurred_on"], granted["by"]) == ("2020-01-01", "med")
    assert [(each["before"], each["after"]) for each in opened["changes"]] == [(None, "open")]
    verified = [entry for entry in told if entry["kind"] == "clue_verified"]
    assert {entry["text"]["zh"] for entry in verified} == {"线索核实结果：仅政策落实。", "线索核实结果：排除。"}
    assert all(entry["persons"] for entry in verified)
    (taken,) = [entry for entry in told if entry["kind"] == "duty_handled"]
    assert taken["text"]["zh"].endswith("：接手。")


async def test_pages_lose_nothing_and_one_kind_can_be_asked_for(
    client: httpx.AsyncClient, headers: Headers, home: str
) -> None:
    caller = headers(CLUES, DUTIES)
    whole = (await read(client, caller, home, limit=200))["items"]
    found: list[Any] = []
    cursor: dict[str, Any] = {}
    while True:
        page = await read(client, caller, home, limit=2, **cursor)
        found += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert found == whole
    raised = (await read(client, caller, home, kind="clue_raised"))["items"]
    assert raised == [entry for entry in whole if entry["kind"] == "clue_raised"]


async def test_a_department_sees_what_it_has_to_do_and_a_clerk_of_clues_the_clues(
    client: httpx.AsyncClient, headers: Headers, home: str
) -> None:
    med = await read(client, headers(DUTIES, department="MED"), home, limit=200)
    assert {entry["facts"].get("department") for entry in med["items"] if entry["kind"] != "duty_handled"} == {"MED"}
    assert {"clue_raised", "clue_verified"} <= set(med["left_out"])
    assert (await read(client, headers(DUTIES, department="EDU"), home))["items"] == []
    clerk = await read(client, headers(CLUES), home, limit=200)
    assert {entry["kind"].partition("_")[0] for entry in clerk["items"]} == {"clue", "exclusion"}
    assert {"policy_gap", "duty_opened"} <= set(clerk["left_out"])


async def test_nobody_else_learns_of_it(client: httpx.AsyncClient, headers: Headers, home: str) -> None:
    for caller, status in (
        (headers(CLUES, areas=["990101102000"]), 404),
        (headers(CLUES, areas=[TOWN], grid="一网格", person="p"), 404),
        (headers("alerts:read", areas=[COUNTY]), 403),
    ):
        answer = await client.get("/v1/clues/timeline", params={"household_id": home}, headers=caller)
        assert answer.status_code == status, answer.text


async def test_no_table_is_read_as_a_whole(world: World, home: str) -> None:
    values = {"households": array_text([home]), "own_department": None, "limit": 51,
              "before_at": clock.now(), "before_id": "x"}  # fmt: skip
    async with world.database.transaction() as session:
        await session.execute(text("SET LOCAL enable_seqscan = off"))
        plan = await session.execute(text("EXPLAIN " + statement(SOURCES, TimelineQuery(), goes_on=True)), values)
        lines = list(plan.scalars())
    assert not [line for line in lines if "Seq Scan" in line], "\n".join(lines)
