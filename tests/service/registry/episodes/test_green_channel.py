"""The green channel through the API: asked for by one, approved by another, help first, the procedure stays due."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from elimination_case import measure_of
from episode_case import Case, moves, new_case
from registry_world import OTHER_TOWN, outbox
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from contracts.vocabulary import RiskType
from servicekit import clock
from servicekit.db import Database

REASON = {"reason": "山洪冲毁住房,急需安置"}
AGREED = {"decision": "approved", "opinion": "情况属实,先行救助"}
PROCEDURE = ("COMPARED", "REVIEWED", "PUBLICISED", "TOWN_AUDITED", "COUNTY_APPROVED", "ANNOUNCED", "MONITORED")


@pytest.fixture
async def flooded(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database, levels: dict[str, dict[str, str]]
) -> Case:
    """A household that a disaster hit three days ago, its clue confirmed."""
    return await new_case(client, county, registry_database, levels, RiskType.DISASTER)


@pytest.fixture
def group(headers: Any) -> dict[str, str]:
    """Somebody of the leading group, and nothing more."""
    return dict(headers(scopes=["episodes:read", "episodes:expedite"], client_id="group"))


async def ask(case: Case, **more: Any) -> httpx.Response:
    episode = await case.read()
    headers = more.get("headers", case.levels["episodes:write"]) | {"If-Match": more.get("etag", episode["etag"])}
    return await case.client.post(f"/v1/episodes/{episode['id']}/green-channel", json=REASON, headers=headers)


async def decide(case: Case, headers: dict[str, str], body: dict[str, str] | None = None) -> httpx.Response:
    episode = await case.read()
    url = f"/v1/episodes/{episode['id']}/green-channel/decision"
    return await case.client.post(url, json=body or AGREED, headers=headers | {"If-Match": episode["etag"]})


async def opened(case: Case, group: dict[str, str]) -> str:
    """Visit the household and open the channel; give the episode's id."""
    assert (await case.step("VISITED", "v-1", "v-2")).status_code == 200
    asked = await ask(case)
    assert (asked.status_code, asked.json()["green_channel"]["phase"]) == (200, "asked"), asked.text
    approved = await decide(case, group)
    assert (approved.status_code, approved.json()["green_channel"]["phase"]) == (200, "open"), approved.text
    return str(approved.json()["id"])


async def duties_of(database: Database, household: str) -> list[dict[str, Any]]:
    """What was announced of a household's duties, in order."""
    told = await outbox(database, "registry.duty.v1")
    return [duty for duty in told if duty["household_id"] == household]


async def plan_measure(case: Case, episode: str, risk: str = "02") -> httpx.Response:
    body = measure_of("EMG") | {"category": "M10", "item": "临时救助", "risk_types": [risk]}
    return await case.client.post(f"/v1/episodes/{episode}/measures", json=body, headers=case.headers)


