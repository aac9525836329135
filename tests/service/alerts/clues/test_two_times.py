"""Visits count from when they happened, decisions by the version that they were made on; both are told to all sides."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
from alerts_world import OTHER_VILLAGE, VILLAGE, World, finding, new_household, snapshot
from clue_steps import READ, exclude, open_clue, verify

from alerts.clock.service import overdue_job
from contracts.vocabulary import Severity
from servicekit import clock

_DAY_S = 86_400.0


async def test_a_late_told_visit_never_overrides_a_later_one(
    client: httpx.AsyncClient, headers: Any, world: World, move_clock: Any
) -> None:
    move_clock(0)
    clue = await open_clue(world)
    raised_on = clock.today()
    move_clock(4 * _DAY_S)
    await verify(client, headers, clue, result="unreachable", visited_on=(raised_on + timedelta(days=3)).isoformat())
    older = await verify(
        client, headers, clue, version=2, result="excluded", reason="solved", note="那天还好",
        visited_on=(raised_on + timedelta(days=1)).isoformat(),
    )  # fmt: skip
    body = older.json()
    assert (older.status_code, body["state"], body["version"]) == (200, "unreachable", 3)
    assert [(item["result"], item["is_late"]) for item in body["verifications"]] == [
        ("unreachable", False),
        ("excluded", True),
    ]
    newest = await verify(
        client, headers, clue, version=3, result="confirmed_policy",
        visited_on=(raised_on + timedelta(days=4)).isoformat(),
    )  # fmt: skip
    assert (newest.json()["state"], newest.json()["visited_on"]) == (
        "confirmed_policy",
        (raised_on + timedelta(days=4)).isoformat(),
    )


async def test_a_visit_in_time_that_is_told_late_is_not_overdue(
    client: httpx.AsyncClient, headers: Any, world: World, move_clock: Any
) -> None:
    move_clock(0)
    clue = await open_clue(world, severity=Severity.RED)
    raised_on = clock.today()
    move_clock(5 * _DAY_S)
    await overdue_job(world.database)()
    answer = await verify(client, headers, clue, version=2, visited_on=(raised_on + timedelta(days=2)).isoformat())
    body = answer.json()
    assert (body["is_overdue"], body["visited_on"]) == (False, (raised_on + timedelta(days=2)).isoformat())
    assert body["verified_at"] > body["due_at"]
    assert body["due_from_at"] == body["raised_at"]


async def test_what_a_cadre_saw_before_the_verifiers_came_raises_nothing_new(
    client: httpx.AsyncClient, headers: Any, world: World, move_clock: Any
) -> None:
    move_clock(0)
    clue = await open_clue(world)
    raised_on = clock.today()
    move_clock(3 * _DAY_S)
    await exclude(client, headers, clue, reason="solved", note="已解决",
        visited_on=(raised_on + timedelta(days=2)).isoformat(),
    )  # fmt: skip
    said = {"household_id": clue["household_id"], "risk_type": "01", "visitors": ["grid-1"]}
    early = said | {"visited_on": (raised_on + timedelta(days=1)).isoformat()}
    accepted = await client.post("/v1/visits", json=early, headers=headers(*READ))
    assert accepted.json()["clue_id"] == clue["id"]
    assert [item["state"] for item in await world.clues(clue["household_id"])] == ["excluded"]
    later = said | {"visited_on": (raised_on + timedelta(days=3)).isoformat()}
    fresh = await client.post("/v1/visits", json=later, headers=headers(*READ))
    assert fresh.json()["clue_id"] != clue["id"]


async def test_the_quiet_after_an_exclusion_counts_from_the_visit(
    client: httpx.AsyncClient, headers: Any, world: World, move_clock: Any
) -> None:
    move_clock(0)
    clue = await open_clue(world)
    visited_on = clock.today()
    move_clock(20 * _DAY_S)
    await exclude(client, headers, clue, reason="data_error", note="误报", visited_on=visited_on.isoformat())
    move_clock(91 * _DAY_S)
    await world.fold(finding(clue["household_id"], period="2026-12"))
    assert len(await world.clues(clue["household_id"])) == 2


async def test_accepting_with_a_stale_etag_is_refused_also_when_it_is_accepted_already(
    client: httpx.AsyncClient, headers: Any, world: World
) -> None:
    clue = await open_clue(world)
    place = f"/v1/clues/{clue['id']}/accept"
    first = await client.post(place, headers=headers(*READ, **{"If-Match": '"v1"'}))
    stale = await client.post(place, headers=headers(*READ, **{"If-Match": '"v1"'}))
    again = await client.post(place, headers=headers(*READ, **{"If-Match": '"v2"'}))
    assert (first.status_code, stale.status_code, again.status_code) == (200, 412, 200)
    assert stale.json()["code"] == "precondition_failed"


async def test_a_refused_decision_stays_visible_to_both_sides(
    client: httpx.AsyncClient, headers: Any, world: World
) -> None:
    clue = await open_clue(world)
    one, other = headers(*READ, client_id="town-a"), headers(*READ, client_id="village-b")
    place = f"/v1/clues/{clue['id']}/verification"
    body = {"verifiers": ["s-1", "s-2"], "visited_on": clock.today().isoformat(), "note": "入户"}
    etag = {"If-Match": '"v1"'}
    stands = await client.post(place, json=body | {"result": "confirmed_policy"}, headers=one | etag)
    stale = await client.post(place, json=body | {"result": "excluded", "reason": "solved"}, headers=other | etag)
    closed = await client.post(place, json=body | {"result": "unreachable"}, headers=other | {"If-Match": '"v2"'})
    assert (stands.status_code, stale.status_code, closed.status_code) == (200, 412, 409)
    for side in (one, other):
        seen = (await client.get(f"/v1/clues/{clue['id']}", headers=side)).json()
        assert seen["state"] == "confirmed_policy"
        assert [
            (item["decision"]["result"], item["seen_etag"], item["current_etag"], item["code"], item["refused_by"])
            for item in seen["refused"]
        ] == [
            ("excluded", '"v1"', '"v2"', "precondition_failed", "village-b"),
            ("unreachable", '"v2"', None, "alerts.clue.illegal_step", "village-b"),
        ]
    open_ones = {"has_refused": "true", "household": clue["household_id"]}
    assert len((await client.get("/v1/clues", params=open_ones, headers=one)).json()["items"]) == 1
    for kept in seen["refused"]:
        assert kept["is_open"]
        settled = await client.post(f"/v1/clues/{clue['id']}/refused/{kept['id']}/settle", headers=one)
        assert settled.status_code == 200, settled.text
    assert (await client.get("/v1/clues", params=open_ones, headers=one)).json()["items"] == []


async def test_a_clue_of_somebody_unregistered_takes_its_sources_to_the_registered_household(
    client: httpx.AsyncClient, headers: Any, world: World
) -> None:
    registered = new_household()
    await world.register(snapshot(registered, area_code=OTHER_VILLAGE))
    applied = {"area_code": VILLAGE, "risk_type": "01", "via": "app", "applied_on": clock.today().isoformat()}
    made = await client.post("/v1/applications", json=applied, headers=headers(*READ))
    clue = {"id": made.json()["clue_id"], "version": 1}
    answer = await verify(client, headers, clue, household_id=registered)
    assert (answer.status_code, answer.json()["household_id"], answer.json()["area_code"]) == (
        200,
        registered,
        OTHER_VILLAGE,
    )
    assert len(await world.rows("SELECT 1 FROM clue_source WHERE household_id = :id", id=registered)) == 1


async def test_the_township_reads_the_sentence_of_the_rule(
    client: httpx.AsyncClient, headers: Any, world: World
) -> None:
    text = {"zh": "累计自付 {cost_self_paid_ytd} 元，超过 {med.self_paid_low_income} 元。", "en": "{is_low_income}"}
    clue = await open_clue(world, text=text)
    (source,) = (await client.get(f"/v1/clues/{clue['id']}", headers=headers(*READ))).json()["sources"]
    assert source["explanation"] == {"zh": "累计自付 12000.00 元，超过 10000 元。", "en": "yes"}
