"""Changes of a household are asked for by one and approved by another; the register changes in the same transaction."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from change_case import DAY, SHA, Home, new_home
from registry_world import OTHER_TOWN, OTHER_VILLAGE, TOWN, VILLAGE, id_no, member, outbox
from sqlalchemy import text

from registry.change_requests import service
from registry.settings import RegistrySettings
from servicekit.crypto import FieldCipher
from servicekit.db import Database


@pytest.fixture(scope="module")
def approver(headers: Any) -> dict[str, str]:
    """The township's second person."""
    scopes = ("households:read", "households:approve")
    caller: dict[str, str] = headers(client_id="town-leader", scopes=scopes, areas=[TOWN])
    return caller


@pytest.fixture
async def home(client: httpx.AsyncClient, county: dict[str, str], approver: dict[str, str]) -> Home:
    """A household of its own for each test."""
    return await new_home(client, county, approver)


def child(serial: int, **changes: Any) -> dict[str, Any]:
    born = {"name": "陈新生", "relation": "grandchild", "labour": "5", "id_no": None, "person_no": None}
    return member(serial, "20261109", **born | changes)


async def duties(database: Database, request: dict[str, Any]) -> list[tuple[str, int, str | None]]:
    said = await outbox(database, "registry.duty.v1")
    return [
        (each["kind"], each["revision"], each.get("outcome")) for each in said if each["subject_id"] == request["id"]
    ]


async def test_a_birth_counts_once_a_second_person_has_approved_it(home: Home, registry_database: Database) -> None:
    before = await home.read()
    request = await home.asked("birth", {"member": child(1)}, if_match=f'"v{before["version"]}"')
    assert (request["state"], request["level"], request["seen_version"]) == ("proposed", "township", before["version"])
    assert request["content"]["member"]["name"] == "陈**"
    assert request["content"]["member"]["birth_date"] == "2026"
    assert (await home.read())["version"] == before["version"], "nothing has changed yet"
    assert await duties(registry_database, request) == [("R01", 1, None)]
    own = await home.say(request, "approve", home.asker)
    assert (own.status_code, own.json()["code"]) == (403, "registry.change_request.second_person")
    approved = await home.approved(request)
    now = await home.read()
    assert (approved["state"], approved["decided_by"]) == ("applied", "town-leader")
    assert approved["applied_version"] == now["version"] == before["version"] + 1
    assert now["population"] == 4
    assert await duties(registry_database, request) == [("R01", 1, None), ("R01", 2, "done")]
    again = await home.approved(request)
    assert again == approved, "the same decision again gives the same answer"
    late = await home.say(request, "refuse", note="再想想")
    assert (late.status_code, late.json()["code"]) == (409, "registry.change_request.decided")


async def test_a_person_stays_the_same_through_marriage_split_and_merger(
    home: Home, client: httpx.AsyncClient, county: dict[str, str], approver: dict[str, str], headers: Any
) -> None:
    other = await new_home(client, county, approver)
    bride = other.members["child"]
    joins = {"person": {"id": bride, "relation": "child_in_law"}}
    wed = await home.approved(await home.asked("marriage_in", joins))
    assert wed["other_id"] == other.id
    assert {each["id"] for each in (await home.read())["members"]} >= {bride, *home.members.values()}
    assert (await other.read())["population"] == 2
    couple = [{"id": home.members["child"], "relation": "head"}, {"id": bride, "relation": "spouse"}]
    split = await home.approved(await home.asked("split", {"hh_no": "99R7777001", "members": couple}))
    founded = (await client.get(f"/v1/households/{split['other_id']}", headers=county)).json()
    assert [each["id"] for each in founded["members"]] == [home.members["child"], bride]
    merge = await home.asked("merge", {"into": split["other_id"], "relations": [
        {"id": home.members["head"], "relation": "parent"}, {"id": home.members["spouse"], "relation": "parent"},
    ]})  # fmt: skip
    assert merge["level"] == "county"
    town = await home.say(merge, "approve")
    assert (town.status_code, town.json()["code"]) == (403, "registry.change_request.other_level")
    done = await home.say(merge, "approve", headers(client_id="county-leader"))
    assert done.status_code == 200, done.text
    whole = (await client.get(f"/v1/households/{split['other_id']}", headers=county)).json()
    assert {each["id"] for each in whole["members"]} == {bride, *home.members.values()}
    kinds = await client.get(f"/v1/households/{home.id}/identity-changes", headers=county)
    assert [each["kind"] for each in kinds.json()["items"]] == [
        "household_merged", "household_split", "person_moved",
    ]  # fmt: skip


