"""What areas are designated as, with days and documents; and the tree as it was on a day (F-F24, F-F25, F-F26)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
from registry_world import COUNTY, OTHER_TOWN, TOWN, household, household_id, member, ndjson, outbox, send
from roster_case import appoint, person, unit

from servicekit import clock
from servicekit.db import Database

HEAD = "code,name,parent_code,valid_from,valid_to,successor_code\n"
BORN = "19630308"
Headers = dict[str, str]


async def add(client: httpx.AsyncClient, headers: Headers, *rows: str) -> Any:
    done = await send(client, (HEAD + "\n".join(rows)).encode(), headers, kind="text/csv", path="/v1/areas/import")
    assert done.json()["state"] == "done", done.text
    return done.json()


async def tag(client: httpx.AsyncClient, headers: Headers, code: str, name: str, **days: str) -> httpx.Response:
    body = {"tag": name, "first_on": "2020-01-01", "source_document": "某市乡村振兴局〔2026〕3号"} | days
    return await client.post(f"/v1/areas/{code}/tags", json=body, headers=headers)


async def areas(client: httpx.AsyncClient, headers: Headers, **params: str) -> dict[str, dict[str, Any]]:
    answer = await client.get("/v1/areas", params=params, headers=headers)
    assert answer.status_code == 200, answer.text
    return {item["code"]: item for item in answer.json()["items"]}


async def change(
    client: httpx.AsyncClient, headers: Headers, moves: list[dict[str, Any]], *closes: str
) -> httpx.Response:
    body = {"effective_on": clock.today().isoformat(), "source_document": "某县民政〔2026〕12号"}
    return await client.post("/v1/area-changes", json=body | {"moves": moves, "closes": closes}, headers=headers)


async def told(database: Database, code: str) -> list[dict[str, Any]]:
    """Give the tags that the newest event of an area carries."""
    return list((await outbox(database, "registry.area.v1", code))[-1]["tags"])


async def test_areas_and_households_are_found_by_a_tag_on_its_days(
    client: httpx.AsyncClient, county: Headers, registry_database: Database
) -> None:
    code = "990101101401"
    await add(client, county, f"{code},标签村,{TOWN},2020-01-01,,")
    home = household("99T0000001", member(201, BORN), village_code=code)
    assert (await send(client, ndjson(home), county)).json()["households"] == 1
    made = await tag(client, county, code, "weak_economy")
    assert (made.status_code, made.json()["items"][0]["tag_label"]) == (201, "集体经济薄弱"), made.text
    assert set(await areas(client, county, tag="weak_economy")) == {code}
    assert await told(registry_database, code) == [{"tag": "weak_economy", "first_on": "2020-01-01", "last_on": None}]
    assert await areas(client, county, tag="weak_economy", as_of="2019-12-31") == {}
    assert (await areas(client, county, area=code))[code]["tags"] == ["weak_economy"]
    found = await client.get("/v1/households", params={"tag": "weak_economy"}, headers=county)
    assert [item["hh_no"] for item in found.json()["items"]] == ["99T0000001"]
    yesterday = (clock.today() - timedelta(days=1)).isoformat()
    ended = await client.post(f"/v1/areas/{code}/tags/weak_economy/end", json={"last_on": yesterday}, headers=county)
    assert ended.json()["items"][0]["last_on"] == yesterday
    assert [each["last_on"] for each in await told(registry_database, code)] == [yesterday]
    assert await areas(client, county, tag="weak_economy") == {}
    assert set(await areas(client, county, tag="weak_economy", as_of=yesterday)) == {code}
    again = await client.post(f"/v1/areas/{code}/tags/weak_economy/end", json={"last_on": yesterday}, headers=county)
    assert (again.status_code, again.json()["code"]) == (404, "registry.area.tag_not_found")


async def test_wrong_tags_are_refused(client: httpx.AsyncClient, county: Headers, headers: Any) -> None:
    code = "990101101402"
    await add(client, county, f"{code},标签村,{TOWN},2020-01-01,,")
    assert (await tag(client, county, code, "priority", last_on="2026-06-30")).status_code == 201
    cases = [
        (await tag(client, county, code, "priority", first_on="2026-06-30"), 409, "registry.area.tagged"),
        (await tag(client, county, code, "advancing"), 422, "registry.area.tag_invalid"),
        (await tag(client, county, code, "border", last_on="2019-01-01"), 422, "registry.area.tag_invalid"),
        (await tag(client, county, "990101101498", "border"), 404, "registry.area.not_found"),
        (await tag(client, headers(areas=[OTHER_TOWN]), code, "border"), 404, "area_outside"),
        (await tag(client, headers(scopes=["areas:read"]), code, "border"), 403, "scope_missing"),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer, *_ in cases] == [tuple(said) for _, *said in cases]
    assert (await tag(client, county, COUNTY, "advancing")).status_code == 201
    unseen = await client.get(f"/v1/areas/{code}/tags", headers=headers(areas=[OTHER_TOWN]))
    assert (unseen.status_code, unseen.json()["code"]) == (404, "registry.area.not_found")


async def test_the_tree_as_of_a_day_has_what_came_into_it_since(client: httpx.AsyncClient, county: Headers) -> None:
    old, new = "990101101411", "990101102411"  # another township's by now
    await add(client, county, f"{old},旧村,{TOWN},2020-01-01,,", f"{new},新村,{OTHER_TOWN},2020-01-01,,")
    made = await change(client, county, [{"from_code": old, "to_code": new}], old)
    assert made.status_code == 201, made.text
    today, yesterday = clock.today().isoformat(), (clock.today() - timedelta(days=1)).isoformat()
    then = await areas(client, county, area=OTHER_TOWN, as_of=yesterday)
    assert {old, new} <= set(then)
    assert then[old]["successors"] == [{"code": new, "on": today}]
    assert then[new]["predecessors"] == [{"code": old, "on": today}]
    now = await areas(client, county, area=OTHER_TOWN, as_of=today)
    assert (old in now, new in now) == (False, True)
    assert old in await areas(client, county, area=TOWN, as_of=yesterday)
    assert old not in await areas(client, county, area=TOWN, as_of=today)
    assert new not in await areas(client, county, area=new, as_of="2019-12-31")
    one = (await client.get(f"/v1/areas/{new}", headers=county)).json()
    assert one["predecessors"] == [{"code": old, "on": today}]


async def test_a_merged_village_takes_its_places_and_tags_along(
    client: httpx.AsyncClient, county: Headers, registry_database: Database
) -> None:
    old, new = "990101101421", "990101101422"
    await add(client, county, f"{old},旧村,{TOWN},2020-01-01,,", f"{new},新村,{TOWN},2020-01-01,,")
    there = {"valid_from": "2020-01-01"}
    places = [
        there | {"kind": "grid", "village_code": old, "name": "一网格", "suffix": "01"},
        there | {"kind": "grid", "village_code": old, "name": "共有网格", "suffix": "02"},
        there | {"kind": "site", "village_code": old, "name": "安居小区", "persons_declared": 20},
        there | {"kind": "grid", "village_code": new, "name": "共有网格", "suffix": "01"},
    ]
    body = {"source_document": "网格方案", "places": places}
    assert (await client.post("/v1/places", json=body, headers=county)).status_code == 201
    assert (await tag(client, county, old, "priority")).status_code == 201
    home = household("99T0000021", member(221, BORN), village_code=old, grid="一网格")
    assert (await send(client, ndjson(home), county)).json()["households"] == 1
    made = await change(client, county, [{"from_code": old, "to_code": new}], old)
    assert made.status_code == 201, made.text
    found = (await client.get("/v1/places", params={"area": new}, headers=county)).json()["items"]
    shown = {item["name"]: item for item in found}
    assert set(shown) == {"一网格", "共有网格", "安居小区"}
    assert (shown["一网格"]["households"], shown["一网格"]["suffix"]) == (1, None), "the code is another one's there"
    assert shown["一网格"]["came_from"] is not None
    assert shown["安居小区"]["persons_declared"] == 20
    assert (await client.get("/v1/places", params={"area": old}, headers=county)).json()["items"] == []
    yesterday = (clock.today() - timedelta(days=1)).isoformat()
    then = await client.get("/v1/places", params={"area": old, "as_of": yesterday}, headers=county)
    assert {item["name"] for item in then.json()["items"]} == {"一网格", "共有网格", "安居小区"}
    tagged = await areas(client, county, area=new)
    assert tagged[new]["tags"] == ["priority"]
    assert [each["tag"] for each in await told(registry_database, new)] == ["priority"]
    assert [each["last_on"] for each in await told(registry_database, old)] == [yesterday]
    [ended] = (await client.get(f"/v1/areas/{old}/tags", headers=county)).json()["items"]
    assert ended["last_on"] == yesterday


async def test_a_split_takes_groups_with_their_households(client: httpx.AsyncClient, county: Headers) -> None:
    old, new = "990101101431", "990101101432"
    await add(client, county, f"{old},大村,{TOWN},2020-01-01,,", f"{new},小村,{TOWN},2020-01-01,,")
    kinds = (("group", "三组"), ("grid", "三网格"), ("grid", "四网格"))
    places = [{"kind": kind, "village_code": old, "name": name, "valid_from": "2020-01-01"} for kind, name in kinds]
    body = {"source_document": "网格方案", "places": places}
    group, grid, _ = (await client.post("/v1/places", json=body, headers=county)).json()["items"]
    homes = [("三组", "三网格"), ("三组", "四网格"), (None, "四网格")]
    lines = [
        household(f"99T000003{n}", member(231 + n, BORN), village_code=old, group_name=group_name, grid=grid_name)
        for n, (group_name, grid_name) in enumerate(homes)
    ]
    assert (await send(client, ndjson(*lines), county)).json()["households"] == 3
    going = [group["id"], grid["id"]]
    worker = await person(client, county, await unit(client, county))
    staying = await person(client, county, await unit(client, county, "village", old))
    for each in (worker, staying):
        await appoint(client, county, each, "GRID", old, grid="三网格")
    foreign = await change(client, county, [{"from_code": new, "to_code": old, "place_ids": going}])
    assert foreign.json()["errors"][0]["code"] == "place_ids.unknown"
    made = await change(client, county, [{"from_code": old, "to_code": new, "place_ids": going}])
    assert made.json()["items"][0]["households"] == 2, made.text
    now = [
        (
            await client.get(f"/v1/households/{await household_id(client, f'99T000003{n}', county)}", headers=county)
        ).json()
        for n in range(3)
    ]
    assert [(each["area_code"], each["grid"]) for each in now] == [(new, "三网格"), (new, None), (old, "四网格")]
    found = (await client.get("/v1/places", params={"area": new}, headers=county)).json()["items"]
    assert {item["name"]: item["households"] for item in found} == {"三组": 2, "三网格": 1}
    workers = {item["name"]: [each["staff_id"] for each in item["workers"]] for item in found}
    assert workers == {"三组": [], "三网格": [worker]}, "somebody of the old village's committee stays there"
    terms = (await client.get(f"/v1/staff/{worker}", headers=county)).json()["appointments"]
    ends = (clock.today() - timedelta(days=1)).isoformat()
    assert [(term["area_code"], term["last_on"]) for term in terms] == [(old, ends), (new, None)]


async def test_a_village_that_a_list_leaves_out_stays_open_and_is_told(
    client: httpx.AsyncClient, county: Headers
) -> None:
    town, stays, gone = "990101109000", "990101109201", "990101109202"
    rows = [f"{town},丙镇,{COUNTY},2020-01-01,,", f"{stays},留村,{town},2020-01-01,,"]
    await add(client, county, *rows, f"{gone},失村,{town},2020-01-01,,")
    home = household("99T0000041", member(241, BORN), village_code=gone)
    assert (await send(client, ndjson(home), county)).json()["households"] == 1
    told = (await add(client, county, *rows))["warnings"]
    assert [warning.partition(" ")[0] for warning in told] == [gone]
    assert "1 个在册户" in told[0]
    assert (await areas(client, county, area=gone))[gone]["valid_to"] is None
    assert (await add(client, county, rows[1]))["warnings"] == [], "one village alone is no list of the township"


async def test_what_runs_in_an_empty_village_ends_with_it(client: httpx.AsyncClient, county: Headers) -> None:
    code, inhabited = "990101101451", "990101101452"
    open_rows = [f"{each},撤村,{TOWN},2020-01-01,," for each in (code, inhabited)]
    await add(client, county, *open_rows)
    for each in (code, inhabited):
        grid = {"kind": "grid", "village_code": each, "name": "一网格", "valid_from": "2020-01-01"}
        body = {"source_document": "网格方案", "places": [grid]}
        assert (await client.post("/v1/places", json=body, headers=county)).status_code == 201
        assert (await tag(client, county, each, "border")).status_code == 201
    home = household("99T0000051", member(251, BORN), village_code=inhabited, grid="一网格")
    assert (await send(client, ndjson(home), county)).json()["households"] == 1
    yesterday = (clock.today() - timedelta(days=1)).isoformat()
    await add(client, county, *(row[:-1] + yesterday + "," for row in open_rows))
    for each, ends in ((code, yesterday), (inhabited, None)):
        [one] = (await client.get(f"/v1/areas/{each}/tags", headers=county)).json()["items"]
        places = (await client.get("/v1/places", params={"area": each}, headers=county)).json()["items"]
        assert (one["last_on"], len(places)) == (ends, 0 if ends else 1), each


async def test_a_township_takes_its_tags_along(client: httpx.AsyncClient, county: Headers) -> None:
    old, new = "990101107000", "990101108000"
    rows = [f"{code},镇,{COUNTY},2020-01-01,," for code in (old, new)]
    await add(client, county, *rows, *(f"{code[:9]}201,村,{code},2020-01-01,," for code in (old, new)))
    assert (await tag(client, county, old, "pioneer")).status_code == 201
    made = await change(client, county, [{"from_code": old, "to_code": new}], f"{old[:9]}201", old)
    assert made.status_code == 201, made.text
    shown = (await areas(client, county, area=new))[new]
    assert (shown["tags"], [link["code"] for link in shown["predecessors"]]) == (["pioneer"], [old])
