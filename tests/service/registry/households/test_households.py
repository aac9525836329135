"""Households and persons through the API: masked lists, search, unmasking, changes with If-Match."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx
from registry_world import (
    OTHER_TOWN,
    OTHER_VILLAGE,
    TOWN,
    clue_of,
    household,
    household_id,
    id_no,
    member,
    ndjson,
    outbox,
    send,
)
from sqlalchemy import text

from servicekit.db import Database


async def create(client: httpx.AsyncClient, headers: dict[str, str], body: dict[str, Any], **more: str) -> Any:
    return await client.post("/v1/households", json=body, headers=headers | more)


async def test_a_created_household_is_masked_and_announced_once_whatever_is_repeated(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    key = {"Idempotency-Key": "create-1"}
    first = await create(client, county, household("99H0000001", member(1)), **key)
    assert first.status_code == 201, first.text
    assert first.headers["location"] == f"/v1/households/{first.json()['id']}"
    assert first.headers["etag"] == '"v1"'
    again = await create(client, county, household("99H0000001", member(1)), **key)
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["idempotent-replayed"] == "true"
    assert len(await outbox(registry_database, "registry.household.v1", first.json()["id"])) == 1
    taken = await create(client, county, household("99H0000001", member(2)))
    assert (taken.status_code, taken.json()["code"]) == (409, "registry.household.exists")


async def test_creation_names_everything_that_is_wrong(client: httpx.AsyncClient, county: dict[str, str]) -> None:
    response = await create(client, county, {"hh_no": "x", "village_code": "1", "members": [{"name": "张"}]})
    assert response.status_code == 422
    pointers = {error["pointer"] for error in response.json()["errors"]}
    assert {"/village_code", "/hh_type", "/members/0/birth_date", "/members/0/relation"} <= pointers
    wrong = household("99H0000003", member(3, relation="child"), village_code="990101101999")
    response = await create(client, county, wrong)
    assert (response.status_code, response.json()["code"]) == (422, "registry.household.invalid")
    assert "household.no_head" in {error["code"] for error in response.json()["errors"]}
    await create(client, county, household("99H0000004", member(4)))
    response = await create(client, county, household("99H0000005", member(4, person_no="99P5")))
    assert (response.status_code, response.json()["code"]) == (409, "registry.person.in_other_household")
    assert id_no(4) not in response.text


async def test_a_caller_sees_its_own_subtree_only(
    client: httpx.AsyncClient, county: dict[str, str], headers: Any
) -> None:
    await create(client, county, household("99H0000011", member(11)))
    await create(client, county, household("99H0000012", member(12), village_code=OTHER_VILLAGE))
    own = await household_id(client, "99H0000011", county)
    stranger = headers(areas=[OTHER_TOWN])
    listed = (await client.get("/v1/households", headers=stranger)).json()["items"]
    assert {item["area_code"] for item in listed} == {OTHER_VILLAGE}
    for response in (
        await client.get("/v1/households", params={"area": TOWN}, headers=stranger),
        await client.get(f"/v1/households/{own}", headers=stranger),
        await client.get(f"/v1/households/{own}/history", headers=stranger),
        await client.get(f"/v1/households/{uuid4()}", headers=county),
        await client.patch(f"/v1/households/{own}", json={"group_name": "x"}, headers=stranger | {"If-Match": "*"}),
        await client.put(f"/v1/households/{own}/incomes/2026", json={"wage": "1"}, headers=stranger),
        await create(client, stranger, household("99H0000013", member(13))),
    ):
        assert response.status_code == 404, response.text
    found = await client.post("/v1/persons/search", json={"id_no": id_no(11)}, headers=stranger)
    assert found.json()["items"] == []
    assert (await client.get("/v1/households", headers=headers(areas=[]))).json()["items"] == []


async def test_the_list_is_paged_by_key_without_gap_or_repetition(
    client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    bodies = [household(f"99H000010{n}", member(100 + n)) for n in range(7)]
    await send(client, ndjson(*bodies), county)
    seen: list[str] = []
    cursor: str | None = None
    while True:
        params = {"area": TOWN, "limit": "3"} | ({"cursor": cursor} if cursor else {})
        page = (await client.get("/v1/households", params=params, headers=county)).json()
        assert len(page["items"]) <= 3
        seen += [item["hh_no"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen))
    assert {body["hh_no"] for body in bodies} <= set(seen)
    for bad in ("rubbish", "W10", "WyIxIiwgIngiXQ"):
        response = await client.get("/v1/households", params={"cursor": bad}, headers=county)
        assert response.status_code == 422, bad


async def test_a_person_is_found_by_any_form_of_the_number(client: httpx.AsyncClient, county: dict[str, str]) -> None:
    await create(client, county, household("99H0000201", member(201, id_no=id_no(201) + "41")))
    for written in (id_no(201), id_no(201).lower(), f" {id_no(201)[:6]} {id_no(201)[6:]}", id_no(201) + "41"):
        found = (await client.post("/v1/persons/search", json={"id_no": written}, headers=county)).json()["items"]
        assert [item["hh_no"] for item in found] == ["99H0000201"], written
    wrong = await client.post("/v1/persons/search", json={"id_no": "990101198001010019"}, headers=county)
    assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (422, "id_no.checksum")
    assert "990101198001010019" not in wrong.text


async def test_unmasking_needs_a_purpose_and_a_case_and_is_recorded_and_limited(
    client: httpx.AsyncClient, county: dict[str, str], headers: Any, registry_database: Database
) -> None:
    created = (await create(client, county, household("99H0000301", member(301)))).json()
    person = created["members"][0]["id"]
    url = f"/v1/persons/{person}/unmask"
    caller = headers(client_id="case-worker")
    clue = await clue_of(registry_database, created["id"])
    body = {"purpose_code": "verification", "case_id": clue}
    assert (await client.post(url, json=body | {"purpose_code": "curious"}, headers=caller)).status_code == 422
    stranger = headers(areas=[OTHER_TOWN], client_id="case-worker")
    assert (await client.post(url, json=body, headers=stranger)).status_code == 404
    shown = await client.post(url, json=body, headers=caller)
    assert shown.headers["cache-control"] == "no-store"
    answer = shown.json()
    assert (answer["name"], answer["id_no"], answer["phone"]) == ("张伟明", id_no(301), "13912345678")
    for _ in range(2):
        assert (await client.post(url, json=body, headers=caller)).status_code == 200
    limited = await client.post(url, json=body, headers=caller)
    assert (limited.status_code, limited.headers["retry-after"]) == (429, "60")
    async with registry_database.transaction() as session:
        rows = (
            await session.execute(
                text("SELECT purpose_code, case_id, fields FROM unmasking WHERE client_id = 'case-worker'")
            )
        ).all()
    assert len(rows) == 3
    assert rows[0][:2] == ("verification", clue)


async def test_an_unmasking_is_for_a_clue_or_an_episode_of_the_household(
    client: httpx.AsyncClient, county: dict[str, str], headers: Any, registry_database: Database
) -> None:
    home = (await create(client, county, household("99H0000302", member(302)))).json()
    neighbour = (await create(client, county, household("99H0000303", member(303)))).json()
    url = f"/v1/persons/{home['members'][0]['id']}/unmask"
    caller = headers(client_id="case-asker")

    async def asked(case: Any) -> tuple[int, list[Any]]:
        answer = await client.post(url, json={"purpose_code": "audit", "case_id": case}, headers=caller)
        told = answer.json()
        return answer.status_code, [told.get("code"), *(error["pointer"] for error in told.get("errors", []))]

    for no_id in ("abc", "C-1", "", 7, None, home["hh_no"]):
        assert await asked(no_id) == (422, ["invalid_input", "/case_id"]), no_id
    for other in (str(uuid4()), home["id"], await clue_of(registry_database, neighbour["id"])):
        assert await asked(other) == (422, ["registry.person.case_unknown"]), other
    async with registry_database.transaction() as session:
        episode = str(uuid4())
        await session.execute(
            text(
                "INSERT INTO episode (id, household_id, origin, state, risk_types, found_on, created_at, updated_at)"
                " VALUES (CAST(:id AS uuid), CAST(:home AS uuid), 'clue', 'ASSISTING', '{01}', '2026-10-01', now(),"
                " now())"
            ),
            {"id": episode, "home": home["id"]},
        )
        recorded = await session.execute(text("SELECT count(*) FROM unmasking WHERE client_id = 'case-asker'"))
        assert recorded.scalar_one() == 0
    for own in (episode, await clue_of(registry_database, home["id"])):
        assert (await asked(own.upper()))[0] == 200, own


async def test_nothing_personal_is_stored_in_clear(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    """AES-256-GCM for identities, keyed hashes for search: a copy of the tables shows nobody."""
    created = (await create(client, county, household("99H0000311", member(311, name="欧阳无名")))).json()
    async with registry_database.transaction() as session:
        for table in ("household", "person", "household_history", "outbox"):
            rows = await session.execute(text(f"SELECT t::text FROM {table} t"))
            for row in rows.scalars():
                assert id_no(311) not in row
                assert "欧阳无名" not in row
                assert "13912345678" not in row
        stored = await session.execute(
            text("SELECT identity FROM person WHERE household_id = CAST(:id AS uuid)"), {"id": created["id"]}
        )
        assert str(stored.scalar_one()).startswith("v1.aesgcm.")


async def test_a_change_needs_the_version_that_was_read(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    created = (
        await create(client, county, household("99H0000401", member(401), member(402, relation="sibling")))
    ).json()
    url = f"/v1/households/{created['id']}"
    assert (await client.patch(url, json={"housing_tenure": "none"}, headers=county)).status_code == 428
    changed = await client.patch(url, json={"housing_tenure": "none"}, headers=county | {"If-Match": '"v1"'})
    assert changed.status_code == 200, changed.text
    assert (changed.headers["etag"], changed.json()["housing_tenure"]) == ('"v2"', "none")
    late = await client.patch(url, json={"housing_tenure": "owned"}, headers=county | {"If-Match": '"v1"'})
    assert (late.status_code, late.json()["current_etag"]) == (412, '"v2"')
    assert [event["version"] for event in await outbox(registry_database, "registry.household.v1", created["id"])] == [
        1,
        2,
    ]


async def test_members_change_leave_and_join(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    """F-A34."""
    created = (
        await create(client, county, household("99H0000411", member(411), member(412, relation="sibling")))
    ).json()
    head, sibling = created["members"]
    url, sent = f"/v1/households/{created['id']}", county | {"If-Match": "*"}
    body = {
        "members": [
            {"id": head["id"], "labour": "3", "health": ["chronic"]},
            {"id": sibling["id"], "left_on": "2026-11-01", "left_reason": "婚出"},
            {k: v for k, v in member(413, "20200101", relation="child", labour="5").items() if v is not None},
        ]
    }
    changed = (await client.patch(url, json=body, headers=sent)).json()
    assert [(item["labour"], item["health"]) for item in changed["members"]] == [("3", ["chronic"]), ("5", ["healthy"])]
    assert changed["population"] == 2
    snapshot = (await outbox(registry_database, "registry.household.v1", created["id"]))[-1]
    assert [item["labour"] for item in snapshot["members"]] == ["3", "5"]
    again = await create(client, county, household("99H0000412", member(412)))
    assert again.status_code == 201, "who left may be registered elsewhere"
    for bad, code in (
        ({"members": [{"id": head["id"], "left_on": "2026-11-02"}]}, "household.no_head"),
        ({"members": [{"id": head["id"], "sex": "2"}]}, "sex.mismatch"),
        ({"members": [{"id": sibling["id"], "labour": "1"}]}, "person.unknown"),
        ({"members": [{"name": "王五"}]}, "missing"),
        ({"village_code": "990101101998"}, "village_code.unknown"),
    ):
        response = await client.patch(url, json=bad, headers=sent)
        assert response.status_code == 422, response.text
        assert code in {error["code"] for error in response.json()["errors"]}
    taken = {"members": [{k: v for k, v in member(412, relation="sibling", person_no="9X").items() if v is not None}]}
    response = await client.patch(url, json=taken, headers=sent)
    assert (response.status_code, response.json()["code"]) == (409, "registry.person.in_other_household")
    after = (await client.get(url, headers=county)).json()
    assert after["version"] == changed["version"], "what was refused left no trace"


async def test_an_ended_household_frees_its_members_and_takes_no_more_changes(
    client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    created = (await create(client, county, household("99H0000421", member(421)))).json()
    url, sent = f"/v1/households/{created['id']}", county | {"If-Match": "*"}
    ended = (await client.patch(url, json={"status": "ended"}, headers=sent)).json()
    assert (ended["status"], ended["members"]) == ("ended", [])
    assert (await client.patch(url, json={"group_name": "1组"}, headers=sent)).status_code == 409
    assert (await client.put(f"{url}/incomes/2026", json={"wage": "1"}, headers=county)).status_code == 409
    assert (await create(client, county, household("99H0000422", member(421)))).status_code == 201
    receipt = (await send(client, ndjson(household("99H0000421", member(423))), county)).json()
    assert receipt["reject_codes"] == {"household.ended": 1}


async def test_incomes_are_versioned_and_follow_the_formula(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    """Domain rule 2.3, F-A42."""
    created = (
        await create(client, county, household("99H0000431", member(431), member(432, relation="sibling")))
    ).json()
    url = f"/v1/households/{created['id']}/incomes"
    body = {
        "wage": "10000.01",
        "business": "500",
        "property": "0",
        "transfer": "0",
        "business_cost": "100",
        "insurance_payout": "50",
        "self_paid": "2000",
    }
    put = await client.put(f"{url}/2026", json=body, headers=county)
    recorded = put.json()
    assert (recorded["version"], recorded["net"]) == (2, "10400.01")
    assert (recorded["per_capita_net"], recorded["ref_per_capita"]) == ("5200.01", "4225.01")
    assert (await client.put(f"{url}/2026", json=body, headers=county)).json()["version"] == 2
    history = (await client.get(url, headers=county)).json()["items"]
    assert [(item["version"], item["superseded_at"] is None) for item in history] == [(2, True), (1, False)]
    snapshot = (await outbox(registry_database, "registry.household.v1", created["id"]))[-1]
    assert (snapshot["version"], snapshot["incomes"][0]["net"]) == (2, "10400.01")
    for wrong in ({"wage": "-1"}, {"wage": "1.001"}, {"salary": "1"}):
        assert (await client.put(f"{url}/2026", json=wrong, headers=county)).status_code == 422
    assert (await client.put(f"{url}/2090", json=body, headers=county)).status_code == 422


ZERO = dict.fromkeys(
    ("wage", "business", "property", "transfer", "business_cost", "insurance_payout", "self_paid"), Decimal(0)
)


async def test_the_income_formula(client: httpx.AsyncClient, county: dict[str, str]) -> None:
    """Domain rule 2.3: rounded half up to the cent, and never -0.00."""
    urls: dict[int, str] = {}
    for population in range(1, 5):
        people = [member(433 + population, f"19{60 + place}0101", relation="child") for place in range(population)]
        people[0]["relation"] = "head"
        created = await create(client, county, household(f"99H000047{population}", *people))
        urls[population] = f"/v1/households/{created.json()['id']}/incomes/2026"

    async def results(population: int, amounts: dict[str, Decimal]) -> list[str]:
        body = {name: str(amount) for name, amount in amounts.items()}
        answer = (await client.put(urls[population], json=body, headers=county)).json()
        return [answer[name] for name in ("net", "per_capita_net", "ref_per_capita")]

    for values, population, expected in (
        ("30000 1000 0 500.50 200.25 0 1000", 2, ["31300.25", "15650.13", "15150.13"]),
        ("0 0 0 0 0 0 0", 1, ["0.00", "0.00", "0.00"]),
        ("100 0 0 0 0 0 0", 3, ["100.00", "33.33", "33.33"]),
        ("0 100 0 0 300 50 0", 1, ["-200.00", "-200.00", "-150.00"]),
        ("0.01 0 0 0 0 0 0", 2, ["0.01", "0.01", "0.01"]),  # half a cent rounds up
        ("0 0 0 0 0.01 0 0", 3, ["-0.01", "0.00", "0.00"]),
    ):
        amounts = dict(zip(ZERO, map(Decimal, values.split()), strict=True))
        assert await results(population, amounts) == expected
    chance = random.Random(20)
    for _ in range(40):
        drawn = {name: Decimal(chance.randrange(10**9)) / 100 for name in ZERO}
        net, per_capita, reference = map(Decimal, await results(population := chance.randint(1, 4), drawn))
        assert net == sum(drawn[name] for name in ("wage", "business", "property", "transfer")) - drawn["business_cost"]
        difference = (reference - per_capita) * population - (drawn["insurance_payout"] - drawn["self_paid"])
        assert abs(difference) <= Decimal("0.01") * population


async def test_statuses_are_versioned(client: httpx.AsyncClient, county: dict[str, str]) -> None:
    """F-A12."""
    created = (await create(client, county, household("99H0000441", member(441)))).json()
    url = f"/v1/households/{created['id']}/statuses"
    first = {"statuses": {kind: {"is_safe": True, "checked_on": "2026-11-01"} for kind in ("housing", "water")}}
    await client.put(url, json=first, headers=county)
    second = {"statuses": {"housing": {"is_safe": False, "checked_on": "2026-11-10", "note": "D级"}}}
    shown = (await client.put(url, json=second, headers=county)).json()
    assert {kind: status["is_safe"] for kind, status in shown["current"].items()} == {"housing": False, "water": True}
    assert len(shown["history"]) == 3
    assert json.dumps(shown) == json.dumps((await client.get(url, headers=county)).json())
    unknown = {"statuses": {"roof": {"is_safe": True, "checked_on": "2026-11-01"}}}
    assert (await client.put(url, json=unknown, headers=county)).status_code == 422
    future = {"statuses": {"water": {"is_safe": True, "checked_on": "2099-01-01"}}}
    assert (await client.put(url, json=future, headers=county)).status_code == 422


async def test_the_import_template_is_a_table_with_chinese_titles(
    client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    template = await client.get("/v1/imports/template", headers=county)
    assert template.status_code == 200, template.text
    assert template.headers["content-type"].startswith("text/csv")
    titles = template.content.decode("utf-8-sig").splitlines()[1].split(",")
    assert {"户编号*", "行政村代码*", "姓名*", "性别", "联系电话"} <= set(titles)