async def test_an_approval_of_what_has_changed_meanwhile_is_a_conflict_that_both_sides_see(
    home: Home, client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    death = await home.asked("death", {
        "person_id": home.members["head"], "relations": [{"id": home.members["spouse"], "relation": "head"}],
    })  # fmt: skip
    rival = await home.asked("head", {"relations": [
        {"id": home.members["child"], "relation": "head"}, {"id": home.members["head"], "relation": "parent"},
        {"id": home.members["spouse"], "relation": "parent"},
    ]})  # fmt: skip
    assert rival["contradicts"] == [death["id"]]
    listed = await client.get("/v1/change-requests", params={"contested": "true"}, headers=county)
    assert {death["id"], rival["id"]} <= {each["id"] for each in listed.json()["items"]}
    contested = (await client.get("/v1/conflicts", params={"area": VILLAGE, "mine": "true"}, headers=county)).json()
    assert {death["id"], rival["id"]} <= {each["id"] for each in contested["items"] if each["is_mine"]}
    await home.approved(death)
    stale = await home.say(rival, "approve")
    assert (stale.status_code, stale.json()["code"]) == (409, "registry.change_request.overtaken")
    shown = (await client.get(f"/v1/change-requests/{rival['id']}", headers=county)).json()
    assert (shown["state"], shown["is_contested"]) == ("proposed", True)
    head = next(each for each in shown["contested"] if each["path"] == "household.head")
    assert (head["was"], head["now"]) == (home.members["head"], home.members["spouse"])
    [refused] = shown["refused"]
    assert (refused["refused_by"], refused["decision"]["change"], refused["is_open"]) == (
        "town-leader",
        "approve",
        True,
    )
    strange = await home.say(rival, "withdraw", home.approver)
    assert strange.status_code == 403, "the approver does not ask"
    own = {"subject": "change_request", "mine": "false"}
    listed = (await client.get("/v1/conflicts", params=own, headers=county)).json()
    conflict = next(each for each in listed["items"] if each["subject_id"] == rival["id"])
    assert (conflict["by"], conflict["first_by"], conflict["household_id"]) == ("town-leader", "town-leader", home.id)
    assert (conflict["link"], conflict["title"]["household"]["id"]) == (f"/v1/change-requests/{rival['id']}", home.id)
    taken = await home.say(rival, "withdraw", home.asker, note="已按最新情况另行申请")
    assert (taken.status_code, taken.json()["state"]) == (200, "withdrawn"), taken.text
    assert [each["is_open"] for each in taken.json()["refused"]] == [False]
    members = {each["id"]: each["relation"] for each in (await home.read())["members"]}
    assert members == {home.members["spouse"]: "head", home.members["child"]: "child"}, "never applied blindly"


async def test_a_change_that_touches_something_else_does_not_hold_an_approval_up(
    home: Home, client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    request = await home.asked("move", {"group_name": "9组", "address": "甲村9组1号"})
    patched = await client.patch(
        f"/v1/households/{home.id}", json={"housing_tenure": "rented_safe"}, headers=county | {"If-Match": "*"}
    )
    assert patched.status_code == 200
    assert request["content"] == {"group_name": "9组", "address": "******"}
    await home.approved(request)
    now = await home.read()
    assert (now["group_name"], now["housing_tenure"]) == ("9组", "rented_safe")
    assert (await home.read())["version"] == patched.json()["version"] + 1


async def test_what_nobody_has_to_approve_counts_at_once_and_a_repeat_changes_nothing(
    home: Home, registry_database: Database, county: dict[str, str], set_policy: Any
) -> None:
    asked = {"content": {"phone": "13812340000"}, "evidence": []}
    first = await home.asked("contact", key="contact-1", **asked)
    assert (first["state"], first["level"], first["content"]) == ("applied", None, {"phone": "138****0000"})
    assert (await home.read())["phone"] == "138****0000"
    again = await home.ask("contact", key="contact-1", **asked)
    assert (again.headers["idempotent-replayed"], again.json()) == ("true", first)
    assert await duties(registry_database, first) == []
    told = {"effective_from": "2026-01-01", "source_document": "试验县户变更审批规定"}
    await set_policy(VILLAGE[:6] + "000000", told | {"parameters": {"changes.approval_contact": "county"}})
    third = await home.asked("contact", {"phone": "13812340001"}, evidence=[])
    assert (third["state"], third["level"]) == ("proposed", "county")
    assert await duties(registry_database, third) == [("R02", 1, None)]
    await set_policy(VILLAGE[:6] + "000000", told | {"parameters": {"changes.approval_contact": "none"}})


BAD: list[tuple[str, str, dict[str, Any], dict[str, Any], list[tuple[str, str]]]] = [
    ("future", "contact", {"phone": "13812340009"}, {"occurred_on": "2099-01-01"},
     [("/occurred_on", "occurred_on.future")]),
    ("unknown scan", "contact", {"phone": "13812340009"}, {"evidence": ["0" * 64]},
     [("/evidence/0", "evidence.unknown")]),
    ("no scan", "death", {"person_id": "{spouse}"}, {"evidence": []}, [("/evidence", "evidence.missing")]),
    ("before birth", "death", {"person_id": "{child}"}, {"occurred_on": "1998-01-01"},
     [("/occurred_on", "occurred_on.before_birth")]),
    ("no head", "death", {"person_id": "{head}"}, {}, [("/content/relations", "household.no_head")]),
    ("two heads", "head", {"relations": [{"id": "{child}", "relation": "head"}]}, {},
     [("/content/relations", "household.two_heads")]),
    ("stranger", "death", {"person_id": "0198c0de-0000-7000-8000-000000000001"}, {},
     [("/content/person_id", "person.unknown")]),
    ("leaves twice", "departure", {"person_id": "{child}", "relations": [{"id": "{child}", "relation": "head"}]}, {},
     [("/content/relations/0/id", "relations.leaves")]),
    ("has a number", "number", {"person_id": "{child}", "id_no": id_no(1, "19990303")}, {},
     [("/content/person_id", "person.has_number")]),
    ("nothing", "move", {}, {}, [("/content", "too_short")]),
    ("not newborn", "birth", {"member": member(77, "19800101", relation="child", id_no=None)}, {},
     [("/content/member/birth_date", "member.not_newborn")]),
    ("born later", "birth", {"member": child(78)}, {"occurred_on": "2026-11-01"},
     [("/occurred_on", "occurred_on.before_birth")]),
    ("twice", "marriage_in", {"member": member(79, "19990303", name="陈小明", relation="child", id_no=None)}, {},
     [("/content/member", "person.duplicate")]),
    ("wrong number", "birth", {"member": child(80, id_no="990101202611090013")}, {},
     [("/content/member/id_no", "id_no.checksum")]),
    ("no village", "move", {"village_code": "990101101999"}, {}, [("/content/village_code", "village_code.unknown")]),
    ("shape", "death", {"person": "x"}, {},
     [("/content/person_id", "missing"), ("/content/person", "extra_forbidden")]),
]  # fmt: skip


@pytest.fixture(scope="module")
async def steady(client: httpx.AsyncClient, county: dict[str, str], approver: dict[str, str]) -> Home:
    """A household about which nothing is ever approved."""
    return await new_home(client, county, approver)


@pytest.mark.parametrize(("kind", "content", "more", "told"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
async def test_what_cannot_be_is_refused_when_it_is_asked_for_and_nothing_is_kept(
    steady: Home, kind: str, content: Any, more: Any, told: Any
) -> None:
    def named(value: Any) -> Any:
        if isinstance(value, str) and value.startswith("{"):
            return steady.members[value.strip("{}")]
        if isinstance(value, dict):
            return {key: named(item) for key, item in value.items()}
        return [named(item) for item in value] if isinstance(value, list) else value

    before = await steady.read()
    answer = await steady.ask(kind, named(content), **more)
    assert answer.status_code == 422, answer.text
    assert [(each["pointer"], each["code"]) for each in answer.json()["errors"]] == told
    listed = await steady.client.get("/v1/change-requests", params={"household_id": steady.id}, headers=steady.asker)
    assert (listed.json()["items"], listed.json()["total"]) == ([], 0)
    assert await steady.read() == before


async def test_somebody_of_another_household_is_moved_and_not_registered_twice(
    home: Home, client: httpx.AsyncClient, county: dict[str, str], approver: dict[str, str]
) -> None:
    other = await new_home(client, county, approver)
    hh_no = (await other.read())["hh_no"]
    again = member(int(hh_no[-3:]), "19990303", name="陈小明二", relation="child_in_law", person_no=None)
    answer = await home.ask("marriage_in", {"member": again})
    assert (answer.status_code, answer.json()["code"]) == (409, "registry.person.in_other_household")


async def test_what_happened_after_something_that_is_known_is_out_of_order(
    home: Home, client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    known = {"group_name": "8组", "occurred_on": "2026-11-20"}
    await client.patch(f"/v1/households/{home.id}", json=known, headers=county | {"If-Match": "*"})
    answer = await home.ask("move", {"group_name": "7组"})
    assert [(each["pointer"], each["code"]) for each in answer.json()["errors"]] == [
        ("/occurred_on", "occurred_on.out_of_order")
    ]


async def test_a_stale_request_is_kept_as_one_that_came_too_late(home: Home) -> None:
    stale = await home.ask("contact", {"phone": "13812340002"}, if_match='"v99"', evidence=[])
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")
    [kept] = (await home.read())["refused"]
    assert (kept["decision"]["change"], kept["decision"]["kind"]) == ("change_request", "contact")
    listed = await home.client.get("/v1/conflicts", params={"subject": "household", "limit": "200"}, headers=home.asker)
    assert kept["id"] in {each["id"] for each in listed.json()["items"]}
    assert "13812340002" not in str(kept)


async def test_a_move_to_another_township_is_the_countys_and_the_last_member_ends_the_household(
    home: Home, client: httpx.AsyncClient, county: dict[str, str], approver: dict[str, str], headers: Any
) -> None:
    village = headers(client_id="collector", scopes=("households:read", "households:write"), areas=[VILLAGE])
    home.asker = village
    move = await home.asked("move", {"village_code": OTHER_VILLAGE, "group_name": None})
    assert (move["state"], move["level"]) == ("proposed", "county")
    away = headers(client_id="other", scopes=("households:read", "households:approve"), areas=[OTHER_TOWN])
    assert (await home.say(move, "approve", away)).status_code == 404
    done = await home.say(move, "approve", headers(client_id="county-leader"))
    assert done.status_code == 200, done.text
    moved = (await client.get(f"/v1/households/{home.id}", headers=county)).json()
    assert (moved["area_code"], moved["moved_on"], moved["moved_from"]) == (OTHER_VILLAGE, DAY, VILLAGE)
    assert (await client.get(f"/v1/change-requests/{move['id']}", headers=village)).status_code == 404
    home.asker, home.approver = county, headers(client_id="county-leader")
    for who in ("child", "spouse", "head"):
        await home.approved(await home.asked("departure", {"person_id": home.members[who]}))
    assert (await home.read())["status"] == "ended"
    ended = await home.ask("contact", {"phone": "13812340003"}, evidence=[])
    assert (ended.status_code, ended.json()["code"]) == (409, "registry.household.ended")


async def test_a_newborn_gets_a_number_and_a_new_number_of_the_household_keeps_its_contact(
    home: Home, client: httpx.AsyncClient, county: dict[str, str], headers: Any
) -> None:
    await home.approved(await home.asked("birth", {"member": child(2, name="陈新二")}))
    newborn = next(each for each in (await home.read())["members"] if each["birth_date"] == "2026")
    number = id_no(333, "20261109")
    request = await home.asked("number", {"person_id": newborn["id"], "id_no": number})
    assert number not in str(request)
    await home.approved(request)
    found = await client.post("/v1/persons/search", json={"id_no": number}, headers=county)
    assert [each["id"] for each in found.json()["items"]] == [newborn["id"]]
    home.approver = headers(client_id="county-leader")
    await home.approved(await home.asked("renumbering", {"hh_no": "99R7777002"}, evidence=[]))
    now = await home.read()
    assert (now["hh_no"], now["phone"]) == ("99R7777002", "139****5678")


async def test_nothing_of_a_request_lies_open_in_the_database(home: Home, registry_database: Database) -> None:
    number = id_no(444, "20261109")
    request = await home.asked("birth", {"member": child(3, name="陈密封", id_no=number)})
    async with registry_database.transaction() as session:
        row = await session.execute(
            text("SELECT r::text FROM change_request r WHERE id = CAST(:id AS uuid)"), {"id": request["id"]}
        )
        stored = str(row.scalar_one())
    assert SHA in stored
    assert not [part for part in (number, "陈密封", "2026-11-09") if part in stored]


async def test_what_is_sealed_is_sealed_anew_when_the_key_is_changed(
    home: Home, registry_database: Database, settings: RegistrySettings
) -> None:
    request = await home.asked("correction", {"person_id": home.members["child"], "name": "陈换钥"})
    old = settings.keyring("encryption_key").current
    cipher = FieldCipher(bytes(32), "k2", others={"k1": old})
    async with registry_database.transaction() as session:
        place, count = await service.renew_seals(session, cipher, None, 10_000)
        assert count >= 1
        assert place is not None
        assert await service.renew_seals(session, cipher, place, 10_000) == (None, 0)
        assert await service.sealed_with(session, cipher.prefix) == count
        row = await session.execute(
            text("SELECT sealed FROM change_request WHERE id = CAST(:id AS uuid)"), {"id": request["id"]}
        )
        opened = FieldCipher(bytes(32), "k2").decrypt(row.scalar_one(), f"change_request|content|{request['id']}")
        assert "陈换钥" in opened
        await session.rollback()  # the other tests have the old key


async def test_lists_are_narrowed_and_show_titles(
    home: Home, client: httpx.AsyncClient, county: dict[str, str], headers: Any
) -> None:
    request = await home.asked("correction", {"person_id": home.members["child"], "name": "陈晓明"})
    query = {"household_id": home.id, "state": "proposed", "kind": "correction", "area": VILLAGE, "limit": "1"}
    page = (await client.get("/v1/change-requests", params=query, headers=county)).json()
    assert [each["id"] for each in page["items"]] == [request["id"]]
    assert (page["total"], page["titles"], page["next_cursor"]) == (1, "shown", None)
    assert page["items"][0]["title"]["household"]["id"] == home.id
    refused = await home.say(request, "refuse", note="姓名与户口簿不一致")
    assert (refused.json()["state"], refused.json()["note"]) == ("refused", "姓名与户口簿不一致")
    assert (await client.get("/v1/change-requests", params=query, headers=county)).json()["total"] == 0
    outside = headers(areas=[OTHER_TOWN], scopes=["households:read"])
    assert (await client.get(f"/v1/change-requests/{request['id']}", headers=outside)).status_code == 404
    assert (await client.get("/v1/change-requests", params={"bad": "1"}, headers=county)).status_code == 422
