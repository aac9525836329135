"""What is shown of a person leaves at least 10,000 numbers, and no answer says for free which one is registered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from registry_world import clue_of, household, id_no, member, ndjson, rejects, send
from sqlalchemy import text

from contracts.fields import HOUSEHOLD, PERSON
from servicekit.db import Database
from servicekit.identity import check_digit

ENOUGH = 10_000
# Both show a person to whoever has a reason, which is recorded.
UNMASKING = {
    ("POST", "/v1/persons/{person_id}/unmask"),
    ("GET", "/v1/households/{household_id}/task"),
    ("GET", "/v1/unmaskings/{request_id}/persons"),
}
# Changes that answer with the household's own document, the one that GET gives.
GIVE_THE_HOUSEHOLD = {
    ("POST", f"/v1/{path}")
    for path in (
        "households/{household_id}/renumber", "households/{household_id}/merge", "households/{household_id}/split",
        "persons/{person_id}/correction", "persons/{person_id}/merge",
        "households/{household_id}/refused/{refused_id}/settle",
    )
}  # fmt: skip
# Codes of counties that were ever given out: what somebody knows of six digits that are hidden.
COUNTIES = 2_800


def numbers_left(shown: dict[str, Any], today: date) -> int:
    """Count the numbers that somebody with this document cannot tell apart; the county is always known."""
    return _numbers_left(shown["id_no"], shown["birth_date"], int(shown["sex"]), today)


@cache
def _numbers_left(mask: str, born: str, sex: int, today: date) -> int:
    year = int(born[:4])
    days = [date(year, 1, 1) + timedelta(day) for day in range(366)]
    found = 0
    for day in days:
        if day.year != year or day > today or not day.isoformat().startswith(born):
            continue
        for sequence in range(1000):
            if sequence % 2 != sex % 2:
                continue
            first_17 = f"990101{day:%Y%m%d}{sequence:03d}"
            number = first_17 + check_digit(first_17)
            found += all(sign in ("*", digit) for sign, digit in zip(mask[6:], number[6:], strict=True))
    return found * (COUNTIES if mask[:6] == "******" else 1)


def phones_left(mask: str) -> int:
    """Count the telephone numbers behind a mask; of a landline the area code is known."""
    hidden = mask.count("*")
    return 10 ** (hidden - 4 if hidden == len(mask) and hidden > 11 else hidden)


def persons_in(document: Any) -> Iterator[dict[str, Any]]:
    """Give every object of an answer that has something of a number in it."""
    if isinstance(document, list):
        for each in document:
            yield from persons_in(each)
    elif isinstance(document, dict):
        if "id_no" in document:
            yield document
        for each in document.values():
            yield from persons_in(each)


@pytest.fixture
async def family(client: httpx.AsyncClient, county: dict[str, str]) -> dict[str, Any]:
    """Somebody of each kind of birth date: old, young, of this year's first days."""
    today = datetime.now(UTC).date()
    members = [
        member(171, "19480229"),
        member(172, "20111231", relation="child", labour="5"),
        member(173, f"{today.year}0101", relation="child", labour="5"),
    ]
    body = household("99H0000700", *members, phone="0838-1234567")
    found = await client.get("/v1/households", params={"hh_no": "99H0000700"}, headers=county)
    if not found.json()["items"]:
        answer = await client.post("/v1/households", json=body, headers=county)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())
    return dict((await client.get(f"/v1/households/{found.json()['items'][0]['id']}", headers=county)).json())


def routes_that_show_numbers(app: FastAPI) -> set[tuple[str, str]]:
    """Give the routes whose answers have a member `id_no` or `phone`, from the API's own page."""
    page = app.openapi()
    schemas = page["components"]["schemas"]

    def has_number(schema: Any, seen: frozenset[str]) -> bool:
        if isinstance(schema, list):
            return any(has_number(each, seen) for each in schema)
        if not isinstance(schema, dict):
            return False
        name = str(schema.get("$ref", "")).rpartition("/")[2]
        if name and name not in seen:
            return has_number(schemas[name], seen | {name})
        return bool({"id_no", "phone"} & schema.get("properties", {}).keys()) or has_number([*schema.values()], seen)

    return {
        (method.upper(), path)
        for path, methods in page["paths"].items()
        for method, operation in methods.items()
        for status, answer in operation["responses"].items()
        if status.startswith("2") and has_number(answer, frozenset())
    }


