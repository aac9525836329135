"""A clue is excluded by two clients, so many a day in a township; what was refused or undone leaves the clue open."""

from __future__ import annotations

from typing import Any

import httpx
from alerts_world import COUNTY, OTHER_VILLAGE, VILLAGE, World, event_of, new_household, snapshot
from clue_steps import READ, confirm, exclude, open_clue, verify

from alerts.clues.consumers import on_episodes, on_policies
from contracts.registry import EndingsCapReached, PolicyProfileActivated
from servicekit import clock

PROPOSED = {"result": "excluded", "reason": "self_coping", "note": "有存款可应对"}


async def test_one_client_excludes_nothing(client: httpx.AsyncClient, headers: Any, world: World) -> None:
    clue = await open_clue(world)
    proposed = await verify(client, headers, clue, **PROPOSED)
    assert (proposed.status_code, proposed.json()["state"]) == (202, "verifying")
    assert proposed.json()["awaits_confirmation"] is True
    listed = await client.get("/v1/clues?awaits_confirmation=true&limit=200", headers=headers(*READ))
    assert clue["id"] in {item["id"] for item in listed.json()["items"]}
    without_scope = await client.post(
        f"/v1/clues/{clue['id']}/confirmation",
        json={"agrees": True, "note": "属实"},
        headers=headers(*READ, client_id="other", **{"If-Match": "*"}),
    )
    assert without_scope.status_code == 403
    own = await confirm(client, headers, clue["id"], client_id="town-101")
    assert (own.status_code, own.json()["code"]) == (403, "alerts.clue.second_person")
    assert [alert["kind"] for alert in await world.alerts(clue["household_id"])] == ["raised"]
    done = await confirm(client, headers, clue["id"])
    body = done.json()
    assert (done.status_code, body["state"], body["result_reason"]) == (200, "excluded", "self_coping")
    assert (body["visited_on"], body["awaits_confirmation"]) == (clock.today().isoformat(), False)
    assert body["verifications"][0]["confirmation"]["decided_by"] == "county"
    assert [alert["kind"] for alert in await world.alerts(clue["household_id"])] == ["raised", "resolved"]
    again = await confirm(client, headers, clue["id"])
    assert (again.status_code, again.json()["code"]) == (409, "alerts.clue.no_exclusion")


async def test_who_reported_a_clue_does_not_confirm_its_exclusion(
    client: httpx.AsyncClient, headers: Any, world: World
) -> None:
    household = new_household()
    await world.register(snapshot(household))
    said = {"household_id": household, "risk_type": "01", "visited_on": clock.today().isoformat(), "visitors": ["g-1"]}
    made = await client.post("/v1/visits", json=said, headers=headers(*READ, client_id="county"))
    clue = {"id": made.json()["clue_id"], "version": 1}
    assert (await verify(client, headers, clue, **PROPOSED)).status_code == 202
    assert (await confirm(client, headers, clue["id"])).status_code == 403
    assert (await confirm(client, headers, clue["id"], client_id="county-2")).json()["state"] == "excluded"


async def test_an_exclusion_that_is_not_confirmed_leaves_the_clue_with_its_verifiers(
    client: httpx.AsyncClient, headers: Any, world: World
) -> None:
    clue = await open_clue(world)
    await verify(client, headers, clue, **PROPOSED)
    refused = await confirm(client, headers, clue["id"], agrees=False, note="存款已用完")
    body = refused.json()
    assert (refused.status_code, body["state"], body["awaits_confirmation"]) == (200, "verifying", False)
    assert body["verifications"][0]["confirmation"]["agrees"] is False
    assert (await confirm(client, headers, clue["id"])).status_code == 409
    other = await verify(client, headers, clue, version=body["version"], result="confirmed_identify")
    assert (other.status_code, other.json()["state"]) == (200, "confirmed_identify")


async def test_another_result_takes_the_exclusion_back(client: httpx.AsyncClient, headers: Any, world: World) -> None:
    clue = await open_clue(world)
    proposed = await verify(client, headers, clue, **PROPOSED)
    await verify(client, headers, clue, version=proposed.json()["version"], result="unreachable")
    await client.post(f"/v1/clues/{clue['id']}/accept", headers=headers(*READ))
    late = await confirm(client, headers, clue["id"])
    assert (late.status_code, late.json()["code"]) == (409, "alerts.clue.no_exclusion")


