"""Clues over HTTP: lists, details, acceptance, verification."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from alerts_world import COUNTY, OTHER_VILLAGE, TOWN, VILLAGE, World, event_of, finding, snapshot
from clue_steps import READ, exclude, open_clue, verification, verify

from alerts.clues.consumers import on_areas, on_episodes, on_policies
from contracts.registry import AreaChanged, EpisodeMoved, PolicyProfileActivated
from contracts.vocabulary import EpisodeState, RiskType, Severity
from servicekit import clock


async def test_list_is_in_the_callers_areas_only_and_pages_by_key(
    client: httpx.AsyncClient, headers: Any, world: World
) -> None:
    ours = [(await open_clue(world))["id"] for _ in range(5)]
    theirs = (await open_clue(world, area_code=OTHER_VILLAGE))["id"]
    seen: list[str] = []
    cursor: str | None = None
    while True:
        params: dict[str, Any] = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await client.get("/v1/clues", params=params, headers=headers(*READ, areas=[TOWN]))).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert set(ours) <= set(seen)
    assert theirs not in seen
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == len(set(seen))


async def test_list_filters_and_area_levels_agree_with_the_table(
    client: httpx.AsyncClient, headers: Any, world: World
) -> None:
    clue = await open_clue(world, severity=Severity.RED, risk_type=RiskType.WATER)
    for area in (COUNTY, TOWN, VILLAGE):
        response = await client.get(
            "/v1/clues",
            params={"area": area, "state": "dispatched", "risk_type": "12", "severity": "RED", "overdue": "false"},
            headers=headers(*READ),
        )
        items = response.json()["items"]
        assert [item["id"] for item in items] == [clue["id"]]
        assert items[0]["due_at"].endswith("Z")
        assert items[0]["dispatched_to"] == TOWN


async def test_list_of_a_foreign_area_does_not_exist_and_a_bad_cursor_is_refused(
    client: httpx.AsyncClient, headers: Any
) -> None:
    foreign = await client.get("/v1/clues", params={"area": "990201000000"}, headers=headers(*READ))
    assert (foreign.status_code, foreign.json()["code"]) == (404, "area_outside")
    broken = await client.get("/v1/clues", params={"cursor": "WyJub3BlIl0"}, headers=headers(*READ))
    assert broken.status_code == 422


async def test_detail_explains_every_source_in_both_languages(
    client: httpx.AsyncClient, headers: Any, world: World
) -> None:
    async with world.database.transaction() as session:
        await on_areas(
            session,
            [
                event_of(
                    AreaChanged(
                        area_code=TOWN, name="青石镇", level="town", parent_code=COUNTY, valid_from=clock.today()
                    )
                ),
            ],
        )
    names = {"cost_self_paid_ytd": {"zh": "年度累计自付医疗费用", "en": "self-paid medical cost, year to date"}}
    clue = await open_clue(world, fact_names=names)
    response = await client.get(f"/v1/clues/{clue['id']}", headers=headers(*READ))
    body = response.json()
    assert response.headers["etag"].startswith('"v1-')
    assert body["area_names"] == {TOWN: "青石镇"}
    assert body["risk_label"] == {"zh": "因病", "en": "illness"}
    (source,) = body["sources"]
    assert "年度累计自付医疗费用：12000.00" in source["explanation"]["zh"]
    assert "self-paid medical cost, year to date: 12000.00" in source["explanation"]["en"]
    assert "is_low_income：是" in source["explanation"]["zh"]  # a fact whose name did not come keeps its code
    assert source["evidence"]["cost_self_paid_ytd"] == "12000.00"
    assert len(body["alerts"]) == 1


async def test_clue_outside_the_callers_area_looks_as_if_it_did_not_exist(
    client: httpx.AsyncClient, headers: Any, world: World
) -> None:
    clue = await open_clue(world, area_code=OTHER_VILLAGE)
    for response in (
        await client.get(f"/v1/clues/{clue['id']}", headers=headers(*READ, areas=[TOWN])),
        await client.post(f"/v1/clues/{clue['id']}/accept", headers=headers(*READ, areas=[TOWN])),
        await client.post(
            f"/v1/clues/{clue['id']}/verification",
            json=verification(),
            headers=headers(*READ, areas=[TOWN], **{"If-Match": '"v1"'}),
        ),
    ):
        assert (response.status_code, response.json()["code"]) == (404, "alerts.clue.not_found")


async def test_accepting_names_the_person_and_repeating_it_changes_nothing(
    client: httpx.AsyncClient, headers: Any, world: World
) -> None:
    """F-A05: a named responsible person on each clue."""
    clue = await open_clue(world)
    first = await client.post(f"/v1/clues/{clue['id']}/accept", json={"staff_id": "staff-7"}, headers=headers(*READ))
    second = await client.post(f"/v1/clues/{clue['id']}/accept", json={"staff_id": "staff-8"}, headers=headers(*READ))
    assert (first.json()["state"], first.json()["accepted_by"]) == ("verifying", "staff-7")
    assert second.json() == first.json()
    assert [moved["state"] for moved in await world.moved(clue["household_id"])] == ["dispatched", "verifying"]


async def test_verification_confirms_announces_and_tells_the_findings(
    client: httpx.AsyncClient, headers: Any, world: World
) -> None:
    clue = await open_clue(world)
    await client.post(f"/v1/clues/{clue['id']}/accept", headers=headers(*READ))
    response = await verify(client, headers, clue, version=2)
    body = response.json()
    assert response.status_code == 200, body
    assert (body["state"], body["version"], body["next_states"]) == ("confirmed_identify", 3, [])
    assert body["verifications"][0]["verifiers"] == ["staff-1", "staff-2"]
    moved = (await world.moved(clue["household_id"]))[-1]
    assert (moved["state"], moved["previous_state"], moved["version"]) == ("confirmed_identify", "verifying", 3)
    assert len(moved["finding_ids"]) == 1
    assert moved["verified_at"] is not None
    assert [alert["kind"] for alert in await world.alerts(clue["household_id"])] == ["raised", "resolved"]


async def test_photos_of_a_verification_are_kept_as_stated_and_told_to_the_registry(
    client: httpx.AsyncClient, headers: Any, world: World
) -> None:
    clue, photo = await open_clue(world), "ab" * 32
    wrong = await verify(client, headers, clue, version=1, attachments=["photo.jpg"])
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/attachments/0")
    response = await verify(client, headers, clue, version=1, attachments=[photo, photo])
    assert response.status_code == 200, response.text
    assert response.json()["verifications"][0]["attachments"] == [photo]
    assert [moved["attachments"] for moved in await world.moved(clue["household_id"])] == [[], [photo]]


async def test_a_verification_repeated_with_its_key_has_one_effect_and_the_same_answer(
    client: httpx.AsyncClient, headers: Any, world: World
) -> None:
    """P1: whoever got no answer repeats the request as it was, with the version it had seen."""
    clue = await open_clue(world)
    place = f"/v1/clues/{clue['id']}/verification"
    sent = headers(*READ, **{"If-Match": f'"v{clue["version"]}"', "Idempotency-Key": "k-1"})
    first = await client.post(place, json=verification(), headers=sent)
    again = await client.post(place, json=verification(), headers=sent)
    assert (first.status_code, again.status_code) == (200, 200), again.text
    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert len(first.json()["verifications"]) == 1
    assert [alert["kind"] for alert in await world.alerts(clue["household_id"])] == ["raised", "resolved"]


async def test_verification_needs_the_version_that_was_seen(
    client: httpx.AsyncClient, headers: Any, world: World
) -> None:
    clue = await open_clue(world)
    missing = await client.post(f"/v1/clues/{clue['id']}/verification", json=verification(), headers=headers(*READ))
    assert (missing.status_code, missing.json()["code"]) == (428, "precondition_required")
    await world.fold(finding(clue["household_id"], "R-MED-03", severity=Severity.YELLOW))
    stale = await verify(client, headers, clue)
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")
    assert stale.json()["current_etag"] == '"v2"'


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"verifiers": ["staff-1"]}, "/verifiers", "verifiers.too_few"),
        ({"verifiers": ["staff-1", " staff-1 "]}, "/verifiers", "verifiers.too_few"),
        ({"visited_on": (clock.today() + timedelta(days=1)).isoformat()}, "/visited_on", "visited_on.future"),
        ({"visited_on": (clock.today() - timedelta(days=1)).isoformat()}, "/visited_on", "visited_on.before_raised"),
        ({"result": "excluded"}, "/reason", "reason.missing"),
        ({"result": "excluded", "reason": "data_error", "note": "  "}, "/note", "note.missing"),
        ({"reason": "data_error"}, "/reason", "reason.unexpected"),
    ],
)
async def test_verification_that_breaks_a_rule_is_refused_with_a_pointer(
    client: httpx.AsyncClient, headers: Any, world: World, changes: dict[str, Any], pointer: str, code: str
) -> None:
    clue = await open_clue(world)
    response = await verify(client, headers, clue, **changes)
    body = response.json()
    assert (response.status_code, body["code"]) == (422, "alerts.verification.invalid")
    assert (pointer, code) in [(error["pointer"], error["code"]) for error in body["errors"]]
    assert (await world.clues(clue["household_id"]))[0]["state"] == "dispatched"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"result": "nonsense"}, "/result"),
        ({"visited_on": "yesterday"}, "/visited_on"),
        ({"reason": "because"}, "/reason"),
        ({"surprise": 1}, "/surprise"),
    ],
)
async def test_verification_of_the_wrong_shape_points_at_it(
    client: httpx.AsyncClient, headers: Any, world: World, body: dict[str, Any], pointer: str
) -> None:
    clue = await open_clue(world)
    response = await verify(client, headers, clue, **body)
    assert response.status_code == 422
    assert pointer in [error["pointer"] for error in response.json()["errors"]]


async def test_states_that_are_no_result_are_refused(client: httpx.AsyncClient, headers: Any, world: World) -> None:
    clue = await open_clue(world)
    response = await verify(client, headers, clue, result="dispatched")
    assert response.status_code == 422
    closed = await open_clue(world)
    assert (await verify(client, headers, closed)).status_code == 200
    again = await verify(client, headers, closed, version=2)
    assert (again.status_code, again.json()["code"]) == (409, "alerts.clue.illegal_step")
    late = await client.post(f"/v1/clues/{closed['id']}/accept", headers=headers(*READ))
    assert late.status_code == 409


async def test_unreachable_stays_open_and_may_be_tried_again(
    client: httpx.AsyncClient, headers: Any, world: World
) -> None:
    clue = await open_clue(world)
    away = await verify(client, headers, clue, result="unreachable")
    assert away.json()["state"] == "unreachable"
    assert [alert["kind"] for alert in await world.alerts(clue["household_id"])] == ["raised"]
    retried = await verify(client, headers, clue, version=2, result="confirmed_policy")
    assert retried.json()["state"] == "confirmed_policy"


async def test_existing_case_needs_a_monitored_household(client: httpx.AsyncClient, headers: Any, world: World) -> None:
    clue = await open_clue(world)
    refused = await verify(client, headers, clue, result="existing_case")
    assert (refused.status_code, refused.json()["code"]) == (409, "alerts.clue.no_existing_case")
    await world.register(snapshot(clue["household_id"], version=2, is_monitored=True))
    assert (await verify(client, headers, clue, result="existing_case")).json()["state"] == "existing_case"


async def test_excluded_clue_keeps_the_same_facts_quiet_until_they_grow(
    client: httpx.AsyncClient, headers: Any, world: World
) -> None:
    clue = await open_clue(world, evidence={"cost_self_paid_ytd": "10000.00"})
    household = clue["household_id"]
    excluded = await exclude(client, headers, clue, reason="self_coping", note="有存款可应对")
    assert (excluded.json()["state"], excluded.json()["result_reason"]) == ("excluded", "self_coping")
    await world.fold(finding(household, period="2026-11", evidence={"cost_self_paid_ytd": "11999.99"}))
    assert len(await world.clues(household)) == 1
    detail = (await client.get(f"/v1/clues/{clue['id']}", headers=headers(*READ))).json()
    assert [source["is_suppressed"] for source in detail["sources"]] == [False, True]
    await world.fold(finding(household, period="2026-12", evidence={"cost_self_paid_ytd": "12000.00"}))
    assert [item["state"] for item in await world.clues(household)] == ["excluded", "dispatched"]
    assert [alert["kind"] for alert in await world.alerts(household)] == ["raised", "resolved", "raised"]


async def test_other_facts_and_other_persons_are_not_kept_quiet(
    client: httpx.AsyncClient, headers: Any, world: World
) -> None:
    clue = await open_clue(world)
    await exclude(client, headers, clue, reason="data_error", note="同名误报")
    await world.fold(finding(clue["household_id"], person_id="p-2"))
    assert [item["state"] for item in await world.clues(clue["household_id"])] == ["excluded", "dispatched"]


async def test_quiet_ends_after_the_days_of_the_policy(
    client: httpx.AsyncClient, headers: Any, world: World, move_clock: Any
) -> None:
    move_clock(0)
    clue = await open_clue(world)
    await exclude(client, headers, clue, reason="data_error", note="误报")
    move_clock(89 * 86400)
    await world.fold(finding(clue["household_id"], period="2026-11"))
    assert len(await world.clues(clue["household_id"])) == 1
    move_clock(91 * 86400)
    await world.fold(finding(clue["household_id"], period="2026-12"))
    assert len(await world.clues(clue["household_id"])) == 2


async def test_confirmed_clue_takes_further_findings_while_its_identification_runs(
    client: httpx.AsyncClient, headers: Any, world: World
) -> None:
    clue = await open_clue(world)
    household = clue["household_id"]
    await verify(client, headers, clue)

    async def episode(state: EpisodeState, sequence: int) -> None:
        moved = EpisodeMoved(
            episode_id=f"e-{household}",
            sequence=sequence,
            household_id=household,
            area_code=VILLAGE,
            clue_id=clue["id"],
            state=state,
            previous_state=None,
            risk_types=[RiskType.ILLNESS],
            occurred_on=clock.today(),
            has_ended=state is EpisodeState.REJECTED,
        )
        async with world.database.transaction() as session:
            await on_episodes(session, [event_of(moved)])

    await episode(EpisodeState.VISITED, 2)
    assert (await world.clues(household))[0]["episode_id"] == f"e-{household}"
    await world.fold(finding(household, period="2026-11"))
    assert [item["state"] for item in await world.clues(household)] == ["confirmed_identify", "existing_case"]
    assert (await world.clues(household))[1]["episode_id"] == f"e-{household}"
    await episode(EpisodeState.REJECTED, 3)
    await episode(EpisodeState.VISITED, 2)  # redriven: it came late and is not news
    await world.fold(finding(household, period="2026-12"))
    assert [item["state"] for item in await world.clues(household)] == [
        "confirmed_identify",
        "existing_case",
        "dispatched",
    ]


async def test_every_route_refuses_without_token_or_scope(client: httpx.AsyncClient, headers: Any) -> None:
    for method, path in (
        ("GET", "/v1/clues"),
        ("POST", "/v1/applications"),
        ("POST", "/v1/visits"),
        ("GET", "/v1/alerts"),
        ("GET", "/v1/alerts/stream"),
        ("GET", "/v1/subscriptions"),
        ("POST", "/v1/subscriptions"),
    ):
        assert (await client.request(method, path)).status_code == 401
        assert (await client.request(method, path, headers=headers("other:scope"), json={})).status_code == 403


async def test_profile_of_the_county_sets_the_due_date(world: World) -> None:
    async with world.database.transaction() as session:
        await on_policies(
            session,
            [
                event_of(
                    PolicyProfileActivated(
                        region="990102000000",
                        version=1,
                        effective_from=clock.today(),
                        source_document="test",
                        parameters={"clock.verify_days_orange": "5", "alerts.verifiers_min": "3"},
                    )
                )
            ],
        )
    clue = await open_clue(world, area_code="990102101201")
    assert timedelta(days=4, hours=23) < clue["due_at"] - clue["raised_at"] <= timedelta(days=5)


async def test_concurrent_fold_and_verification_of_the_same_households_never_deadlock(
    client: httpx.AsyncClient, headers: Any, world: World
) -> None:
    """Everybody locks households first and in one order."""
    clues = [await open_clue(world) for _ in range(12)]
    households = [clue["household_id"] for clue in clues]

    async def fold_many(order: int) -> None:
        names = households if order % 2 else list(reversed(households))
        await world.fold(
            *(finding(name, "R-MED-03", severity=Severity.YELLOW, person_id=f"q{order}") for name in names)
        )

    async def verify_one(clue: dict[str, Any]) -> int:
        for _ in range(6):
            seen = (await client.get(f"/v1/clues/{clue['id']}", headers=headers(*READ))).json()
            response = await verify(client, headers, clue, version=seen["version"])
            if response.status_code != 412:
                return response.status_code
        return 412

    results = await asyncio.gather(*(fold_many(order) for order in range(4)), *(verify_one(clue) for clue in clues))
    assert [result for result in results if result is not None] == [200] * 12


async def test_same_verification_twice_at_once_counts_once(
    client: httpx.AsyncClient, headers: Any, world: World
) -> None:
    clue = await open_clue(world)
    responses = await asyncio.gather(*(verify(client, headers, clue) for _ in range(4)))
    assert sorted(response.status_code for response in responses) == [200, 412, 412, 412]
    assert len(await world.rows("SELECT 1 FROM verification WHERE clue_id = CAST(:id AS uuid)", id=clue["id"])) == 1


async def test_an_alerts_link_opens_for_its_subscriber_what_it_may_see(
    client: httpx.AsyncClient, headers: Any, world: World
) -> None:
    """A subscriber has alerts:read and nothing else: the alert's own fields, no evidence, and only in its areas."""
    clue = await open_clue(world)
    (alert, *_) = await world.alerts(clue["household_id"])
    link = alert["data"]["link"]
    answer = await client.get(link, headers=headers("alerts:read"))
    assert answer.status_code == 200, answer.text
    seen = answer.json()
    for name in ("household_id", "area_code", "risk_type", "severity", "state", "rule_ids"):
        assert seen[name] == alert["data"][name], name
    assert not {"sources", "verifications", "accepted_by"} & set(seen)
    full = (await client.get(link, headers=headers("clues:read"))).json()
    assert full["sources"]
    assert (await client.get(link, headers=headers("alerts:read", areas=["990102000000"]))).status_code == 404
    for path, method in ((f"{link}/accept", "POST"), ("/v1/clues", "GET")):
        refused = await client.request(method, path, headers=headers("alerts:read"))
        assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
