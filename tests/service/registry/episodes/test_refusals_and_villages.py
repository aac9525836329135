"""Refused and appealed; a village that takes several cases through one step."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
from episode_case import Case, clue_event, hear, moves, new_case
from registry_world import OTHER_TOWN, OTHER_VILLAGE, outbox

from contracts.vocabulary import ClueState
from servicekit import clock
from servicekit.db import Database
from servicekit.ids import new_id
from step_records import record_for


async def test_a_refusal_is_a_written_negative_decision_and_an_appeal_is_a_new_episode(
    case: Case, registry_database: Database
) -> None:
    """F-A03."""
    await case.step("VISITED")
    for empty in ({}, {"reason": "."}):
        assert (await case.step("REJECTED", "t-1", record=empty)).status_code == 422, "a reason is needed"
    assert (await case.step("REJECTED", "t-1", record={"reason": "收入高于监测线"})).status_code == 200
    episode = await case.read()
    assert (episode["is_active"], episode["due_on"], episode["legal_next"]) == (False, None, [])
    snapshot = (await outbox(registry_database, "registry.household.v1", case.household))[-1]
    assert snapshot["last_negative_decision_on"] == clock.today().isoformat()
    assert snapshot["is_monitored"] is False
    assert (await moves(registry_database, case.household))[-1].has_ended
    await hear(registry_database, clue_event(case.household, ClueState.CONFIRMED_IDENTIFY, clue=new_id()))
    assert [item["state"] for item in await case.episodes()] == ["REJECTED", "APPLIED"]


async def test_an_appeal_within_its_days_is_an_episode_that_follows_the_refused_one(
    case: Case, headers: Any, move_clock: Any
) -> None:
    """Domain rule 4.4: REJECTED -> APPLIED, a new episode."""
    said = {"appealed_on": clock.today().isoformat(), "reason": "家中老人住院费用未计入支出"}
    old = (await case.read())["id"]
    url = f"/v1/episodes/{old}/appeal"
    early = await case.client.post(url, json=said, headers=case.headers)
    assert (early.status_code, early.json()["code"]) == (409, "registry.episode.not_refused")
    await case.step("VISITED")
    assert (await case.step("REJECTED", "t-1")).status_code == 200
    reader = headers(scopes=["episodes:read", "episodes:audit"], client_id="reader")
    assert (await case.client.post(url, json=said, headers=reader)).status_code == 403
    for day, code in ((-1, "occurred_on.order"), (1, "occurred_on.future")):
        wrong = said | {"appealed_on": (clock.today() + timedelta(days=day)).isoformat()}
        refused = await case.client.post(url, json=wrong, headers=case.headers)
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, code)
    move_clock(31 * 86400.0)
    late = said | {"appealed_on": clock.today().isoformat()}
    refused = await case.client.post(url, json=late, headers=case.headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "registry.episode.appeal_late")
    move_clock(30 * 86400.0)
    on = clock.today().isoformat()
    keyed = case.headers | {"Idempotency-Key": f"appeal-{old}"}
    opened, again = [await case.client.post(url, json=said | {"appealed_on": on}, headers=keyed) for _ in range(2)]
    assert (opened.status_code, again.json()["id"]) == (201, opened.json()["id"]), opened.text
    new = opened.json()
    assert (new["state"], new["origin"], new["follows_id"]) == ("APPLIED", "appeal", old)
    assert (new["risk_types"], new["found_on"], new["history"][0]["note"]) == (["01"], on, said["reason"])
    assert [item["state"] for item in await case.episodes()] == ["REJECTED", "APPLIED"]
    twice = await case.client.post(url, json=said | {"appealed_on": on}, headers=case.headers)
    assert (twice.status_code, twice.json()["code"]) == (409, "registry.episode.not_refused")


async def test_a_village_takes_several_episodes_through_one_step_each_judged_alone(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database, levels: Any, headers: Any
) -> None:
    cases = [await new_case(client, county, registry_database, levels) for _ in range(3)]
    for case in cases[:2]:
        assert (await case.step("VISITED")).status_code == 200
        assert (await case.step("COMPARED", "m-1")).status_code == 200
    read = [await case.read() for case in cases]
    items = [{"episode_id": episode["id"], "if_match": episode["etag"]} for episode in read]
    step = {
        "village_code": "990101101201", "to": "REVIEWED", "occurred_on": clock.today().isoformat(), "actors": ["v-1"],
        "record": record_for("COMPARED", "REVIEWED", clock.today()),
    }  # fmt: skip
    items[1] |= {"if_match": '"v1"'}
    keyed = levels["episodes:write"] | {"Idempotency-Key": f"meeting-{read[0]['id']}"}
    url = "/v1/episodes/village-steps"
    first, again = [await client.post(url, json=step | {"items": items}, headers=keyed) for _ in range(2)]
    assert first.status_code == 200, first.text
    assert (first.json()["taken"], first.json()["refused"]) == (1, 2)
    told = [(item["status"], (item["problem"] or {}).get("code")) for item in first.json()["items"]]
    assert told == [(200, None), (412, "precondition_failed"), (409, "registry.episode.illegal_transition")]
    versions = [[item["version"] for item in answer.json()["items"]] for answer in (first, again)]
    assert versions[0] == versions[1], "none is taken twice"
    assert [(await case.read())["state"] for case in cases] == ["REVIEWED", "COMPARED", "APPLIED"]
    elsewhere = await client.post(url, json=step | {"items": items, "village_code": OTHER_VILLAGE}, headers=keyed)
    assert {item["status"] for item in elsewhere.json()["items"]} == {404}, "of one village"
    outside = headers(areas=[OTHER_TOWN])
    assert (await client.post(url, json=step | {"items": items}, headers=outside)).status_code == 404
    assert (
        await client.post(url, json=step | {"items": items, "to": "COUNTY_APPROVED"}, headers=keyed)
    ).status_code == 422