async def continuing(client: httpx.AsyncClient, county: dict[str, str]) -> dict[tuple[str, str], httpx.Response]:
    """Give an answer of each route that changes an identity."""
    homes = [
        (await client.post("/v1/households", json=household(f"99H000072{place}", *people), headers=county)).json()
        for place, people in enumerate(
            (
                (member(181), member(182, "20100101", relation="child"), member(183, "20100102", relation="child")),
                (member(184),),
            )
        )
    ]
    home, other = homes
    head, child, same = (item["id"] for item in home["members"])
    reason = {"reason": "核对户口簿"}
    routes = (
        ("/v1/persons/{person_id}/correction", f"/v1/persons/{head}/correction", {"name": "张大明"}),
        ("/v1/persons/{person_id}/merge", f"/v1/persons/{same}/merge", {"into": child}),
        ("/v1/households/{household_id}/renumber", f"/v1/households/{home['id']}/renumber", {"hh_no": "99H0000729"}),
        (
            "/v1/households/{household_id}/split",
            f"/v1/households/{home['id']}/split",
            {"hh_no": "99H0000728", "members": [{"id": child, "relation": "head"}]},
        ),
        (
            "/v1/households/{household_id}/merge",
            f"/v1/households/{home['id']}/merge",
            {"into": other["id"], "relations": [{"id": head, "relation": "parent"}]},
        ),
    )
    answers = {}
    for route, path, body in routes:
        answers["POST", route] = await client.post(path, json=reason | body, headers=county | {"If-Match": "*"})
    return answers


async def test_every_answer_leaves_ten_thousand_numbers(
    client: httpx.AsyncClient,
    county: dict[str, str],
    family: dict[str, Any],
    app: FastAPI,
) -> None:
    """One case a route; a route that begins to show numbers and has none fails."""
    url = f"/v1/households/{family['id']}"
    sent = county | {"If-Match": f'"v{family["version"]}"'}
    answers = {
        ("GET", "/v1/households"): await client.get("/v1/households", params={"hh_no": "99H0000700"}, headers=county),
        ("GET", "/v1/households/changes"): await client.get("/v1/households/changes", headers=county),
        ("GET", "/v1/households/{household_id}"): await client.get(url, headers=county),
        ("PATCH", "/v1/households/{household_id}"): await client.patch(url, json={"group_name": "二"}, headers=sent),
        ("POST", "/v1/households"): await client.post(
            "/v1/households", json=household("99H0000710", member(174), phone="13912345678"), headers=county
        ),
        ("POST", "/v1/persons/search"): await client.post(
            "/v1/persons/search", json={"id_no": id_no(171, "19480229")}, headers=county
        ),
    }
    answers |= await continuing(client, county)
    assert routes_that_show_numbers(app) == {*answers} | UNMASKING | GIVE_THE_HOUSEHOLD
    today = datetime.now(UTC).date()
    for route, answer in answers.items():
        assert answer.status_code in (200, 201), answer.text
        people = list(persons_in(answer.json()))
        assert people, route
        for shown in people:
            assert numbers_left(shown, max(today, date(int(shown["birth_date"][:4]), 1, 5))) >= ENOUGH, (route, shown)
        for home in answer.json().get("items", [answer.json()]):
            if home.get("phone"):
                assert phones_left(home["phone"]) >= ENOUGH, (route, home["phone"])


def test_changes_of_identity_answer_with_the_households_document(app: FastAPI) -> None:
    page = app.openapi()
    for method, path in GIVE_THE_HOUSEHOLD:
        operation = page["paths"][path][method.lower()]
        (answer,) = [each for status, each in operation["responses"].items() if status.startswith("2")]
        shown = answer["content"]["application/json"]["schema"]["$ref"]
        get = page["paths"]["/v1/households/{household_id}"]["get"]["responses"]["200"]
        assert shown == get["content"]["application/json"]["schema"]["$ref"]