async def test_a_township_excludes_so_many_a_day_and_the_last_one_is_an_alert(
    client: httpx.AsyncClient, headers: Any, world: World, move_clock: Any
) -> None:
    move_clock(5 * 86400.0)  # a day of its own
    stricter = PolicyProfileActivated(
        region=COUNTY,
        version=90,
        effective_from=clock.today(),
        source_document="试验",
        parameters={"alerts.exclusions_per_day": "2"},
    )
    async with world.database.transaction() as session:
        await on_policies(session, [event_of(stricter)])
    clues = [await open_clue(world) for _ in range(3)]
    answers = [await exclude(client, headers, clue, reason="solved", note="已解决") for clue in clues[:2]]
    assert [answer.status_code for answer in answers] == [200, 200]
    await verify(client, headers, clues[2], **PROPOSED)
    # A household that moves away after its clue was excluded makes no room.
    await world.register(snapshot(clues[0]["household_id"], version=2, area_code=OTHER_VILLAGE))
    capped = await confirm(client, headers, clues[2]["id"])
    assert (capped.status_code, capped.json()["code"]) == (409, "alerts.clue.exclusions_capped")
    kinds = [alert["kind"] for alert in await world.alerts(clues[1]["household_id"])]
    assert kinds == ["raised", "resolved", "capped"]
    page = await client.get("/v1/alerts?kind=capped&limit=100", headers=headers("alerts:read", client_id="bureau"))
    (told,) = [item for item in page.json()["items"] if item["data"]["household_id"] == clues[1]["household_id"]]
    assert told["type"] == "bangfu.alerts.cap.reached.v1"
    assert (told["data"]["capped"], told["data"]["number"]) == ("exclusions", 2)
    move_clock(6 * 86400.0)
    assert (await confirm(client, headers, clues[2]["id"])).status_code == 200, "tomorrow there is room again"


async def test_a_township_leaves_so_many_clues_a_day_to_policy_alone(
    client: httpx.AsyncClient, headers: Any, world: World, move_clock: Any
) -> None:
    move_clock(9 * 86400.0)  # a day of its own
    stricter = PolicyProfileActivated(
        region=COUNTY,
        version=91,
        effective_from=clock.today(),
        source_document="试验",
        parameters={"alerts.policy_only_per_day": "2"},
    )
    async with world.database.transaction() as session:
        await on_policies(session, [event_of(stricter)])
    clues = [await open_clue(world) for _ in range(3)]
    only_policy = {"result": "confirmed_policy", "reason": None}
    answers = [await verify(client, headers, clue, **only_policy) for clue in clues]
    assert [answer.status_code for answer in answers] == [200, 200, 409], [answer.text for answer in answers]
    assert answers[2].json()["code"] == "alerts.clue.policy_only_capped"
    kinds = [alert["kind"] for alert in await world.alerts(clues[1]["household_id"])]
    assert kinds == ["raised", "resolved", "capped", "policy_gap"]
    other = await verify(client, headers, clues[2], result="confirmed_identify", reason=None)
    assert other.status_code == 200, "what leads to identification has no number"


async def test_a_township_that_lost_its_last_household_of_the_day_is_an_alert(
    client: httpx.AsyncClient, headers: Any, world: World
) -> None:
    household = new_household()
    await world.register(snapshot(household))
    reached = EndingsCapReached(
        household_id=household, area_code=VILLAGE, town_code=VILLAGE[:9] + "000", ended_on=clock.today(), endings=10
    )
    async with world.database.transaction() as session:
        await on_episodes(session, [event_of(reached)])
    page = await client.get("/v1/alerts?kind=capped&limit=100", headers=headers("alerts:read", client_id="bureau"))
    (told,) = [item for item in page.json()["items"] if item["data"]["household_id"] == household]
    assert (told["data"]["capped"], told["data"]["link"]) == ("endings", f"/v1/episodes?area={VILLAGE[:9]}000")
