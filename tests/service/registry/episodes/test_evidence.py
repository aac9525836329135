"""What names a photo or scan makes it evidence: it was kept before, stays, and goes with the household."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

import httpx
from episode_case import Case, clue_event, hear, new_case
from pairing_case import helper, home, pairing
from registry_world import household, member
from roster_case import made

from contracts.vocabulary import ClueState
from servicekit import clock
from servicekit.db import Database
from servicekit.ids import new_id
from step_records import SCAN, record_for

JPEG = b"\xff\xd8\xff\xe0" + bytes(180)
PHOTO = hashlib.sha256(JPEG).hexdigest()


def place(household_id: str, sha256: str = PHOTO) -> str:
    return f"/v1/households/{household_id}/attachments/{sha256}"


async def keep(client: httpx.AsyncClient, headers: dict[str, str], household_id: str) -> None:
    kept = await client.put(place(household_id), content=JPEG, headers=headers | {"Content-Type": "image/jpeg"})
    assert kept.status_code == 201, kept.text


async def listed(client: httpx.AsyncClient, headers: dict[str, str], household_id: str) -> Any:
    return (await client.get(f"/v1/households/{household_id}/attachments", headers=headers)).json()


async def test_what_nothing_names_is_taken_back_by_who_sent_it_within_days(
    client: httpx.AsyncClient, county: dict[str, str], headers: Any, move_clock: Any
) -> None:
    mine = await home(client, county)
    sender, other = headers(client_id="sender"), headers(client_id="another")
    await keep(client, sender, mine)
    refused = await client.delete(place(mine), headers=other)
    assert (refused.status_code, refused.json()["code"]) == (403, "registry.attachment.not_yours")
    assert (await client.delete(place(mine), headers=sender)).status_code == 204
    now = await listed(client, county, mine)
    assert (now["items"], [(one["sha256"], one["removed_by"]) for one in now["removed"]]) == ([], [(PHOTO, "sender")])
    why = {"purpose_code": "assistance"}
    assert (await client.get(place(mine), params=why, headers=county)).status_code == 404
    assert (await client.delete(place(mine), headers=sender)).status_code == 404
    await keep(client, sender, mine)
    move_clock(7 * 86400.0)
    late = await client.delete(place(mine), headers=sender)
    assert (late.status_code, late.json()["code"], late.json()["days"]) == (409, "registry.attachment.stays", 7)
    assert [one["sha256"] for one in (await listed(client, county, mine))["items"]] == [PHOTO]


async def test_what_a_contact_names_is_evidence_and_stays(client: httpx.AsyncClient, county: dict[str, str]) -> None:
    mine, cadre = await home(client, county), await helper(client, county)
    await made(client, county, "/v1/pairings", **pairing(mine, cadre.id))
    await keep(client, county, mine)
    said = {"household_id": mine, "staff_id": cadre.id, "happened_on": "2026-02-01", "way": "visit"}
    contact = await made(client, county, "/v1/contacts", **said, attachments=[PHOTO])
    (item,) = (await listed(client, county, mine))["items"]
    assert item["named_by"] == [{"kind": "contact", "id": contact["id"]}]
    refused = await client.delete(place(mine), headers=county)
    assert (refused.status_code, refused.json()["named_by"]) == (409, ["contact"])


async def test_a_step_names_what_was_kept_for_its_household(
    client: httpx.AsyncClient, case: Case, county: dict[str, str]
) -> None:
    record = record_for("APPLIED", "VISITED", clock.today())
    record["consent"]["document_sha256"] = PHOTO
    elsewhere = await home(client, county)
    await keep(client, county, elsewhere)
    refused = await case.step("VISITED", record=record)
    assert refused.status_code == 422
    faults = [(error["code"], error["pointer"]) for error in refused.json()["errors"]]
    assert faults == [("attachment.unknown", "/record/consent/document_sha256")]
    assert (await case.read())["state"] == "APPLIED", "nothing half done"
    await keep(client, county, case.household)
    assert (await case.step("VISITED", record=record)).status_code == 200
    episode = (await case.read())["id"]
    uses = {one["sha256"]: one["named_by"] for one in (await listed(client, county, case.household))["items"]}
    assert uses[PHOTO] == [{"kind": "step", "id": f"{episode}/2"}]
    assert (await client.delete(place(case.household), headers=county)).json()["code"] == "registry.attachment.evidence"


async def test_a_measure_has_its_photos(client: httpx.AsyncClient, county: dict[str, str]) -> None:
    mine = await home(client, county)
    (episode,) = (await client.get("/v1/episodes", params={"household_id": mine}, headers=county)).json()["items"]
    measure = {
        "category": "M07", "item": "医疗救助", "risk_types": ["01"], "responsible_department": "MED",
        "responsible_person": "p-1", "planned_on": "2026-02-01",
    }  # fmt: skip
    planned = await made(client, county, f"/v1/episodes/{episode['id']}/measures", **measure)
    done = {"state": "implemented", "implemented_on": clock.today().isoformat(), "evidence": "R-1"}
    done_with_photo = done | {"attachments": [PHOTO]}
    url = f"/v1/measures/{planned['id']}"
    refused = await client.patch(url, json=done_with_photo, headers=county)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/attachments/0")
    await keep(client, county, mine)
    assert (await client.patch(url, json=done_with_photo, headers=county)).json()["attachments"] == [PHOTO]
    (item,) = (await listed(client, county, mine))["items"]
    assert item["named_by"] == [{"kind": "measure", "id": planned["id"]}]


async def test_what_a_verification_names_is_evidence_when_it_comes(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    mine, clue = await home(client, county), new_id()
    event = clue_event(mine, ClueState.CONFIRMED_POLICY, clue=clue)
    event = event.model_copy(update={"data": event.data.model_copy(update={"attachments": [PHOTO]})})
    await hear(registry_database, event, event)
    assert (await listed(client, county, mine))["items"] == [], "alerts names it, nobody has sent it"
    await keep(client, county, mine)
    (item,) = (await listed(client, county, mine))["items"]
    assert item["named_by"] == [{"kind": "clue", "id": clue}]
    assert (await client.delete(place(mine), headers=county)).status_code == 409


async def test_photos_of_a_household_that_was_merged_are_those_of_the_one_that_stays(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database, levels: dict[str, dict[str, str]]
) -> None:
    case = await new_case(client, county, registry_database, levels)
    await case.attach()
    assert (await case.step("VISITED")).status_code == 200
    stays = await made(client, county, "/v1/households", **household("99J0009990", member(491, "19660101")))
    gone = (await client.get(f"/v1/households/{case.household}", headers=county)).json()
    said = {"into": stays["id"], "reason": "核对户口簿"}
    said["relations"] = [{"id": gone["members"][0]["id"], "relation": "other"}]
    merged = await client.post(
        f"/v1/households/{case.household}/merge", json=said, headers=county | {"If-Match": f'"v{gone["version"]}"'}
    )
    assert merged.status_code == 200, merged.text
    scan, why = hashlib.sha256(SCAN).hexdigest(), {"purpose_code": "assistance"}
    (item,) = (await listed(client, county, stays["id"]))["items"]
    assert (item["sha256"], [use["kind"] for use in item["named_by"]]) == (scan, ["step"])
    seen = await client.get(place(stays["id"], scan), params=why, headers=county)
    assert (seen.status_code, seen.content) == (200, SCAN), "its bytes are sealed for the household that had it"
    moved = Case(client, county, stays["id"], levels)
    moved.has_scan = True
    assert (await moved.step("COMPARED", "m-1")).status_code == 200, "the case goes on with what it has"
    assert date.fromisoformat((await moved.read())["history"][-1]["occurred_on"]) == clock.today()
    assert (await client.delete(place(stays["id"], scan), headers=county)).status_code == 409
