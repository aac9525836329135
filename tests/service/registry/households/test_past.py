"""A household as the register knew it at an instant, what had happened by a day, and what each change made of it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from registry_world import OTHER_TOWN, household, member
from sqlalchemy import text

from servicekit import clock
from servicekit.db import Database

Headers = dict[str, str]
BORN = "19640404"


async def registered(client: httpx.AsyncClient, headers: Headers, sequence: int, **changes: Any) -> Any:
    body = household(f"99A000{sequence}", member(sequence, BORN), incomes=[], **changes)
    made = await client.post("/v1/households", json=body, headers=headers)
    assert made.status_code == 201, made.text
    return made.json()


async def read(client: httpx.AsyncClient, headers: Headers, home: str, status: int = 200, **params: Any) -> Any:
    answer = await client.get(f"/v1/households/{home}", params=params, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json()


@pytest.fixture(scope="module")
async def changed(client: httpx.AsyncClient, county: Headers) -> tuple[Any, Any, Any]:
    """A household, how it was before it changed, and how it is: another tenure, a wife, a wage, another number."""
    first = await registered(client, county, 31)
    place = f"/v1/households/{first['id']}"
    wife = member(32, "19650505", female=True, relation="spouse", name="李小红")
    body = {"housing_tenure": "rented_safe", "group_name": "5组", "members": [wife]}
    patched = await client.patch(place, json=body, headers=county | {"If-Match": '"v1"'})
    assert patched.status_code == 200, patched.text
    await client.put(f"{place}/incomes/2026", json={"wage": "9000.00", "as_of": "2026-10-20"}, headers=county)
    new = {"hh_no": "99A00931", "reason": "全国系统重新编号"}
    renumbered = await client.post(f"{place}/renumber", json=new, headers=county | {"If-Match": '"v3"'})
    assert renumbered.status_code == 200, renumbered.text
    (before,) = [version for version in await versions(client, county, first["id"]) if version["version"] == 1]
    return first, before, renumbered.json()


async def versions(client: httpx.AsyncClient, headers: Headers, home: str) -> list[Any]:
    return list((await client.get(f"/v1/households/{home}/history", headers=headers)).json()["items"])


async def test_it_is_shown_as_it_was_known_then_and_masked_the_same(
    client: httpx.AsyncClient, county: Headers, changed: tuple[Any, Any, Any]
) -> None:
    first, before, now = changed
    told = {"as_of", "occurred_by"}
    then = await read(client, county, first["id"], as_of=first["updated_at"])
    assert {name: then[name] for name in then if name not in told} == {
        name: first[name] for name in first if name not in told
    }, "word by word what was answered then"
    assert (then["as_now"], then["as_of"]) == ([], first["updated_at"])
    at_the_change = await read(client, county, first["id"], as_of=before["replaced_at"])
    assert (at_the_change["version"], len(at_the_change["members"])) == (2, 2)
    today = await read(client, county, first["id"], as_of=now["updated_at"])
    assert (today["hh_no"], today["version"], [income["net"] for income in today["incomes"]]) == (
        "99A00931", now["version"], ["9000.00"],
    )  # fmt: skip


async def test_an_instant_before_it_was_known_and_one_that_has_not_come_are_refused(
    client: httpx.AsyncClient, county: Headers, headers: Any
) -> None:
    home = (await registered(client, county, 34))["id"]
    early = await read(client, county, home, 404, as_of="2020-01-01T00:00:00Z")
    assert (early["code"], bool(early["known_since"])) == ("registry.household.not_known_yet", True)
    ahead = (clock.now() + timedelta(days=1)).isoformat()
    for params in ({"as_of": ahead}, {"occurred_by": (clock.today() + timedelta(days=1)).isoformat()}):
        problem = await read(client, county, home, 422, **params)
        assert problem["code"] == "registry.household.instant_ahead"
        assert [fault["pointer"] for fault in problem["errors"]] == [f"query:{name}" for name in params]
    await read(client, county, home, 422, as_of="2026-10-01T00:00:00")  # of no zone
    elsewhere = headers(areas=[OTHER_TOWN])
    assert (await read(client, elsewhere, home, 404, as_of="2020-01-01T00:00:00Z"))["code"] == (
        "registry.household.not_found"
    ), "to whoever may not see it it was never known"


async def test_of_a_day_it_has_the_members_and_incomes_of_that_day(client: httpx.AsyncClient, county: Headers) -> None:
    home = await registered(client, county, 36)
    place = f"/v1/households/{home['id']}"
    wife = member(37, "19650505", female=True, relation="spouse", name="李小红")
    body = {"occurred_on": "2026-09-15", "members": [wife], "hh_type": "1"}
    patched = (await client.patch(place, json=body, headers=county | {"If-Match": '"v1"'})).json()
    joined = next(each["id"] for each in patched["members"] if each["relation"] == "spouse")
    for wage, found_on in (("9000.00", "2026-10-20"), ("8000.00", "2026-10-25")):
        income = {"wage": wage, "as_of": found_on}
        assert (await client.put(f"{place}/incomes/2026", json=income, headers=county)).status_code == 200
    now = await read(client, county, home["id"])
    leaves = {"members": [{"id": joined, "left_on": "2026-11-01", "left_reason": "迁出"}]}
    left = await client.patch(place, json=leaves, headers=county | {"If-Match": f'"v{now["version"]}"'})
    assert left.status_code == 200, left.text

    async def on(day: str) -> tuple[int, list[str], list[str]]:
        then = await read(client, county, home["id"], occurred_by=day)
        return len(then["members"]), [income["net"] for income in then["incomes"]], then["of_later_days"]

    assert await on("2026-09-14") == (1, [], ["hh_type"])
    assert await on("2026-10-22") == (2, ["9000.00"], [])
    assert await on("2026-10-31") == (2, ["8000.00"], [])
    assert await on("2026-11-01") == (1, ["8000.00"], [])


async def test_history_says_field_by_field_what_each_change_made_of_it(
    client: httpx.AsyncClient, county: Headers, changed: tuple[Any, Any, Any]
) -> None:
    first, _, _ = changed
    renumbered, income, patched = await versions(client, county, first["id"])
    assert [(each["field"], each["before"], each["after"]) for each in renumbered["changes"]] == [
        ("hh_no", first["hh_no"], "99A00931")
    ]
    net = next(each for each in income["changes"] if each["field"] == "net")
    assert (net["before"], net["after"], net["year"]) == (None, "9000.00", 2026)
    by_field = {each["field"]: each for each in patched["changes"]}
    assert (by_field["group_name"]["before"], by_field["group_name"]["after"]) == ("3组", "5组")
    assert (by_field["member"]["before"], by_field["member"]["after"]) == (False, True)
    shown = json.dumps([renumbered, income, patched], ensure_ascii=False)
    assert not [
        name for name in ("990101", "139", "李", "张", "known") if name in shown.replace(first["area_code"], "")
    ]


async def test_what_an_earlier_release_did_not_keep_is_shown_as_it_is_now_and_named(
    client: httpx.AsyncClient, county: Headers, registry_database: Database
) -> None:
    first = await registered(client, county, 38)
    change = {"group_name": "5组"}
    await client.patch(f"/v1/households/{first['id']}", json=change, headers=county | {"If-Match": '"v1"'})
    forgotten = "CAST(snapshot AS jsonb) - 'group_name' - 'population' - 'known'"
    async with registry_database.transaction() as session:
        await session.execute(
            text(f"UPDATE household_history SET snapshot = CAST({forgotten} AS json) WHERE household_id = :id"),
            {"id": first["id"]},
        )
    then = await read(client, county, first["id"], as_of=first["updated_at"])
    assert (then["group_name"], then["as_now"], then["population"]) == ("5组", ["group_name"], 1)