async def test_no_other_answer_has_the_day_of_birth(
    client: httpx.AsyncClient, county: dict[str, str], family: dict[str, Any]
) -> None:
    """The history is kept whole and shown coarse."""
    history = (await client.get(f"/v1/households/{family['id']}/history", headers=county)).json()
    assert "1948" in str(history)
    assert "1948-02-29" not in str(history)


def test_every_sealed_field_and_the_day_of_birth_need_an_unmasking() -> None:
    assert {field.name for field in (*PERSON, *HOUSEHOLD) if field.is_coarse} == {"birth_date"}
    assert {field.name for field in (*PERSON, *HOUSEHOLD) if field.kept == "masked"} == {"name", "id_no", "phone"}


async def test_an_unmasking_shows_the_day_of_birth(
    client: httpx.AsyncClient, county: dict[str, str], family: dict[str, Any], registry_database: Database
) -> None:
    body = {"purpose_code": "verification", "case_id": await clue_of(registry_database, family["id"])}
    answer = await client.post(f"/v1/persons/{family['members'][0]['id']}/unmask", json=body, headers=county)
    assert answer.json()["birth_date"] == "1948-02-29"


async def test_a_guess_of_the_day_of_birth_gets_the_same_answer_right_or_wrong(
    client: httpx.AsyncClient, county: dict[str, str], family: dict[str, Any]
) -> None:
    url = f"/v1/households/{family['id']}"
    now = (await client.get(url, headers=county)).json()
    for guess in ({"birth_date": "1948-02-29"}, {"birth_date": "1948-03-01"}, {"id_no": id_no(171, "19480229")}):
        body = {"members": [{"id": family["members"][0]["id"], **guess}]}
        refused = await client.patch(url, json=body, headers=county | {"If-Match": f'"v{now["version"]}"'})
        assert refused.status_code == 422
        assert [error["code"] for error in refused.json()["errors"]] == ["birth_date.alone"]


async def test_a_refused_household_does_not_say_which_member_is_registered(
    client: httpx.AsyncClient, county: dict[str, str], family: dict[str, Any]
) -> None:
    """Candidates of a number, all in one household that is refused: nothing is written, and nothing is learned."""
    known = member(171, "19480229", person_no="99P7999")
    strangers = [member(180 + each, "19480301", relation="other", person_no=f"99P79{each:02d}") for each in range(9)]
    for place in (0, 4, 9):
        people = [dict(each, relation="other") for each in [*strangers[:place], known, *strangers[place:]]]
        people[0]["relation"] = "head"
        receipt = (await send(client, ndjson(household("99H0000799", *people)), county)).json()
        assert receipt["reject_codes"] == {"members.in_other_household": 1}
        (reject,) = await rejects(client, receipt["import_id"], county)
        assert (reject["field"], reject["person_no"]) == ("/members", None)


async def test_a_household_that_is_refused_anyhow_does_not_say_whether_a_member_is_registered(
    client: httpx.AsyncClient, county: dict[str, str], family: dict[str, Any]
) -> None:
    """A number of another household's person refuses the line for sure: what else is in it stays untold."""
    await client.post("/v1/households", json=household("99H0000720", member(175, person_no="99P0721")), headers=county)
    told = []
    for candidate in (member(171, "19480229", person_no=None), member(177, "19480229", person_no=None)):
        blocker = member(176, person_no="99P0721", relation="head")
        line = household("99H0000798", blocker, dict(candidate, relation="other"))
        receipt = (await send(client, ndjson(line), county)).json()
        told.append([(r["field"], r["code"]) for r in await rejects(client, receipt["import_id"], county)])
    assert told[0] == told[1]
    assert told[0][0][1] == "person_no.in_other_household"


