"""People, accounts and terms: who is who, in which role, where and when (F-A22, F-A33, F-G16)."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
from registry_world import COUNTY, KEYS, OTHER_TOWN, TOWN, VILLAGE, id_no, outbox
from roster_case import appoint, made, person, refused, unit
from sqlalchemy import text

from contracts.registry import StaffChanged
from contracts.staff import ADMINISTRATORS
from registry.roster import service
from servicekit import clock
from servicekit.crypto import FieldCipher
from servicekit.db import Database
from servicekit.ids import new_id

Headers = Callable[..., dict[str, str]]
ISSUER = "https://id.example"


async def test_somebody_is_put_on_the_roster_and_announced_without_name_and_telephone(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    office = await unit(client, county)
    staff = await person(client, county, office, phone="13912345678", staff_no="B-0001")
    await appoint(client, county, staff, "ENTRY", TOWN)
    linked = await made(client, county, f"/v1/staff/{staff}/accounts", issuer=ISSUER, subject="u-1")
    assert (linked["phone_masked"], linked["version"]) == ("139****5678", 3)
    (term,) = linked["appointments"]
    assert (term["role_label"], term["area_code"], term["is_running"]) == ("乡镇录入员", TOWN, True)
    told = await outbox(registry_database, "registry.staff.v1", staff)
    newest = StaffChanged.model_validate(told[-1])
    assert [event["version"] for event in told] == [1, 2, 3]
    assert (newest.unit_id, newest.unit_area_code, newest.appointments[0].area_code) == (office, TOWN, TOWN)
    assert newest.accounts[0].subject == "u-1"
    assert not {"李干部", "13912345678", "5678"} & set(json.dumps(told, ensure_ascii=False).split('"'))
    async with registry_database.transaction() as session:
        row = (await session.execute(text("SELECT contact FROM staff WHERE staff_no = 'B-0001'"))).scalar_one()
    assert row.startswith("v1.aesgcm.")


async def test_an_account_is_one_persons_and_a_person_has_one_at_an_issuer(
    client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    office = await unit(client, county)
    one, other = await person(client, county, office), await person(client, county, office)
    path = f"/v1/staff/{one}/accounts"
    linked = await made(client, county, path, issuer=ISSUER, subject="u-2")
    again = await refused(client, county, f"/v1/staff/{other}/accounts", issuer=ISSUER, subject="u-2")
    assert again[:2] == (409, "registry.staff.account_taken")
    assert (await refused(client, county, path, issuer=ISSUER, subject="u-3"))[:2] == (
        409, "registry.staff.second_account",
    )  # fmt: skip
    account = linked["accounts"][0]["id"]
    foreign = await client.delete(f"/v1/staff/{other}/accounts/{account}", headers=county)
    assert (foreign.status_code, foreign.json()["code"]) == (404, "registry.staff.account_not_found")
    gone = await client.delete(f"{path}/{account}", headers=county)
    assert (gone.status_code, gone.json()["accounts"]) == (200, [])
    await made(client, county, f"/v1/staff/{other}/accounts", issuer=ISSUER, subject="u-2")


async def test_two_who_link_one_account_at_once_get_one_answer_each(
    client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    office = await unit(client, county)
    people = [await person(client, county, office) for _ in range(4)]
    body = {"issuer": ISSUER, "subject": "raced"}
    answers = await asyncio.gather(
        *(client.post(f"/v1/staff/{staff}/accounts", json=body, headers=county) for staff in people)
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


async def test_a_department_has_one_liaison_at_a_time(client: httpx.AsyncClient, county: dict[str, str]) -> None:
    office = await unit(client, county, "department", COUNTY, department="CIV")
    one, other = await person(client, county, office), await person(client, county, office)
    term = await appoint(client, county, one, "DEPT", COUNTY)
    body = {"role": "DEPT", "area_code": COUNTY, "first_on": "2026-06-01"}
    path = f"/v1/staff/{other}/appointments"
    assert (await refused(client, county, path, **body))[:2] == (409, "registry.appointment.liaison_taken")
    end = {"last_on": "2026-05-31", "reason": "岗位调整"}
    ended = await made(client, county, f"/v1/appointments/{term}/end", 200, **end)
    assert (ended["appointments"][0]["last_on"], ended["appointments"][0]["ended_why"]) == ("2026-05-31", "岗位调整")
    await made(client, county, path, **body)
    over = await refused(client, county, f"/v1/appointments/{term}/end", **end)
    assert over[:2] == (409, "registry.appointment.over")


async def test_a_second_unit_of_a_department_is_refused(client: httpx.AsyncClient, county: dict[str, str]) -> None:
    await unit(client, county, "department", COUNTY, department="WAT")
    body = {"kind": "department", "name": "另一水利局", "area_code": COUNTY, "department": "WAT"}
    assert (await refused(client, county, "/v1/units", **body))[:2] == (409, "registry.unit.exists")


async def test_the_three_administrators_are_three_people(client: httpx.AsyncClient, county: dict[str, str]) -> None:
    office = await unit(client, county, "lead", COUNTY)
    staff = await person(client, county, office)
    await appoint(client, county, staff, "SYSADMIN", COUNTY)
    body = {"role": "AUDITADMIN", "area_code": COUNTY, "first_on": "2027-01-01"}
    found = await refused(client, county, f"/v1/staff/{staff}/appointments", **body)
    assert found[:2] == (409, "registry.appointment.roles_exclude")


async def test_the_database_refuses_what_the_declarations_exclude(
    client: httpx.AsyncClient, registry_database: Database
) -> None:
    """The constraints name the codes that `contracts.staff` declares."""
    del client
    async with registry_database.transaction() as session:
        found = await session.execute(
            text(
                "SELECT conname, pg_get_constraintdef(oid) AS definition FROM pg_constraint"
                " WHERE conrelid = 'appointment'::regclass AND contype = 'x'"
            )
        )
        constraints: dict[str, str] = {row.conname: row.definition for row in found}
    assert constraints.keys() == {
        "appointment_overlap_excl", "appointment_liaison_excl", "appointment_administrators_excl",
    }  # fmt: skip
    assert all(f"'{role}'" in constraints["appointment_administrators_excl"] for role in ADMINISTRATORS)
    assert "'DEPT'" in constraints["appointment_liaison_excl"]


async def test_terms_outside_role_area_unit_or_days_are_refused_by_their_cause(
    client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    office = await unit(client, county)
    staff = await person(client, county, office)
    path = f"/v1/staff/{staff}/appointments"
    for body, expected in (
        ({"role": "MONITOR", "area_code": COUNTY}, ["role.unit", "area_code.outside_unit"]),
        ({"role": "ENTRY", "area_code": OTHER_TOWN}, ["area_code.outside_unit"]),
        ({"role": "ENTRY", "area_code": VILLAGE}, ["area_code.level"]),
        ({"role": "GRID", "area_code": VILLAGE}, ["grid.missing"]),
        ({"role": "ENTRY", "area_code": TOWN, "last_on": "2025-12-31"}, ["last_on.range"]),
        ({"role": "ENTRY", "area_code": "990101999000"}, ["area_code.unknown"]),
    ):
        found = await refused(client, county, path, **({"first_on": "2026-01-01"} | body))
        assert found == (422, "registry.appointment.invalid", expected), body
    await appoint(client, county, staff, "ENTRY", TOWN)
    again = {"role": "ENTRY", "area_code": TOWN, "first_on": "2026-12-01"}
    assert (await refused(client, county, path, **again))[:2] == (409, "registry.appointment.overlap")
    nobody = f"/v1/staff/{new_id()}/appointments"
    assert (await refused(client, county, nobody, **again))[:2] == (404, "registry.staff.not_found")


async def test_ended_terms_are_read_as_of_a_day(client: httpx.AsyncClient, county: dict[str, str]) -> None:
    office = await unit(client, county)
    staff = await person(client, county, office)
    yesterday = (clock.today() - timedelta(days=1)).isoformat()
    await appoint(client, county, staff, "ENTRY", TOWN, first_on="2025-01-01", last_on="2025-12-31")
    await appoint(client, county, staff, "TOWN", TOWN, last_on=yesterday)

    async def roles(**query: str) -> set[str]:
        answer = await client.get(f"/v1/staff/{staff}", params=query, headers=county)
        return {term["role"] for term in answer.json()["appointments"]}

    async def listed(**query: str) -> tuple[int, set[str]]:
        answer = (await client.get("/v1/staff", params={"unit_id": office} | query, headers=county)).json()
        return answer["total"], {term["role"] for item in answer["items"] for term in item["appointments"]}

    assert await roles() == {"ENTRY", "TOWN"}
    assert await roles(on="2025-06-01") == {"ENTRY"}
    assert await roles(on=yesterday) == {"TOWN"}
    assert await roles(on=clock.today().isoformat()) == set()
    assert await listed() == (1, set())
    assert await listed(on="2025-06-01", role="ENTRY") == (1, {"ENTRY"})
    assert await listed(role="ENTRY") == (0, set())


async def test_nobody_is_switched_off_in_the_middle_of_a_term(
    client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    office = await unit(client, county)
    staff = await person(client, county, office)
    term = await appoint(client, county, staff, "ENTRY", TOWN)

    async def switch_off(version: int) -> httpx.Response:
        etag = {"If-Match": f'"v{version}"'}
        return await client.patch(f"/v1/staff/{staff}", json={"is_active": False}, headers=county | etag)

    held = await switch_off(2)
    assert (held.status_code, held.json()["code"]) == (409, "registry.staff.in_office")
    yesterday = (clock.today() - timedelta(days=1)).isoformat()
    await made(client, county, f"/v1/appointments/{term}/end", 200, last_on=yesterday, reason="岗位调整")
    assert (await switch_off(2)).status_code == 412
    assert (await switch_off(3)).json()["is_active"] is False
    body = {"role": "TOWN", "area_code": TOWN, "first_on": "2026-01-01"}
    path = f"/v1/staff/{staff}/appointments"
    assert (await refused(client, county, path, **body))[:2] == (409, "registry.staff.inactive")


async def test_a_unit_with_people_does_not_end(client: httpx.AsyncClient, county: dict[str, str]) -> None:
    office, empty = await unit(client, county), await unit(client, county)
    await person(client, county, office)
    etag = {"If-Match": '"v1"'}
    held = await client.patch(f"/v1/units/{office}", json={"is_active": False}, headers=county | etag)
    assert (held.status_code, held.json()["code"]) == (409, "registry.unit.in_use")
    ended = await client.patch(f"/v1/units/{empty}", json={"is_active": False}, headers=county | etag)
    assert (ended.status_code, ended.json()["is_active"]) == (200, False)
    found = await refused(client, county, "/v1/staff", name="李干部", unit_id=empty)
    assert found[:2] == (409, "registry.unit.ended")


async def test_a_changed_person_keeps_the_id_and_another_number_is_not_taken_twice(
    client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    office = await unit(client, county)
    one = await person(client, county, office, staff_no="B-0100", phone="13912345678")
    found = await refused(client, county, "/v1/staff", name="王干部", unit_id=office, staff_no="B-0100")
    assert found[:2] == (409, "registry.staff.exists")
    etag = {"If-Match": '"v1"'}
    changed = await client.patch(f"/v1/staff/{one}", json={"name": "李新", "phone": None}, headers=county | etag)
    assert changed.json()["id"] == one
    assert (changed.json()["name"], changed.json()["phone_masked"]) == ("李新", None)
    number = {"name": id_no(1), "unit_id": office}
    assert (await refused(client, county, "/v1/staff", **number))[2] == ["text.id_number"]


async def test_people_of_another_township_are_not_found_but_those_who_work_here_are(
    client: httpx.AsyncClient, county: dict[str, str], headers: Headers
) -> None:
    here, there = headers(areas=[TOWN], client_id="town-1"), headers(areas=[OTHER_TOWN], client_id="town-2")
    office = await unit(client, county)
    local = await person(client, county, office)
    bureau = await unit(client, county, "office", COUNTY)
    visitor = await person(client, county, bureau)
    await appoint(client, county, visitor, "HELPER", TOWN)
    await appoint(client, county, visitor, "HELPER", OTHER_TOWN)
    await made(client, county, f"/v1/staff/{visitor}/accounts", issuer=ISSUER, subject="visitor")
    for path in (f"/v1/staff/{local}", f"/v1/units/{office}"):
        assert (await client.get(path, headers=there)).status_code == 404
        assert (await client.get(path, headers=here)).status_code == 200
    seen: Any = (await client.get(f"/v1/staff/{visitor}", headers=here)).json()
    assert [term["area_code"] for term in seen["appointments"]] == [TOWN]
    assert seen["accounts"] == []
    body = {"role": "HELPER", "area_code": VILLAGE, "first_on": "2026-01-01"}
    assert (await refused(client, here, f"/v1/staff/{visitor}/appointments", **body))[0] == 404
    listed = (await client.get("/v1/staff", params={"limit": 200}, headers=there)).json()
    ids = {item["id"] for item in listed["items"]}
    assert visitor in ids
    assert local not in ids
    assert listed["total"] == len(ids)
    assert (await client.get("/v1/staff", params={"area": TOWN}, headers=there)).status_code == 404


async def test_pages_hold_everybody_once(client: httpx.AsyncClient, county: dict[str, str]) -> None:
    office = await unit(client, county)
    wanted = {await person(client, county, office) for _ in range(5)}
    seen: list[str] = []
    query: dict[str, Any] = {"unit_id": office, "limit": 2}
    while True:
        page = (await client.get("/v1/staff", params=query, headers=county)).json()
        assert page["total"] == 5
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert sorted(seen) == sorted(wanted)


async def test_a_repeated_request_has_one_effect(client: httpx.AsyncClient, county: dict[str, str]) -> None:
    office = await unit(client, county)
    key = {"Idempotency-Key": new_id()}
    body = {"name": "李干部", "unit_id": office}
    answers = [await client.post("/v1/staff", json=body, headers=county | key) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    listed = (await client.get("/v1/staff", params={"unit_id": office}, headers=county)).json()
    assert listed["total"] == 1


async def test_telephone_numbers_are_sealed_anew_when_the_key_is_changed(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    office = await unit(client, county)
    staff = [await person(client, county, office, phone=f"1391234567{n}") for n in range(3)]
    former, present = (base64.b64decode(KEYS["encryption_key"]), b"n" * 32)
    cipher = FieldCipher(present, "k2", others={"k1": former})
    async with registry_database.transaction() as session:
        after, renewed = None, 0
        while True:
            after, count = await service.renew_contacts(session, cipher, after, 2)
            renewed += count
            if after is None:
                break
        assert renewed >= 3
        assert await service.contacts_sealed_with(session, "v1.aesgcm.k1.") == 0
        rows = await session.execute(text("SELECT id::text, contact FROM staff WHERE contact IS NOT NULL"))
        numbers = {row.id: cipher.decrypt(row.contact, f"staff|contact|{row.id}") for row in rows}
        assert [numbers[each] for each in staff] == [f"1391234567{n}" for n in range(3)]
        await session.rollback()
