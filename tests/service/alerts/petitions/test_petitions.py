"""Petitions and public opinion: who sees what of whom, disposal and answer, the second person, clue, duties, counts."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from alerts_world import OTHER_VILLAGE, TOWN, VILLAGE, World, new_household, snapshot

from contracts.vocabulary import HouseholdStatus
from servicekit import clock

Headers = Callable[..., dict[str, str]]
READ, WRITE, CONFIRM = "petitions:read", "petitions:write", "petitions:confirm"
HANDLE, DUTIES, CLUES, VERIFY = "duties:handle", "duties:read", "clues:read", "clues:verify"
PLACE = "/v1/petitions"
TICKETS = itertools.count(1)


@pytest.fixture(autouse=True)
def noon(move_clock: Callable[[float], None]) -> None:
    """A Tuesday that does not end while a test runs."""
    move_clock(datetime(2026, 11, 10, 4, tzinfo=UTC).timestamp() - time.time())


def day(offset: int) -> str:
    return (clock.today() + timedelta(days=offset)).isoformat()


def asked(**changes: Any) -> dict[str, Any]:
    return {
        "source": "hotline_12345", "ticket_no": f"T-{next(TICKETS)}", "category": "allowance",
        "received_on": day(-1), "area_code": VILLAGE, "summary": "老人重病住院,未享受临时救助",
        "petitioner": {"name": "王某某", "phone": "13900000000"}, **changes,
    }  # fmt: skip


@pytest.fixture
def county(headers: Headers) -> dict[str, str]:
    return headers(READ, WRITE, CONFIRM, HANDLE, DUTIES, CLUES, client_id="county")


@pytest.fixture
def desk(headers: Headers) -> dict[str, str]:
    """The department that keeps petitions and hotlines."""
    return headers(READ, WRITE, DUTIES, department="PET", client_id="desk")


@pytest.fixture
def town(headers: Headers) -> dict[str, str]:
    return headers(READ, HANDLE, DUTIES, CLUES, VERIFY, areas=[TOWN], client_id="town")


async def done(client: httpx.AsyncClient, caller: dict[str, str], place: str, said: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post(f"{PLACE}{place}", json=said, headers=caller)
    assert answer.status_code in (200, 201), answer.text
    return dict(answer.json())


async def seen(client: httpx.AsyncClient, caller: dict[str, str], petition: dict[str, Any]) -> dict[str, Any]:
    answer = await client.get(f"{PLACE}/{petition['id']}", headers=caller)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def taken(client: httpx.AsyncClient, caller: dict[str, str], petition: dict[str, Any]) -> None:
    answer = await client.post(f"/v1/duties/{petition['duty_id']}/accept", headers=caller)
    assert answer.status_code == 200, answer.text


async def duties_of(world: World, petition: dict[str, Any]) -> dict[str, str]:
    rows = await world.rows("SELECT kind, state FROM duty WHERE subject_id = :id", id=petition["id"])
    return {row["kind"]: row["state"] for row in rows}


async def test_a_petition_is_dealt_with_answered_and_confirmed_by_somebody_else(
    world: World, client: httpx.AsyncClient, desk: dict[str, str], county: dict[str, str], town: dict[str, str]
) -> None:
    """F-F20: a record of the disposal with who and when, what the petitioner was told, and a second person."""
    petition = await done(client, desk, "", asked())
    assert (petition["state"], petition["duty_id"]) == ("open", f"E02-{petition['id']}-{TOWN[:9]}")
    assert petition["due_on"] == "2026-11-30", "15 working days after Monday, 9 November"
    early = await client.post(f"{PLACE}/{petition['id']}/disposal", json={"disposal": "已受理"}, headers=town)
    assert (early.status_code, early.json()["code"]) == (409, "alerts.duty.not_in_hand")
    await taken(client, town, petition)
    silent = await client.post(f"{PLACE}/{petition['id']}/disposal", json={"disposal": "已受理"}, headers=town)
    assert (silent.status_code, silent.json()["errors"][0]["code"]) == (422, "answered_on.missing")
    said = {"disposal": "已受理临时救助申请", "answered_on": day(0), "satisfaction": "satisfied"}
    disposed = await done(client, town, f"/{petition['id']}/disposal", said)
    assert (disposed["state"], disposed["disposed_by"], disposed["disposed_on"]) == ("disposed", "town", day(0))
    assert await duties_of(world, petition) == {"E02": "done", "E03": "open"}
    closed = await done(client, county, f"/{petition['id']}/decision", {"agrees": True, "note": "电话回访属实"})
    assert (closed["state"], closed["closed_by"], closed["satisfaction"]) == ("closed", "county", "satisfied")
    assert await duties_of(world, petition) == {"E02": "done", "E03": "done"}
    assert [step["action"] for step in closed["steps"]] == ["registered", "disposed", "confirmed"]


async def test_who_dealt_with_it_does_not_confirm_it(
    client: httpx.AsyncClient, county: dict[str, str], headers: Headers
) -> None:
    """F-F20: two people, even where one person may do both."""
    both = headers(READ, HANDLE, CONFIRM, areas=[TOWN], client_id="both")
    petition = await done(client, county, "", asked())
    await taken(client, both, petition)
    said = {"disposal": "已答复", "unanswered_because": "号码无人接听"}
    disposed = await done(client, both, f"/{petition['id']}/disposal", said)
    assert disposed["answered_on"] is None
    agreed = {"agrees": True, "note": "属实"}
    own = await client.post(f"{PLACE}/{petition['id']}/decision", json=agreed, headers=both)
    assert (own.status_code, own.json()["code"]) == (403, "alerts.petition.second_person")
    await done(client, county, f"/{petition['id']}/decision", {"agrees": False, "note": "请再次联系"})
    await done(client, both, f"/{petition['id']}/disposal", said)
    still = await client.post(f"{PLACE}/{petition['id']}/decision", json=agreed, headers=both)
    assert still.status_code == 403


async def test_what_is_returned_or_asked_for_again_is_to_be_dealt_with_again(
    world: World, client: httpx.AsyncClient, county: dict[str, str], town: dict[str, str]
) -> None:
    petition = await done(client, county, "", asked())
    await taken(client, town, petition)
    said = {"disposal": "已答复", "answered_on": day(0), "satisfaction": "dissatisfied"}
    await done(client, town, f"/{petition['id']}/disposal", said)
    back = await done(client, county, f"/{petition['id']}/decision", {"agrees": False, "note": "未入户"})
    assert (back["state"], back["disposal"], back["satisfaction"], back["due_on"]) == ("open", None, None, "2026-12-01")
    assert await duties_of(world, petition) == {"E02": "open", "E03": "done"}
    await done(client, town, f"/{petition['id']}/disposal", said)
    await done(client, county, f"/{petition['id']}/decision", {"agrees": True, "note": "已入户"})
    again = await done(client, county, f"/{petition['id']}/reopen", {"note": "再次来电"})
    assert (again["state"], again["reopened"], again["closed_on"]) == ("open", 1, None)
    closed = await client.post(f"{PLACE}/{petition['id']}/reopen", json={"note": "再次来电"}, headers=county)
    assert (closed.status_code, closed.json()["code"]) == (409, "alerts.petition.illegal_step")


async def test_who_asked_is_shown_to_those_alone_who_deal_with_it(
    client: httpx.AsyncClient, desk: dict[str, str], county: dict[str, str], town: dict[str, str], headers: Headers
) -> None:
    """The list shows nobody anything of the petitioner; one item only to its registrar and who has the duty in hand."""
    petition = await done(client, desk, "", asked())
    assert (petition["is_withheld"], petition["petitioner"]["name"]) == (False, "王某某")
    for caller in (county, town):
        shown = await seen(client, caller, petition)
        assert (shown["is_withheld"], shown["petitioner"], shown["summary"]) == (True, None, None)
    await taken(client, town, petition)
    assert (await seen(client, town, petition))["petitioner"]["phone"] == "13900000000"
    colleague = headers(READ, areas=[TOWN], client_id="town-2")
    assert (await seen(client, colleague, petition))["petitioner"] is None
    for caller in (desk, county, town):
        listed = (await client.get(PLACE, headers=caller)).text
        assert "王某某" not in listed
        assert "临时救助" not in listed


async def test_the_name_and_number_lie_sealed(world: World, client: httpx.AsyncClient, county: dict[str, str]) -> None:
    petition = await done(client, county, "", asked())
    sql = "SELECT petition::text AS whole FROM petition WHERE id = :id"
    (row,) = await world.rows(sql, id=petition["id"])
    assert "王某某" not in row["whole"]
    assert "13900000000" not in row["whole"]


async def test_a_township_and_a_department_see_their_own(
    client: httpx.AsyncClient, county: dict[str, str], town: dict[str, str], headers: Headers
) -> None:
    own = await done(client, county, "", asked())
    other = await done(client, county, "", asked(area_code=OTHER_VILLAGE))
    of_med = await done(client, county, "", asked(area_code=OTHER_VILLAGE, department="MED"))
    ids = {row["id"] for row in (await client.get(PLACE, headers=town, params={"limit": 200})).json()["items"]}
    assert own["id"] in ids
    assert not ids & {other["id"], of_med["id"]}
    assert (await client.get(f"{PLACE}/{other['id']}", headers=town)).status_code == 404
    med = headers(READ, WRITE, department="MED", client_id="med")
    assert [row["id"] for row in (await client.get(PLACE, headers=med)).json()["items"]] == [of_med["id"]]
    assert (await client.get(f"{PLACE}/{own['id']}", headers=med)).status_code == 404
    refused = await client.post(PLACE, json=asked(), headers=med)
    assert (refused.status_code, refused.json()["code"]) == (403, "alerts.petition.not_registrar")
    outside = await client.post(PLACE, json=asked(area_code=OTHER_VILLAGE), headers=headers(WRITE, areas=[TOWN]))
    assert outside.status_code == 404


async def test_an_item_of_public_opinion_opens_a_clue_whose_result_does_not_close_it(
    world: World, client: httpx.AsyncClient, county: dict[str, str], town: dict[str, str]
) -> None:
    """F-F19: public opinion is a channel of clues with a record of its own; nothing is crawled."""
    told = asked(source="opinion", petitioner=None, origin="某短视频平台", category="housing")
    petition = await done(client, county, "", told)
    with_clue = await done(client, county, f"/{petition['id']}/clue", {"risk_type": "04"})
    clue_id = with_clue["clue"]["id"]
    clue = (await client.get(f"/v1/clues/{clue_id}", headers=county)).json()
    assert (clue["channels"], clue["is_provisional"], clue["area_code"]) == (["CH5"], True, VILLAGE)
    twice = await client.post(f"{PLACE}/{petition['id']}/clue", json={"risk_type": "04"}, headers=county)
    assert twice.status_code == 409
    result = {"result": "unreachable", "note": "查无此人", "verifiers": ["a-1", "a-2"], "visited_on": day(0)}
    etag = (await client.get(f"/v1/clues/{clue_id}", headers=town)).headers["etag"]
    answer = await client.post(f"/v1/clues/{clue_id}/verification", json=result, headers=town | {"If-Match": etag})
    assert answer.status_code == 200, answer.text
    shown = await seen(client, county, petition)
    assert (shown["clue"]["state"], shown["state"], shown["has_clue"]) == ("unreachable", "open", True)
    await taken(client, town, petition)
    answered = await done(client, town, f"/{petition['id']}/disposal", {"disposal": "已核实并公开回应"})
    assert answered["state"] == "disposed"


async def test_a_known_household_is_named_and_must_live_where_the_item_says(
    world: World, client: httpx.AsyncClient, county: dict[str, str], town: dict[str, str]
) -> None:
    home, elsewhere, ended = new_household(), new_household(), new_household()
    await world.register(
        snapshot(home), snapshot(elsewhere, area_code=OTHER_VILLAGE), snapshot(ended, status=HouseholdStatus.ENDED)
    )
    for wrong, code in (("nobody", "unknown"), (elsewhere, "elsewhere"), (ended, "ended")):
        answer = await client.post(PLACE, json=asked(household_id=wrong), headers=county)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, f"household.{code}")
    petition = await done(client, county, "", asked(household_id=home, petitioner=None))
    assert petition["household_id"] == home
    assert (await seen(client, town, petition))["household_id"] is None
    shown = await done(client, county, f"/{petition['id']}/clue", {"risk_type": "01"})
    (clue,) = await world.clues(home)
    assert (clue["id"], clue["is_provisional"], clue["channels"]) == (shown["clue"]["id"], False, ["CH5"])


async def test_bad_input_says_everything_and_writes_nothing(
    world: World, client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    before = await world.rows("SELECT count(*) AS n FROM petition")
    future = asked(received_on=day(1), source="opinion", area_code="990101000000", department=None)
    refused = await client.post(PLACE, json=future, headers=county)
    assert {error["code"] for error in refused.json()["errors"]} == {
        "department.missing", "received_on.future", "petitioner.unexpected",
    }  # fmt: skip
    with_number = asked(summary="反映人证件号 990101196003150011 未纳入")
    assert (await client.post(PLACE, json=with_number, headers=county)).status_code == 422
    assert (await client.post(PLACE, json=asked(summary="长" * 201), headers=county)).status_code == 422
    assert await world.rows("SELECT count(*) AS n FROM petition") == before


async def test_a_ticket_is_registered_once_unless_it_was_a_mistake(
    world: World, client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    told = asked()
    first = await done(client, county, "", told)
    known = await client.post(PLACE, json=told, headers=county)
    assert (known.status_code, known.json()["code"]) == (409, "alerts.petition.known")
    taken_back = await done(client, county, f"/{first['id']}/withdrawal", {"note": "登记有误"})
    assert taken_back["state"] == "withdrawn"
    assert await duties_of(world, first) == {"E02": "cancelled"}
    assert (await done(client, county, "", told))["id"] != first["id"]
    keyed = county | {"Idempotency-Key": "petition-once"}
    other = asked()
    ids = {(await client.post(PLACE, json=other, headers=keyed)).json()["id"] for _ in range(2)}
    assert len(ids) == 1


async def test_another_unit_gets_the_duty_when_it_is_handed_on(
    world: World, client: httpx.AsyncClient, county: dict[str, str], headers: Headers
) -> None:
    told = asked()
    petition = await done(client, county, "", told)
    place = f"{PLACE}/{petition['id']}"
    blind = await client.put(place, json=told | {"department": "MED", "note": "转办"}, headers=county)
    assert blind.status_code == 428
    etag = (await client.get(place, headers=county)).headers["etag"]
    moved = await client.put(
        place, json=told | {"department": "MED", "note": "转办"}, headers=county | {"If-Match": etag}
    )
    assert (moved.status_code, moved.json()["duty_id"]) == (200, f"E01-{petition['id']}-MED")
    assert await duties_of(world, petition) == {"E02": "cancelled", "E01": "open"}
    stale = await client.put(
        place, json=told | {"department": "CIV", "note": "转办"}, headers=county | {"If-Match": etag}
    )
    assert stale.status_code == 412


async def test_a_village_sees_neither_the_item_nor_its_duty(
    client: httpx.AsyncClient, county: dict[str, str], headers: Headers
) -> None:
    """An item may be about the village's own people: its duty names the township alone."""
    petition = await done(client, county, "", asked())
    village = headers(DUTIES, areas=[VILLAGE], client_id="village")
    assert (await client.get(f"/v1/duties/{petition['duty_id']}", headers=village)).status_code == 404


async def test_what_is_late_is_listed_counted_and_told(
    world: World, client: httpx.AsyncClient, county: dict[str, str], move_clock: Callable[[float], None]
) -> None:
    petition = await done(client, county, "", asked(category="water"))
    move_clock(datetime(2026, 12, 1, 4, tzinfo=UTC).timestamp() - time.time())
    listed = (await client.get(PLACE, headers=county, params={"overdue": True, "category": "water"})).json()
    assert [row["id"] for row in listed["items"]] == [petition["id"]]
    counted = (await client.get(f"{PLACE}/counts", headers=county, params={"category": "water"})).json()["items"]
    assert [(row["petitions"], row["overdue"], row["area_code"]) for row in counted] == [(1, 1, TOWN)]