async def test_meetings_with_registered_persons_are_limited_and_recorded(
    client: httpx.AsyncClient, headers: Any, family: dict[str, Any], registry_database: Database, app: FastAPI
) -> None:
    """Whatever the door, a client is told so many times a day that somebody is registered, and then nothing at all."""
    prober = headers(client_id="prober")
    known = member(171, "19480229", person_no="99P7901")
    before, app.state.settings.matches_per_day = app.state.settings.matches_per_day, 3
    try:
        receipt = (await send(client, ndjson(household("99H0000797", known)), prober)).json()
        assert receipt["reject_codes"] == {"members.in_other_household": 1}
        refused = await client.post("/v1/households", json=household("99H0000797", known), headers=prober)
        assert (refused.status_code, refused.json()["code"]) == (409, "registry.person.in_other_household")
        url = f"/v1/households/{family['id']}"
        version = (await client.get(url, headers=prober)).json()["version"]
        other = member(174, person_no="99P7902", relation="other")
        patch = {"members": [{k: v for k, v in other.items() if v is not None}]}
        refused = await client.patch(url, json=patch, headers=prober | {"If-Match": f'"v{version}"'})
        assert (refused.status_code, refused.json()["code"]) == (409, "registry.person.in_other_household")
        for body in (household("99H0000797", known), household("99H0000796", member(178))):
            refused = await client.post("/v1/households", json=body, headers=prober)
            assert (refused.status_code, refused.json()["code"]) == (429, "registry.person.match_limit")
            receipt = (await send(client, ndjson(body), prober)).json()
            assert (receipt["state"], receipt["problem"]["code"]) == ("failed", "registry.person.match_limit")
    finally:
        app.state.settings.matches_per_day = before
    async with registry_database.transaction() as session:
        kept = await session.execute(
            text("SELECT via, matches, cardinality(persons) FROM identity_match WHERE client_id = 'prober' ORDER BY id")
        )
        assert [tuple(row) for row in kept][:3] == [("import", 1, 1), ("register", 1, 0), ("patch", 1, 0)]


async def test_a_file_with_too_many_registered_persons_fails_whole(
    client: httpx.AsyncClient, headers: Any, family: dict[str, Any], app: FastAPI
) -> None:
    prober = headers(client_id="prober-of-many")
    lines = [household(f"99H000079{each}", member(171, "19480229", person_no=f"99P80{each}")) for each in range(2)]
    lines[1]["members"] = [dict(member(172, "20111231", person_no="99P803"), relation="head")]
    before, app.state.settings.matches_per_day = app.state.settings.matches_per_day, 1
    try:
        receipt = (await send(client, ndjson(*lines), prober)).json()
        assert (receipt["state"], receipt["problem"]["code"]) == ("failed", "registry.person.match_limit")
        assert await rejects(client, receipt["import_id"], prober) == []
        receipt = (await send(client, ndjson(household("99H0000795", member(179))), prober)).json()
        assert receipt["problem"]["code"] == "registry.person.match_limit", "a whole file that failed counts too"
    finally:
        app.state.settings.matches_per_day = before


async def test_a_mask_of_an_earlier_release_is_shown_as_masks_are_made_now(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database, family: dict[str, Any]
) -> None:
    """It showed the last two characters, and four digits of a landline; no upgrade has to touch every person."""
    number = id_no(171, "19480229")
    async with registry_database.transaction() as session:
        old = {"mask": f"{number[:6]}**********{number[-2:]}", "id": family["members"][0]["id"], "home": family["id"]}
        await session.execute(text("UPDATE person SET id_no_masked = :mask WHERE id = CAST(:id AS uuid)"), old)
        await session.execute(text("UPDATE household SET phone_masked = '083****4567' WHERE id = :home"), old)
    one = await client.get(f"/v1/households/{family['id']}", headers=county)
    listed = await client.get("/v1/households", params={"hh_no": family["hh_no"]}, headers=county)
    found = await client.post("/v1/persons/search", json={"id_no": number}, headers=county)
    for document in (one.json(), listed.json(), found.json()):
        shown = [person["id_no"] for person in persons_in(document) if person["id"] == family["members"][0]["id"]]
        assert shown == [number[:6] + "*" * 12]
    assert one.json()["phone"] == "*" * 11
