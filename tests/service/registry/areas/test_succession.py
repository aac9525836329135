"""A village that is merged, split, renumbered or closed takes its households along, and its event says where."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
from registry_world import (
    COUNTY,
    OTHER_TOWN,
    OTHER_VILLAGE,
    TOWN,
    VILLAGE,
    household,
    member,
    outbox,
    send,
)
from roster_case import appoint, person, unit

from registry.areas import succession
from servicekit import clock
from servicekit.db import Database

HEAD = "code,name,parent_code,valid_from,valid_to,successor_code\n"


async def add(client: httpx.AsyncClient, headers: dict[str, str], *rows: str) -> Any:
    """Import areas."""
    done = await send(client, (HEAD + "\n".join(rows)).encode(), headers, kind="text/csv", path="/v1/areas/import")
    return done.json()


async def settle(client: httpx.AsyncClient, headers: dict[str, str], sequence: int, village: str) -> str:
    """Register a household in a village; give its id."""
    body = household(f"99H0000{sequence}", member(sequence), village_code=village)
    made = await client.post("/v1/households", json=body, headers=headers)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def village_of(client: httpx.AsyncClient, headers: dict[str, str], household_id: str) -> str:
    """Give where a household lives."""
    return str((await client.get(f"/v1/households/{household_id}", headers=headers)).json()["area_code"])


async def test_a_merged_village_takes_its_households_along_and_is_closed(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    old, new = "990101101211", "990101101212"
    await add(client, county, f"{old},旧村,{TOWN},2020-01-01,,", f"{new},新村,{TOWN},2020-01-01,,")
    homes = [await settle(client, county, sequence, old) for sequence in (101, 102)]
    body = {
        "effective_on": clock.today().isoformat(),
        "source_document": "某县民政〔2026〕12号",
        "moves": [{"from_code": old, "to_code": new}],
        "closes": [old],
    }
    made = await client.post("/v1/area-changes", json=body, headers=county)
    assert made.status_code == 201, made.text
    assert [(item["to_code"], item["households"]) for item in made.json()["items"]] == [(new, 2), (None, None)]
    for home in homes:
        assert await village_of(client, county, home) == new
        assert (await outbox(registry_database, "registry.household.v1", home))[-1]["area_code"] == new
    told = (await outbox(registry_database, "registry.area.v1", old))[-1]
    assert (told["successors"], told["valid_to"] is None) == ([new], False)
    history = (await client.get(f"/v1/households/{homes[0]}/history", headers=county)).json()["items"]
    assert [(item["cause"], item["snapshot"]["area_code"]) for item in history] == [("area", old)]
    listed = (await client.get("/v1/area-changes", headers=county)).json()["items"]
    assert {item["from_code"] for item in listed} == {old}


async def test_a_village_that_is_split_lets_some_go(client: httpx.AsyncClient, county: dict[str, str]) -> None:
    old, new = "990101101221", "990101101222"
    await add(client, county, f"{old},大村,{TOWN},2020-01-01,,", f"{new},小村,{TOWN},2020-01-01,,")
    stays, goes = [await settle(client, county, sequence, old) for sequence in (111, 112)]
    body: dict[str, Any] = {
        "effective_on": clock.today().isoformat(),
        "source_document": "分村",
        "moves": [{"from_code": old, "to_code": new, "household_ids": [goes]}],
    }
    await client.post("/v1/area-changes", json=body, headers=county)
    assert (await village_of(client, county, stays), await village_of(client, county, goes)) == (old, new)
    closing = body | {"moves": [], "closes": [old]}
    refused = await client.post("/v1/area-changes", json=closing, headers=county)
    assert (refused.status_code, refused.json()["code"]) == (409, "registry.area.not_empty")


async def test_a_township_with_another_code_takes_its_villages_along(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    old, new = "990101103000", "990101104000"
    rows = [f"{code},镇,{COUNTY},2020-01-01,," for code in (old, new)]
    rows += [f"{town[:9]}{village},村,{town},2020-01-01,," for town in (old, new) for village in ("201", "202")]
    await add(client, county, *rows)
    home = await settle(client, county, 121, "990101103202")
    body = {
        "effective_on": clock.today().isoformat(),
        "source_document": "乡镇代码变更",
        "moves": [{"from_code": old, "to_code": new}],
        "closes": ["990101103201", "990101103202", old],
    }
    made = await client.post("/v1/area-changes", json=body, headers=county)
    assert made.status_code == 201, made.text
    assert await village_of(client, county, home) == "990101104202"
    assert (await outbox(registry_database, "registry.area.v1", old))[-1]["successors"] == [new]


async def test_a_change_of_a_day_to_come_waits_for_it(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database, move_clock: Any
) -> None:
    move_clock(0)
    old, new = "990101101231", "990101101232"
    await add(client, county, f"{old},旧村,{TOWN},2020-01-01,,", f"{new},新村,{TOWN},2020-01-01,,")
    home = await settle(client, county, 131, old)
    body = {
        "effective_on": (clock.today() + timedelta(days=2)).isoformat(),
        "source_document": "合并",
        "moves": [{"from_code": old, "to_code": new}],
    }
    await client.post("/v1/area-changes", json=body, headers=county)
    for days, village, moved in ((1, old, 0), (2, new, 1), (3, new, 0)):
        move_clock(days * 86_400)
        async with registry_database.transaction() as session:
            assert await succession.apply_due(session) == moved
        assert await village_of(client, county, home) == village


async def test_a_list_of_areas_names_successors_and_tells_of_households_left_behind(
    client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    old, other, new = "990101101241", "990101101242", "990101101243"
    await add(client, county, *(f"{code},村,{TOWN},2020-01-01,," for code in (old, other, new)))
    home, left = await settle(client, county, 141, old), await settle(client, county, 142, other)
    last_on = (clock.today() - timedelta(days=1)).isoformat()
    rows = [f"{old},村,{TOWN},2020-01-01,{last_on},{new}", f"{other},村,{TOWN},2020-01-01,{last_on},"]
    for _ in range(2):  # the same list again moves nobody twice
        receipt = await add(client, county, *rows)
        assert (receipt["state"], len(receipt["warnings"])) == ("done", 1)
        assert receipt["warnings"][0].startswith(other)
    assert (await village_of(client, county, home), await village_of(client, county, left)) == (new, other)
    wrong = await add(client, county, f"{other},村,{TOWN},2020-01-01,{last_on},990101101999")
    assert wrong["problem"]["errors"][0]["code"] == "successor_code.unknown"


async def test_what_is_not_there_or_not_the_callers_is_refused(
    client: httpx.AsyncClient, county: dict[str, str], headers: Any
) -> None:
    body: dict[str, Any] = {"effective_on": clock.today().isoformat(), "source_document": "x 号"}
    for moves, code in (
        ([{"from_code": VILLAGE, "to_code": "990101101998"}], "code.unknown"),
        ([{"from_code": VILLAGE, "to_code": TOWN}], "code.level"),
        ([{"from_code": VILLAGE, "to_code": VILLAGE}], "code.level"),
        ([{"from_code": TOWN, "to_code": OTHER_TOWN}], "code.unknown"),  # no village with the same last digits
    ):
        answer = await client.post("/v1/area-changes", json=body | {"moves": moves}, headers=county)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code), moves
    foreign = await client.post(
        "/v1/area-changes",
        json=body | {"moves": [{"from_code": VILLAGE, "to_code": OTHER_VILLAGE}]},
        headers=headers(areas=[TOWN]),
    )
    assert foreign.status_code == 404


async def test_units_and_terms_go_where_their_village_goes_and_the_past_stays(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    """Merged: a committee of the same name is one; who has the role there already has it once."""
    old, new = "990101101251", "990101101252"
    await add(client, county, f"{old},前村,{TOWN},2020-01-01,,", f"{new},后村,{TOWN},2020-01-01,,")
    first, twin = [await unit(client, county, "village", area, name="联村村委会") for area in (old, new)]
    own = await unit(client, county, "village", old)
    mover, both, town_worker = [
        await person(client, county, where) for where in (first, own, await unit(client, county))
    ]
    await appoint(client, county, mover, "VILLAGE", old)
    await appoint(client, county, mover, "COLLECTOR", old, first_on="2025-01-01", last_on="2025-12-31")
    await appoint(client, county, both, "COLLECTOR", old, last_on="2030-12-31")
    await appoint(client, county, town_worker, "GRID", old, grid="一格")
    today = clock.today()
    body = {
        "effective_on": today.isoformat(), "source_document": "并村", "closes": [old],
        "moves": [{"from_code": old, "to_code": new}],
    }  # fmt: skip
    made = await client.post("/v1/area-changes", json=body, headers=county)
    assert made.status_code == 201, made.text

    async def terms(staff_id: str) -> list[tuple[str, str, str, str | None]]:
        found = (await client.get(f"/v1/staff/{staff_id}", headers=county)).json()
        told = (await outbox(registry_database, "registry.staff.v1", staff_id))[-1]
        assert told["version"] == found["version"]
        assert {each["appointment_id"] for each in told["appointments"]} == {
            each["id"] for each in found["appointments"]
        }
        return sorted(
            (each["role"], each["area_code"], each["first_on"], each["last_on"]) for each in found["appointments"]
        )

    last = (today - timedelta(days=1)).isoformat()
    since = today.isoformat()
    assert await terms(mover) == [
        ("COLLECTOR", old, "2025-01-01", "2025-12-31"), ("VILLAGE", old, "2026-01-01", last),
        ("VILLAGE", new, since, None),
    ]  # fmt: skip
    assert await terms(both) == [
        ("COLLECTOR", old, "2026-01-01", last), ("COLLECTOR", new, since, "2030-12-31"),
    ]  # fmt: skip
    assert await terms(town_worker) == [("GRID", old, "2026-01-01", last), ("GRID", new, since, None)]
    homes = [(await client.get(f"/v1/staff/{each}", headers=county)).json()["unit"] for each in (mover, both)]
    assert [(home["id"], home["area_code"]) for home in homes] == [(twin, new), (own, new)]
    assert (await client.get(f"/v1/units/{first}", headers=county)).json()["is_active"] is False


async def test_a_township_that_goes_into_another_takes_its_people_along(
    client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    old, new = "990101131000", "990101132000"
    villages = [f"{code[:9]}201,村,{code},2020-01-01,," for code in (old, new)]
    await add(client, county, *(f"{code},镇,{COUNTY},2020-01-01,," for code in (old, new)), *villages)
    office = await unit(client, county, "town", old)
    clerk = await person(client, county, office)
    await appoint(client, county, clerk, "ENTRY", old)
    body = {
        "effective_on": clock.today().isoformat(), "source_document": "撤镇", "closes": [f"{old[:9]}201", old],
        "moves": [{"from_code": old, "to_code": new}],
    }  # fmt: skip
    made = await client.post("/v1/area-changes", json=body, headers=county)
    assert made.status_code == 201, made.text
    found = (await client.get(f"/v1/staff/{clerk}", headers=county)).json()
    assert found["unit"]["area_code"] == new
    assert [each["area_code"] for each in found["appointments"]] == [old, new]
