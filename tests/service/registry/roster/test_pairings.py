"""Who helps which household: one at a time, with history, none of the monitored without (F-A05, F-A49, F-G16)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import httpx
from pairing_case import helper, home, pairing
from registry_world import OTHER_TOWN, OTHER_VILLAGE, TOWN, VILLAGE, member, outbox
from roster_case import appoint, made, refused

from contracts.registry import PairingChanged
from registry import republish
from servicekit import clock
from servicekit.db import Database

Headers = Callable[..., dict[str, str]]


def day(days: int) -> str:
    return (clock.today() + timedelta(days=days)).isoformat()


async def pairings(client: httpx.AsyncClient, headers: dict[str, str], **query: Any) -> list[dict[str, Any]]:
    answer = await client.get("/v1/pairings", params=query, headers=headers)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def orphans(client: httpx.AsyncClient, headers: dict[str, str], **query: Any) -> set[str]:
    answer = (await client.get("/v1/pairings/orphans", params={"limit": 200} | query, headers=headers)).json()
    assert answer["total"] == len(answer["items"])
    return {item["household_id"] for item in answer["items"]}


async def test_a_household_has_one_helper_at_a_time_and_its_history_is_kept(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    one, other, place = await helper(client, county), await helper(client, county), await home(client, county)
    assert place in await orphans(client, county)
    first = await made(client, county, "/v1/pairings", **pairing(place, one.id))
    assert (first["is_current"], first["is_served"], first["staff_name"]) == (True, True, "李干部")
    assert place not in await orphans(client, county)
    taken = await refused(client, county, "/v1/pairings", **pairing(place, other.id, "2026-03-01"))
    assert taken[:2] == (409, "registry.pairing.has_helper")
    body = pairing(place, other.id, "2026-03-01", replaces=first["id"])
    await made(client, county, "/v1/pairings", **body)
    history = await pairings(client, county, household_id=place)
    assert [(each["staff_id"], each["from_on"], each["until_on"]) for each in history] == [
        (one.id, "2026-01-15", "2026-03-01"), (other.id, "2026-03-01", None),
    ]  # fmt: skip
    assert [each["id"] for each in await pairings(client, county, household_id=place, current=True)] == [
        history[1]["id"]
    ]
    told = [
        PairingChanged.model_validate(each) for each in await outbox(registry_database, "registry.pairing.v1", place)
    ]
    assert [[each.staff_id for each in event.helpers] for event in told] == [[one.id], [other.id]]
    assert told[0].version < told[1].version


async def test_only_a_helper_whose_term_covers_day_and_village_is_paired(
    client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    late, place = await helper(client, county, first_on="2026-06-01"), await home(client, county)
    far = await home(client, county, OTHER_VILLAGE)
    for body in (pairing(place, late.id), pairing(far, late.id, "2026-07-01")):
        found = await refused(client, county, "/v1/pairings", **body)
        assert found == (422, "registry.pairing.invalid", ["staff_id.not_helper"])
    await made(client, county, "/v1/pairings", **pairing(place, late.id, "2026-06-01"))


async def test_two_who_pair_one_household_at_once_get_one_helper(
    client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    people, place = [await helper(client, county) for _ in range(3)], await home(client, county)
    bodies = [pairing(place, each.id) for each in people]
    answers = await asyncio.gather(*(client.post("/v1/pairings", json=body, headers=county) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]


async def test_a_monitored_household_keeps_a_helper_and_another_one_may_lose_it(
    client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    one = await helper(client, county)
    watched, other = await home(client, county), await home(client, county, monitor=None)
    end = {"until_on": "2026-10-01", "reason": "不再需要"}
    kept = await made(client, county, "/v1/pairings", **pairing(watched, one.id))
    found = await refused(client, county, f"/v1/pairings/{kept['id']}/end", **end)
    assert found[:2] == (409, "registry.pairing.would_orphan")
    loose = await made(client, county, "/v1/pairings", **pairing(other, one.id))
    early = await refused(client, county, f"/v1/pairings/{loose['id']}/end", **(end | {"until_on": "2026-01-01"}))
    assert early == (422, "registry.pairing.invalid", ["until_on.before"])
    ended = await made(client, county, f"/v1/pairings/{loose['id']}/end", 200, **end)
    assert (ended["until_on"], ended["is_current"]) == ("2026-10-01", False)
    again = await refused(client, county, f"/v1/pairings/{loose['id']}/end", **end)
    assert again[:2] == (409, "registry.pairing.over")


async def test_a_helpers_term_does_not_end_while_households_would_be_left(
    client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    one, places = await helper(client, county), [await home(client, county) for _ in range(3)]
    for place in places:
        await made(client, county, "/v1/pairings", **pairing(place, one.id))
    path, end = f"/v1/appointments/{one.term}/end", {"last_on": day(5), "reason": "岗位调整"}
    answer = await client.post(path, json=end, headers=county)
    assert (answer.status_code, answer.json()["code"]) == (409, "registry.pairing.households_left")
    assert answer.json()["households_left"] == 3
    kept = (await client.get(f"/v1/staff/{one.id}", headers=county)).json()
    assert kept["appointments"][0]["last_on"] is None
    assert kept["households"] == 3
    # Another term of the same person covers them: nobody is left.
    await appoint(client, county, one.id, "HELPER", VILLAGE)
    await made(client, county, path, 200, **end)


async def test_a_rotation_says_first_who_would_be_left_and_then_hands_over_all_or_nothing(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    one, heir, local = await helper(client, county), await helper(client, county), await helper(client, county, VILLAGE)
    places = [await home(client, county) for _ in range(4)]
    for place in places:
        await made(client, county, "/v1/pairings", **pairing(place, one.id))
    path = f"/v1/staff/{one.id}/rotation"
    body = {"appointment_id": one.term, "last_on": day(0), "reason": "任期届满"}

    async def dry(**more: Any) -> Any:
        query = {"dry_run": "true"} | {name: more.pop(name) for name in ("limit", "cursor") if name in more}
        answer = await client.post(path, json=body | more, params=query, headers=county)
        assert answer.status_code == 200, answer.text
        return answer.json()

    seen = await dry(limit=3)
    assert (seen["is_done"], seen["households"], seen["left_over"], len(seen["items"])) == (False, 4, 4, 3)
    rest = await dry(limit=3, cursor=seen["next_cursor"])
    assert {item["household_id"] for item in (*seen["items"], *rest["items"])} == set(places)
    some = [{"household_id": place, "staff_id": heir.id} for place in places[:3]]
    assert (await dry(successors=some))["left_over"] == 1
    answer = await client.post(path, json=body | {"successors": some}, headers=county)
    assert (answer.status_code, answer.json()["households_left"]) == (409, 1)
    assert {each["staff_id"] for place in places for each in await pairings(client, county, household_id=place)} == {
        one.id
    }
    chosen = [{"household_id": places[0], "staff_id": local.id}]
    done = await made(client, county, path, 200, **body, successor_id=heir.id, successors=chosen)
    assert (done["is_done"], done["households"], done["left_over"]) == (True, 4, 0)
    for place in places:
        former, present = await pairings(client, county, household_id=place)
        assert (former["staff_id"], former["until_on"]) == (one.id, day(1))
        assert present["staff_id"] == (local.id if place == places[0] else heir.id)
        assert present["from_on"] == day(1)
        last = PairingChanged.model_validate((await outbox(registry_database, "registry.pairing.v1", place))[-1])
        assert [each.staff_id for each in last.helpers] == [one.id, present["staff_id"]]
    ended = (await client.get(f"/v1/staff/{one.id}", headers=county)).json()
    assert ended["appointments"][0]["ended_why"] == "任期届满"


async def test_a_successor_who_may_not_help_there_leaves_the_household_over(
    client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    one, place = await helper(client, county), await home(client, county)
    away = await helper(client, county, OTHER_TOWN)
    await made(client, county, "/v1/pairings", **pairing(place, one.id))
    body = {"appointment_id": one.term, "last_on": day(0), "reason": "任期届满", "successor_id": away.id}
    found = await refused(client, county, f"/v1/staff/{one.id}/rotation", **body)
    assert found[:2] == (409, "registry.pairing.households_left")
    foreign = [{"household_id": await home(client, county), "staff_id": away.id}]
    wrong = body | {"successors": foreign}
    found = await refused(client, county, f"/v1/staff/{one.id}/rotation", **wrong)
    assert found == (422, "registry.rotation.invalid", ["successors.unknown"])
    found = await refused(client, county, f"/v1/staff/{one.id}/rotation", **(body | {"appointment_id": away.term}))
    assert found == (422, "registry.rotation.invalid", ["appointment_id.unknown"])


async def test_a_term_that_ended_by_itself_leaves_households_that_are_listed(
    client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    brief = await helper(client, county, last_on=day(-1))
    place = await home(client, county)
    await made(client, county, "/v1/pairings", **pairing(place, brief.id))
    assert place in await orphans(client, county)
    (kept,) = await pairings(client, county, household_id=place)
    assert (kept["is_current"], kept["is_served"]) == (True, False)
    next_one = await helper(client, county)
    await made(client, county, "/v1/pairings", **pairing(place, next_one.id, day(0), replaces=kept["id"]))
    assert place not in await orphans(client, county)


async def test_a_merged_household_has_no_helper_any_more(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    one = await helper(client, county)
    gone, stays = await home(client, county), await home(client, county, monitor=None)
    await made(client, county, "/v1/pairings", **pairing(gone, one.id))
    version = (await client.get(f"/v1/households/{gone}", headers=county)).headers["etag"]
    members = (await client.get(f"/v1/households/{gone}", headers=county)).json()["members"]
    body = {"into": stays, "reason": "核对户口簿", "relations": [{"id": members[0]["id"], "relation": "other"}]}
    merged = await client.post(f"/v1/households/{gone}/merge", json=body, headers=county | {"If-Match": version})
    assert merged.status_code == 200, merged.text
    (ended,) = await pairings(client, county, household_id=gone)
    assert (ended["is_current"], ended["until_on"]) == (False, day(0))
    assert ended["ended_by"] is not None
    told = PairingChanged.model_validate((await outbox(registry_database, "registry.pairing.v1", gone))[-1])
    assert told.helpers == []
    found = await refused(client, county, "/v1/pairings", **pairing(gone, one.id))
    assert found[:2] == (409, "registry.household.ended")


async def test_another_townships_pairings_are_not_found(
    client: httpx.AsyncClient, county: dict[str, str], headers: Headers
) -> None:
    there = headers(areas=[OTHER_TOWN], client_id="town-2")
    one, place = await helper(client, county), await home(client, county)
    kept = await made(client, county, "/v1/pairings", **pairing(place, one.id))
    assert place not in {each["household_id"] for each in await pairings(client, there, limit=200)}
    assert place not in await orphans(client, there)
    assert (await refused(client, there, "/v1/pairings", **pairing(place, one.id)))[0] == 404
    end = {"until_on": day(0), "reason": "不再需要"}
    assert (await refused(client, there, f"/v1/pairings/{kept['id']}/end", **end))[0] == 404
    for path in ("/v1/pairings", "/v1/pairings/orphans", "/v1/contacts"):
        assert (await client.get(path, params={"area": TOWN}, headers=there)).status_code == 404


async def test_contacts_say_when_they_were_and_when_they_were_told(
    client: httpx.AsyncClient, county: dict[str, str], headers: Headers
) -> None:
    one, place = await helper(client, county), await home(client, county)
    await made(client, county, "/v1/pairings", **pairing(place, one.id))
    contact = {
        "household_id": place,
        "staff_id": one.id,
        "happened_on": day(-3),
        "way": "visit",
        "note": "入户了解就业",
    }
    kept = await made(client, county, "/v1/contacts", **contact)
    assert (kept["happened_on"], kept["way_label"]) == (day(-3), "入户走访")
    assert date.fromisoformat(kept["recorded_at"][:10]) >= clock.today() - timedelta(days=1)
    future = await refused(client, county, "/v1/contacts", **(contact | {"happened_on": day(1)}))
    assert future == (422, "registry.contact.invalid", ["happened_on.future"])
    early = await refused(client, county, "/v1/contacts", **(contact | {"happened_on": "2025-12-31"}))
    assert early == (422, "registry.contact.invalid", ["staff_id.not_paired"])
    number = await refused(client, county, "/v1/contacts", **(contact | {"note": f"证号{member(1)['id_no']}"}))
    assert number[2] == ["text.id_number"]
    listed = (await client.get("/v1/contacts", params={"household_id": place}, headers=county)).json()
    assert (listed["total"], listed["items"][0]["id"]) == (1, kept["id"])
    there = headers(areas=[OTHER_TOWN], client_id="town-2")
    assert (await client.get("/v1/contacts", params={"staff_id": one.id}, headers=there)).json()["total"] == 0


async def test_people_and_pairings_are_announced_anew_each_once(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    one, place = await helper(client, county), await home(client, county)
    await made(client, county, "/v1/pairings", **pairing(place, one.id))
    for announce, topic, key in (
        (republish.republish_staff, "registry.staff.v1", one.id),
        (republish.republish_pairings, "registry.pairing.v1", place),
    ):
        before = await outbox(registry_database, topic, key)
        told = len(await outbox(registry_database, topic))
        count = await announce(registry_database)
        assert len(await outbox(registry_database, topic)) == told + count
        assert (await outbox(registry_database, topic, key))[len(before) :] == before[-1:]