async def test_help_first_and_the_procedure_is_owed_until_the_household_is_monitored(
    flooded: Case, group: dict[str, str], registry_database: Database, move_clock: Any
) -> None:
    """F-A14: the measure is given on the first day; each missing step is listed with its day, and D05 runs on."""
    number = (await flooded.read())["id"]
    refused = await plan_measure(flooded, number)
    assert (refused.status_code, refused.json()["code"]) == (409, "registry.plan.not_monitored")
    await opened(flooded, group)
    episode = await flooded.read()
    assert (episode["has_green_channel"], episode["state"]) == (True, "VISITED")
    last = date.fromisoformat(episode["found_on"]) + timedelta(days=15)
    owed = {debt["state"]: debt["due_on"] for debt in episode["green_channel"]["debts"]}
    assert tuple(owed) == PROCEDURE
    assert owed["PUBLICISED"] == (last - timedelta(days=6)).isoformat()
    assert owed["MONITORED"] == last.isoformat()
    (running,) = [deadline for deadline in episode["deadlines"] if deadline["code"] == "D05"]
    assert (running["due_on"], running["done_on"]) == (last.isoformat(), None)
    assert (await moves(registry_database, flooded.household))[-1].green_channel
    listed = {"green_channel": "true", "household_id": flooded.household}
    found = await flooded.client.get("/v1/episodes", params=listed, headers=flooded.headers)
    assert [item["id"] for item in found.json()["items"]] == [number]

    planned = await plan_measure(flooded, number)
    assert planned.status_code == 201, planned.text
    place = planned.headers["location"]
    found_on = {"state": "implemented", "evidence": "R-1"}
    early = (date.fromisoformat(episode["found_on"]) - timedelta(days=1)).isoformat()
    too_early = await flooded.client.patch(place, json=found_on | {"implemented_on": early}, headers=flooded.headers)
    assert [error["code"] for error in too_early.json()["errors"]] == ["implemented_on.range"]
    given = found_on | {"implemented_on": episode["found_on"]}
    assert (await flooded.client.patch(place, json=given, headers=flooded.headers)).status_code == 200
    duties = await duties_of(registry_database, flooded.household)
    assert [(duty["kind"], duty.get("outcome")) for duty in duties] == [("D05", None), ("P01", None), ("P01", "done")]

    await identified(flooded, move_clock)
    episode = await flooded.read()
    assert (episode["green_channel"]["phase"], episode["green_channel"]["debts"]) == ("settled", [])
    draft = await flooded.client.get(f"/v1/episodes/{number}/plan/draft", headers=flooded.headers)
    assert draft.status_code == 200
    plan = {
        "needs": [{"description": "安置", "risk_type": "02"}],
        "tasks": [
            {"category": "M02", "title": "务工", "department": "HRS", "person": "h", "due_on": episode["found_on"]}
        ],
        "helper": "h-1",
    }
    made = await flooded.client.put(f"/v1/episodes/{number}/plan", json=plan, headers=flooded.headers)
    assert made.status_code == 200, made.text
    assert (await flooded.step("ASSISTING", "v-1")).status_code == 200, "help that was given before counts"


async def identified(case: Case, move_clock: Any) -> None:
    for to in ("COMPARED", "REVIEWED", "PUBLICISED"):
        taken = await case.step(to, "v-1")
        assert taken.status_code == 200, taken.text
    assert [debt["state"] for debt in taken.json()["green_channel"]["debts"]] == [*PROCEDURE[3:]]
    move_clock(6 * 86400.0)
    for to, actor in (("TOWN_AUDITED", "t-1"), ("COUNTY_APPROVED", "c-1"), ("ANNOUNCED", "t-1"), ("MONITORED", "v-1")):
        record = {"record": {"category": "0", "risk_types": ["02"]}} if to == "COUNTY_APPROVED" else {}
        taken = await case.step(to, actor, **record)
        assert taken.status_code == 200, taken.text


async def test_what_was_given_stays_when_the_case_is_refused_in_the_end(
    flooded: Case, group: dict[str, str], registry_database: Database
) -> None:
    """The episode ends with its written reason; a measure that was given is history, what was not is over."""
    number = await opened(flooded, group)
    given, waiting = await plan_measure(flooded, number), await plan_measure(flooded, number)
    done = {"state": "implemented", "implemented_on": clock.today().isoformat(), "evidence": "R-1"}
    assert (
        await flooded.client.patch(given.headers["location"], json=done, headers=flooded.headers)
    ).status_code == 200
    rejected = await flooded.step("REJECTED", "t-1")
    assert rejected.status_code == 200, rejected.text
    assert rejected.json()["history"][-1]["record"]["reason"]
    channel = rejected.json()["green_channel"]
    assert (channel["phase"], channel["debts"], channel["decided_by"]) == ("ended", [], "group")
    measures = await flooded.client.get(f"/v1/episodes/{number}/measures", headers=flooded.headers)
    assert [item["state"] for item in measures.json()["items"]] == ["implemented", "planned"]
    outcomes = {
        duty["subject_id"]: duty.get("outcome")
        for duty in await duties_of(registry_database, flooded.household)
        if duty["kind"] == "P01"
    }
    assert outcomes == {given.json()["id"]: "done", waiting.json()["id"]: "cancelled"}
    assert (await plan_measure(flooded, number)).status_code == 409, "nothing is added to a case that is over"
    told = await flooded.client.get(f"/v1/households/{flooded.household}/timeline", headers=flooded.headers)
    kinds = [entry["kind"] for entry in told.json()["items"]]
    assert {"green_channel_asked", "green_channel_decided"} <= set(kinds)


