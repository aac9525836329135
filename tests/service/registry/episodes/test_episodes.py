"""Episodes: opened by confirmed clues, carried through identification, planned and helped."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
from episode_case import Case, clue_event, hear, moves
from registry_world import OTHER_TOWN, household, household_id, member, ndjson, outbox, send
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from contracts.vocabulary import ClueState, RiskType
from servicekit import clock
from servicekit.consumer import InvalidEvent
from servicekit.db import Database
from servicekit.ids import new_id
from step_records import record_for


async def identify(case: Case, move_clock: Any) -> None:
    """Take the case to MONITORED; the clock moves over the publicity period."""
    for to, *actors in (("VISITED", "v-1", "v-2"), ("COMPARED", "m-1"), ("REVIEWED", "v-1"), ("PUBLICISED", "v-1")):
        response = await case.step(to, *actors)
        assert response.status_code == 200, response.text
    move_clock(6 * 86400.0)
    for to, actor in (("TOWN_AUDITED", "t-1"), ("COUNTY_APPROVED", "c-1"), ("ANNOUNCED", "t-1"), ("MONITORED", "v-1")):
        response = await case.step(to, actor)
        assert response.status_code == 200, response.text


async def test_a_confirmed_clue_opens_one_episode_whatever_comes_twice(case: Case, registry_database: Database) -> None:
    """Domain rules 4.2, 4.3; the limit runs from the day the clue was found."""
    episode = await case.read()
    assert (episode["state"], episode["risk_types"]) == ("APPLIED", ["01"])
    found_on = clock.today() - timedelta(days=3)
    assert episode["found_on"] == found_on.isoformat()
    assert episode["due_on"] == (found_on + timedelta(days=15)).isoformat()
    again = clue_event(case.household, ClueState.CONFIRMED_IDENTIFY, clue=episode["clue_id"])
    await hear(registry_database, again, again)
    assert len(await case.episodes()) == 1
    (moved,) = await moves(registry_database, case.household)
    assert (moved.state, moved.previous_state, moved.clue_id) == ("APPLIED", None, episode["clue_id"])


async def test_further_clues_join_the_active_episode(case: Case, registry_database: Database) -> None:
    clues = [new_id(), new_id()]
    await hear(
        registry_database,
        clue_event(case.household, ClueState.CONFIRMED_IDENTIFY, clue=clues[0], risk=RiskType.HOUSING),
        clue_event(case.household, ClueState.EXISTING_CASE, clue=clues[1], risk=RiskType.ILLNESS),
        clue_event(case.household, ClueState.EXCLUDED, clue=new_id(), risk=RiskType.WATER),
    )
    episode = await case.read()
    assert len(await case.episodes()) == 1
    assert episode["risk_types"] == ["01", "11"]
    assert set(clues) < set(episode["clue_ids"])
    assert len(episode["clue_ids"]) == 3


async def test_a_clue_of_an_existing_case_opens_nothing_by_itself(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    await send(client, ndjson(household("99X0000001", member(490, "19550505"))), county)
    case = Case(client, county, await household_id(client, "99X0000001", county))
    await hear(registry_database, clue_event(case.household, ClueState.EXISTING_CASE, clue=new_id()))
    assert await case.episodes() == []


async def test_clues_of_many_households_open_their_episodes_in_one_batch(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    bodies = [household(f"99M00000{n}", member(410 + n, "19660303")) for n in range(5)]
    await send(client, ndjson(*bodies), county)
    ids = [await household_id(client, body["hh_no"], county) for body in bodies]
    risks = (RiskType.ILLNESS, RiskType.WATER)
    events = [
        clue_event(household, ClueState.CONFIRMED_IDENTIFY, clue=new_id(), risk=risk)
        for household in ids
        for risk in risks
    ]
    await hear(registry_database, *events)
    for number in ids:
        (episode,) = await Case(client, county, number).episodes()
        assert episode["risk_types"] == ["01", "12"]


@pytest.mark.parametrize("risk", [risk for risk in RiskType if not risk.is_named])
async def test_a_clue_whose_cause_is_not_named_gives_an_identification_no_risk(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database, risk: RiskType
) -> None:
    hh_no, serial = f"99Y00000{risk}", 600 + int(risk)
    await send(
        client, ndjson(household(hh_no, member(serial % 400, f"1957{serial % 9 + 1:02d}{serial % 27 + 1:02d}"))), county
    )
    case = Case(client, county, await household_id(client, hh_no, county))
    await hear(registry_database, clue_event(case.household, ClueState.CONFIRMED_IDENTIFY, clue=new_id(), risk=risk))
    assert (await case.read())["risk_types"] == []
    await hear(registry_database, clue_event(case.household, ClueState.CONFIRMED_IDENTIFY, clue=new_id()))
    await hear(registry_database, clue_event(case.household, ClueState.CONFIRMED_IDENTIFY, clue=new_id(), risk=risk))
    assert (await case.read())["risk_types"] == ["01"]


async def test_a_clue_of_an_unknown_household_is_an_invalid_event(registry_database: Database) -> None:
    for household_id_ in (new_id(), "not-an-id"):
        with pytest.raises(InvalidEvent):
            await hear(registry_database, clue_event(household_id_, ClueState.CONFIRMED_IDENTIFY, clue=new_id()))
    await hear(registry_database, clue_event("not-an-id", ClueState.EXCLUDED, clue=new_id()))


async def test_identification_takes_every_step_and_then_the_household_is_monitored(
    case: Case, registry_database: Database, move_clock: Any
) -> None:
    """F-A02, F-A19: identification from application to entry."""
    await identify(case, move_clock)
    episode = await case.read()
    assert (episode["state"], episode["category"], episode["is_active"]) == ("MONITORED", "0", True)
    assert [step["state"] for step in episode["history"]] == [
        "APPLIED", "VISITED", "COMPARED", "REVIEWED", "PUBLICISED", "TOWN_AUDITED", "COUNTY_APPROVED", "ANNOUNCED",
        "MONITORED",
    ]  # fmt: skip
    assert episode["due_on"] == (clock.today() + timedelta(days=10)).isoformat()
    duties = {duty["code"]: duty for duty in episode["deadlines"]}
    assert duties["D05"]["done_on"] == clock.today().isoformat()
    assert {"D06", "D07", "D08"} <= duties.keys()
    snapshot = (await outbox(registry_database, "registry.household.v1", case.household))[-1]
    assert (snapshot["is_monitored"], snapshot["open_risks"], snapshot["monitor_category"]) == (True, ["01"], "0")
    assert snapshot["version"] == 2
    announced = await moves(registry_database, case.household)
    assert [moved.state for moved in announced] == [step["state"] for step in episode["history"]]
    assert not any(moved.has_ended for moved in announced)


async def test_steps_out_of_order_are_refused_with_the_legal_ones(case: Case) -> None:
    response = await case.step("MONITORED")
    assert (response.status_code, response.json()["code"]) == (409, "registry.episode.illegal_transition")
    assert response.json()["legal_next"] == ["VISITED", "COMPARED", "WITHDRAWN"]
    assert [step["to"] for step in (await case.read())["legal_next"]] == ["VISITED", "COMPARED", "WITHDRAWN"]


async def test_a_step_needs_the_version_that_was_read(case: Case) -> None:
    first = await case.read()
    assert (await case.step("VISITED")).status_code == 200
    late = await case.step("COMPARED", etag=first["etag"])
    assert late.status_code == 412
    url = f"/v1/episodes/{first['id']}/transitions"
    body = {"to": "COMPARED", "occurred_on": clock.today().isoformat(), "actors": ["m-1"]}
    assert (await case.client.post(url, json=body, headers=case.headers)).status_code == 428


async def test_a_step_repeated_with_its_key_is_taken_once(case: Case) -> None:
    """P1: whoever got no answer repeats the request as it was, with the version it had read."""
    seen = await case.read()
    keyed = case.headers | {"Idempotency-Key": f"k-{seen['id']}"}
    first = await case.step("VISITED", etag=seen["etag"], headers=keyed, record={})
    again = await case.step("VISITED", etag=seen["etag"], headers=keyed, record={})
    assert (first.status_code, again.status_code) == (200, 200), again.text
    assert again.json()["version"] == first.json()["version"]
    assert [step["state"] for step in (await case.read())["history"]].count("VISITED") == 1


async def test_a_step_records_what_it_must(case: Case) -> None:
    for wrong, code in (
        ({"actors": ["v-1"]}, "actors.too_few"),
        ({"actors": ["v-1", "v-1"]}, "actors.too_few"),
        ({"occurred_on": "2099-01-01"}, "occurred_on.future"),
        ({"occurred_on": "2020-01-01"}, "occurred_on.order"),
    ):
        response = await case.step("VISITED", **wrong)
        assert response.status_code == 422, response.text
        assert code in {error["code"] for error in response.json()["errors"]}
    assert (await case.step("VISITED")).status_code == 200
    response = await case.step("COMPARED", "m-1", record={})
    assert [error["pointer"] for error in response.json()["errors"]] == ["/record/results"]
    assert (await case.step("LOST", "m-1")).status_code == 422
    for hostile in ({"note": "a\u0000b"}, {"record": {"a": "\u0000"}}, {"record": {"\u0000": 1}}):
        assert (await case.step("COMPARED", "m-1", **hostile)).status_code == 422, hostile


async def test_collecting_auditing_and_approving_need_different_scopes_and_persons(
    case: Case, headers: Any, move_clock: Any
) -> None:
    """Separation of duty."""
    collector = headers(scopes=["episodes:read", "episodes:write"], client_id="village")
    auditor = headers(scopes=["episodes:read", "episodes:audit"], client_id="town")
    approver = headers(scopes=["episodes:read", "episodes:approve"], client_id="county")
    denied = await case.step("VISITED", headers=approver)
    assert (denied.status_code, denied.json()["required_scope"]) == (403, "episodes:write")
    assert (await case.step("VISITED", headers=headers(scopes=["episodes:read"]))).status_code == 403
    assert (await case.step("VISITED", headers=collector)).status_code == 200
    assert (await case.step("COMPARED", "m-1", headers=collector)).status_code == 200
    assert (await case.step("REVIEWED", "v-3", headers=collector)).status_code == 200
    assert (await case.step("PUBLICISED", "v-3", headers=collector)).status_code == 200
    early = await case.step("TOWN_AUDITED", "t-1", headers=auditor)
    assert (early.status_code, early.json()["code"]) == (409, "registry.episode.precondition")
    assert early.json()["errors"][0]["code"] == "publicity.too_short"
    move_clock(5 * 86400.0)
    assert (await case.step("TOWN_AUDITED", "t-1", headers=auditor)).status_code == 409, "five full days: D+6"
    move_clock(6 * 86400.0)
    assert (await case.step("TOWN_AUDITED", "t-1", headers=collector)).status_code == 403
    same = await case.step("TOWN_AUDITED", "v-1", headers=auditor)
    assert same.json()["errors"][0]["code"] == "actors.separation_of_duty"
    assert (await case.step("TOWN_AUDITED", "t-1", headers=auditor)).status_code == 200
    assert (await case.step("COUNTY_APPROVED", "c-1", headers=auditor)).status_code == 403
    decision = {"category": "0", "risk_types": ["01"]}
    own = await case.step("COUNTY_APPROVED", "t-1", record=decision, headers=approver)
    assert own.json()["errors"][0]["code"] == "actors.separation_of_duty"
    for record, code in (
        ({"category": "1"}, "category.conflict"),
        ({"category": "9"}, "record.invalid"),
        ({"category": "0", "risk_types": ["20"]}, "risk_types.unnamed"),
        ({"category": "0", "risk_types": ["77"]}, "record.invalid"),
        ({"category": "2"}, None),
    ):
        response = await case.step("COUNTY_APPROVED", "c-1", record=record, headers=approver)
        if code is None:
            assert response.status_code == 200, response.text
        else:
            assert code in {error["code"] for error in response.json()["errors"]}, response.text


async def test_one_client_is_not_the_whole_commission(case: Case, county: dict[str, str], move_clock: Any) -> None:
    """Whatever names it writes: a client that visited cannot audit, nor one that audited approve."""
    case.levels = {}
    refused = await case.step("VISITED", "g1", "g2", record={"consent": "lies"})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "record.invalid")
    assert "document_sha256" in refused.json()["errors"][0]["detail"], "it says what to send"
    for to, actor in (("VISITED", "g1"), ("COMPARED", "g1"), ("REVIEWED", "g3"), ("PUBLICISED", "g3")):
        assert (await case.step(to, actor, "g2")).status_code == 200
    past = clock.today()
    move_clock(9 * 86400.0)
    refused = await case.step("TOWN_AUDITED", "g4")
    assert (refused.status_code, refused.json()["code"]) == (409, "registry.episode.precondition")
    assert [error["code"] for error in refused.json()["errors"]] == ["client.separation_of_duty"]
    assert past < clock.today()


async def test_five_days_of_publicity_do_not_pass_in_a_second(case: Case, levels: Any) -> None:
    """The steps claim the days that have passed since the clue; they were recorded just now."""
    began = clock.today() - timedelta(days=3)
    for to, *actors in (("VISITED", "v-1", "v-2"), ("COMPARED", "m-1"), ("REVIEWED", "v-1"), ("PUBLICISED", "v-1")):
        assert (await case.step(to, *actors, on=began)).status_code == 200
    refused = await case.step("TOWN_AUDITED", "t-1")
    assert {error["code"] for error in refused.json()["errors"]} == {"publicity.too_short"}


async def test_a_comparison_needs_the_signed_consent(case: Case) -> None:
    await case.step("VISITED", record={})
    results = record_for("VISITED", "COMPARED", clock.today())["results"]
    refused = await case.step("COMPARED", "m-1", record={"results": results})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (409, "consent.missing")
    assert (await case.step("COMPARED", "m-1")).status_code == 200


async def test_a_decision_that_came_too_late_stays_visible_to_both_sides(case: Case, headers: Any) -> None:
    """R: refused, and nobody would know that two people decided differently."""
    seen = (await case.read())["etag"]
    assert (await case.step("VISITED")).status_code == 200
    other = headers(client_id="second")
    late = await case.step("COMPARED", "m-9", etag=seen, headers=other)
    assert late.status_code == 412
    for reader in (case.headers, other):
        answer = await case.client.get(f"/v1/episodes/{(await case.read())['id']}", headers=reader)
        (stale,) = answer.json()["refused"]
        assert (stale["refused_by"], stale["decision"]["to"], stale["is_open"]) == ("second", "COMPARED", True)
        assert stale["seen_etag"] != stale["current_etag"]
    params = {"has_refused": "true", "household_id": case.household}
    assert len((await case.client.get("/v1/episodes", params=params, headers=other)).json()["items"]) == 1
    assert (await case.step("COMPARED", "m-9", headers=other)).status_code == 200
    assert [one["is_open"] for one in (await case.read())["refused"]] == [False], "it has decided anew"
    assert (await case.client.get("/v1/episodes", params=params, headers=other)).json()["items"] == []


async def test_history_cannot_be_rewritten(case: Case, registry_database: Database) -> None:
    for statement in ("UPDATE episode_step SET note = 'x'", "DELETE FROM episode_step"):
        with pytest.raises(DBAPIError, match="history is never overwritten"):
            async with registry_database.transaction() as session:
                await session.execute(text(statement))


async def test_the_plan_and_the_first_measure_carry_the_episode_on(
    case: Case, registry_database: Database, move_clock: Any
) -> None:
    """F-A07, F-A26, F-A28, F-A31, F-A36, F-A37, F-A38."""
    number = (await case.read())["id"]
    plan_url, measure_url = f"/v1/episodes/{number}/plan", f"/v1/episodes/{number}/measures"
    task = {"title": "医疗救助", "category": "M07", "department": "MED", "person": "med-1", "due_on": "2026-12-31"}
    plan = {"needs": [{"description": "住院费用高", "risk_type": "01"}], "tasks": [task], "helper": "h-1"}
    client, sent = case.client, case.headers
    early = await client.put(plan_url, json=plan, headers=sent)
    assert (early.status_code, early.json()["code"]) == (409, "registry.plan.not_monitored")
    await identify(case, move_clock)
    assert (await client.get(plan_url, headers=sent)).status_code == 404
    money_only = await client.put(plan_url, json=plan, headers=sent)
    assert money_only.json()["errors"][0]["code"] == "plan.no_development_measure"
    work = task | {"title": "帮扶车间", "category": "M02", "department": "HRS"}
    unanswered = await client.put(plan_url, json=plan | {"tasks": [work]}, headers=sent)
    assert [error["code"] for error in unanswered.json()["errors"]] == ["plan.risk_uncovered"]
    why = [{"risk_type": "01", "reason": "费用已由大病保险报销"}]
    made = await client.put(plan_url, json=plan | {"tasks": [work], "uncovered": why}, headers=sent)
    assert made.status_code == 200, made.text
    assert (made.json()["warnings"], made.json()["uncovered"]) == ([], why)
    assert (await case.read())["state"] == "PLANNED"
    revised = (await client.put(plan_url, json=plan | {"tasks": [task, work]}, headers=sent)).json()
    assert (revised["version"], revised["warnings"], revised["is_late"]) == (2, [], False)
    repeated = (await client.put(plan_url, json=plan | {"tasks": [task, work]}, headers=sent)).json()
    assert repeated == revised, "a PUT that is repeated for want of an answer makes no third version"

    measure = {
        "category": "M07",
        "item": "医疗救助",
        "risk_types": ["01"],
        "responsible_department": "MED",
        "responsible_person": "med-1",
        "planned_on": clock.today().isoformat(),
    }
    for wrong, code in (
        ({"category": "M06"}, "measure.mismatch"),
        ({"risk_types": ["12"], "category": "M06"}, "risk_types.foreign"),
        ({"risk_types": []}, "too_short"),
    ):
        refused = await client.post(measure_url, json=measure | wrong, headers=sent)
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, code)
    foreign = await client.post(measure_url, json=measure | {"person_id": new_id()}, headers=sent)
    assert foreign.json()["code"] == "registry.measure.invalid"
    keyed = sent | {"Idempotency-Key": "measure-1"}
    created = await client.post(measure_url, json=measure, headers=keyed)
    assert created.status_code == 201, created.text
    assert (await client.post(measure_url, json=measure, headers=keyed)).json() == created.json()
    url = created.headers["location"]
    assert len((await client.get(measure_url, headers=sent)).json()["items"]) == 1
    bare = await client.patch(url, json={"state": "implemented"}, headers=sent)
    assert {error["code"] for error in bare.json()["errors"]} == {"implemented_on.missing", "evidence.missing"}
    done = {"state": "implemented", "implemented_on": clock.today().isoformat(), "evidence": "R-1", "amount": "1200.00"}
    implemented = await client.patch(url, json=done, headers=sent | {"If-Match": created.headers["etag"]})
    assert (implemented.status_code, implemented.json()["amount"]) == (200, "1200.00"), implemented.text
    late = await client.patch(url, json=done, headers=sent | {"If-Match": created.headers["etag"]})
    assert late.status_code == 412
    assert (await case.read())["refused"][0]["decision"]["state"] == "implemented"
    assert (await client.patch(url, json={"state": "planned"}, headers=sent)).status_code == 409
    episode = await case.read()
    assert episode["state"] == "ASSISTING"
    duties = {duty["code"]: duty["done_on"] for duty in episode["deadlines"]}
    assert duties["D06"] == duties["D07"] == clock.today().isoformat()
    assert duties["D08"] is None, "medical aid is not a development measure"
    announced = await moves(registry_database, case.household)
    assert [moved.state for moved in announced][-3:] == ["MONITORED", "PLANNED", "ASSISTING"]


async def test_overdue_episodes_are_listed(case: Case, move_clock: Any, headers: Any) -> None:
    params = {"overdue": "true", "limit": "200"}
    before = (await case.client.get("/v1/episodes", params=params, headers=case.headers)).json()["items"]
    assert case.household not in {item["household_id"] for item in before}
    move_clock(13 * 86400.0)
    after = (await case.client.get("/v1/episodes", params=params, headers=case.headers)).json()["items"]
    assert case.household in {item["household_id"] for item in after}
    stranger = headers(areas=[OTHER_TOWN])
    assert (await case.client.get("/v1/episodes", headers=stranger)).json()["items"] == []
    number = (await case.read())["id"]
    assert (await case.client.get(f"/v1/episodes/{number}", headers=stranger)).status_code == 404


async def test_a_list_of_episodes_names_the_household_to_whoever_may_see_it(case: Case, headers: Any) -> None:
    """One statement for a page; masked as everywhere."""
    params = {"household_id": case.household}
    shown = (await case.client.get("/v1/episodes", params=params, headers=case.headers)).json()
    (item,) = shown["items"]
    home = await case.client.get(f"/v1/households/{case.household}", headers=case.headers)
    assert (shown["titles"], item["title"]["household"]["hh_no"]) == ("shown", home.json()["hh_no"])
    assert item["title"]["household"]["head"]["name"] == home.json()["members"][0]["name"]
    assert len(item["title"]["area_path"]) == 3
    blind = headers(scopes=["episodes:read"])
    refused = (await case.client.get("/v1/episodes", params=params, headers=blind)).json()
    assert (refused["titles"], refused["items"]) == ("refused", [item | {"title": None}])