async def test_it_takes_two_and_a_sudden_risk(
    flooded: Case, case: Case, group: dict[str, str], headers: Any, registry_database: Database
) -> None:
    unvisited = await ask(flooded)
    assert [error["code"] for error in unvisited.json()["errors"]] == ["visit.missing"]
    nothing = await decide(flooded, group)
    assert (nothing.status_code, nothing.json()["code"]) == (409, "registry.green_channel.not_asked")
    for one in (flooded, case):
        assert (await one.step("VISITED", "v-1", "v-2")).status_code == 200
    ill = await ask(case)
    assert (ill.status_code, [error["code"] for error in ill.json()["errors"]]) == (409, ["green_channel.risk"])
    both = headers(client_id="both")
    assert (await ask(flooded, headers=group)).status_code == 403
    assert (await ask(flooded, headers=both)).status_code == 200
    own = await decide(flooded, both)
    assert (own.status_code, own.json()["code"]) == (403, "registry.green_channel.second_person")
    assert (
        await decide(flooded, flooded.levels["episodes:write"] | headers(scopes=["episodes:write"]))
    ).status_code == 403
    elsewhere = headers(scopes=["episodes:read", "episodes:expedite"], areas=[OTHER_TOWN], client_id="other")
    assert (await decide(flooded, elsewhere)).status_code == 404
    assert (await ask(flooded)).json()["code"] == "registry.green_channel.asked"
    refused = await decide(flooded, group, {"decision": "refused", "opinion": "损失轻微,按程序办理"})
    assert refused.json()["green_channel"]["phase"] == "refused"
    assert not (await moves(registry_database, flooded.household))[-1].green_channel
    assert (await plan_measure(flooded, refused.json()["id"])).status_code == 409
    again = await ask(flooded)
    assert again.json()["green_channel"]["phase"] == "asked", "what was refused may be asked again"
    async with registry_database.transaction() as session:
        with pytest.raises(IntegrityError):
            await session.execute(
                text(
                    "UPDATE green_channel SET decision = 'approved', decided_by = asked_by, decided_at = asked_at"
                    " WHERE decision IS NULL"
                )
            )


async def test_a_repeat_asks_once_and_a_stale_decision_is_kept_where_both_see_it(
    flooded: Case, group: dict[str, str]
) -> None:
    assert (await flooded.step("VISITED", "v-1", "v-2")).status_code == 200
    episode = await flooded.read()
    url, key = (
        f"/v1/episodes/{episode['id']}/green-channel",
        {"Idempotency-Key": "ask-once", "If-Match": episode["etag"]},
    )
    asking = flooded.levels["episodes:write"] | key
    answers = [await flooded.client.post(url, json=REASON, headers=asking) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].headers["etag"] == answers[1].headers["etag"]
    stale = await flooded.client.post(f"{url}/decision", json=AGREED, headers=group | {"If-Match": episode["etag"]})
    assert stale.status_code == 412
    assert (await flooded.client.post(f"{url}/decision", json=AGREED, headers=group)).status_code == 428
    assert len((await flooded.read())["refused"]) == 1
    assert (await decide(flooded, group)).status_code == 200
