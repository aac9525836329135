"""Groups, grids and resettlement sites: a register of names that households and terms write (F-D05, F-D08, F-F31)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import httpx
import pytest
from registry_world import COUNTY, OTHER_VILLAGE, TOWN, household, household_id, member, ndjson, send
from roster_case import made, person, refused, unit

from servicekit import clock

HEAD = "code,name,parent_code,valid_from\n"
DOCUMENT = "某镇网格划分方案〔2026〕1号"
BORN = "19630307"
Headers = dict[str, str]


def place(village: str, name: str, kind: str = "grid", **more: Any) -> dict[str, Any]:
    return {"kind": kind, "village_code": village, "name": name, "valid_from": "2020-01-01", **more}


async def village(client: httpx.AsyncClient, county: Headers, code: str) -> str:
    """A village of its own."""
    text = f"{HEAD}{code},网格村,{TOWN},2020-01-01\n"
    done = await send(client, text.encode(), county, kind="text/csv", path="/v1/areas/import")
    assert done.json()["state"] == "done", done.text
    return code


async def register(client: httpx.AsyncClient, headers: Headers, *places: dict[str, Any]) -> list[dict[str, Any]]:
    body = {"source_document": DOCUMENT, "places": list(places)}
    answer = await client.post("/v1/places", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    return list(answer.json()["items"])


async def wrong(client: httpx.AsyncClient, headers: Headers, *places: dict[str, Any]) -> list[tuple[str, str]]:
    body = {"source_document": DOCUMENT, "places": list(places)}
    answer = await client.post("/v1/places", json=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "registry.place.invalid"), answer.text
    return [(error["pointer"], error["code"]) for error in answer.json()["errors"]]


async def settle(
    client: httpx.AsyncClient, county: Headers, homes: Iterable[tuple[str, int, dict[str, Any]]], code: str
) -> None:
    """Register households of one member each: number, sequence of the member, fields."""
    bodies = [household(number, member(serial, BORN), village_code=code, **more) for number, serial, more in homes]
    done = (await send(client, ndjson(*bodies), county)).json()
    assert done["households"] == len(bodies), done


async def listed(client: httpx.AsyncClient, headers: Headers, **params: str) -> dict[str, dict[str, Any]]:
    answer = await client.get("/v1/places", params={"limit": "200", **params}, headers=headers)
    assert answer.status_code == 200, answer.text
    return {item["name"]: item for item in answer.json()["items"]}


async def test_a_grid_says_who_lives_there_and_who_works_there(
    client: httpx.AsyncClient, county: Headers, headers: Any
) -> None:
    code = await village(client, county, "990101101301")
    [grid, _] = await register(client, county, place(code, "一网格", suffix="01"), place(code, "一组", "group"))
    homes = [(f"99L000000{n}", 100 + n, {"grid": "一网格", "group_name": "一组"}) for n in (1, 2)]
    await settle(client, county, homes, code)
    worker = await person(client, county, await unit(client, county))
    term = {"role": "GRID", "area_code": code, "grid": "一网格", "first_on": "2026-01-01"}
    await made(client, county, f"/v1/staff/{worker}/appointments", **term)
    shown = await listed(client, county, area=code)
    said = shown["一网格"]
    assert (said["households"], said["persons"], said["suffix"]) == (2, 2, "01")
    assert said["area_path"] == ["试验县", "甲镇", "网格村"]
    assert said["workers"] == [{"staff_id": worker, "name": "李干部"}]
    assert [each["code"] for each in said["warnings"]] == ["grid.small"]
    assert (shown["一组"]["households"], shown["一组"]["warnings"]) == (2, [])
    plain = await client.get(f"/v1/places/{grid['id']}", headers=headers(scopes=["areas:read"]))
    assert plain.json()["workers"] == [{"staff_id": worker, "name": None}]
    assert plain.headers["ETag"] == '"v1"'


async def test_where_a_register_is_kept_households_and_terms_name_what_is_in_it(
    client: httpx.AsyncClient, county: Headers
) -> None:
    code = await village(client, county, "990101101302")
    await settle(client, county, [("99L0000011", 111, {"grid": "W-03"})], code)  # codes, as before
    names = await client.get("/v1/places/unlisted", params={"area": code}, headers=county)
    assert [(each["name"], each["households"]) for each in names.json()["items"]] == [("W-03", 1)]
    await register(client, county, place(code, "W-03"))
    assert (await client.get("/v1/places/unlisted", params={"area": code}, headers=county)).json()["items"] == []
    home = await household_id(client, "99L0000011", county)
    stale = county | {"If-Match": "*"}
    answer = await client.patch(f"/v1/households/{home}", json={"grid": "W-04"}, headers=stale)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "grid.unknown")
    answer = await client.patch(f"/v1/households/{home}", json={"grid": "W-03"}, headers=stale)
    assert answer.status_code == 200, answer.text
    lines = [
        household("99L0000012", member(112, BORN), village_code=code, grid="W-04"),
        household("99L0000013", member(113, BORN), village_code=code, grid="W-03"),
        household("99L0000014", member(114, BORN), village_code=code),
        household("99L0000015", member(115, BORN), village_code=OTHER_VILLAGE, grid="W-04"),
    ]
    done = (await send(client, ndjson(*lines), county)).json()
    assert (done["households"], done["reject_codes"]) == (3, {"grid.unknown": 1})
    by_hand = await client.post("/v1/households", json=lines[0], headers=county)
    assert (by_hand.status_code, by_hand.json()["errors"][0]["code"]) == (422, "grid.unknown")
    worker = await person(client, county, await unit(client, county))
    term = {"role": "GRID", "area_code": code, "grid": "W-04", "first_on": "2026-01-01"}
    found = await refused(client, county, f"/v1/staff/{worker}/appointments", **term)
    assert found == (422, "registry.appointment.invalid", ["grid.unknown"])
    rows = "工号,姓名,单位,单位类型,单位区划,职务,区划,网格,任职起\n"
    for number, grid in (("G-1", "W-03"), ("G-2", "W-04")):
        rows += f"{number},李网格,网格村镇政府,乡镇(街道)政府,{TOWN},GRID,{code},{grid},2026-01-01\n"
    done = (await send(client, rows.encode(), county, kind="text/csv", path="/v1/staff/import")).json()
    assert (done["created"], done["reject_codes"]) == (1, {"grid.unknown": 1})


async def test_a_site_shows_what_is_declared_counted_and_missing(client: httpx.AsyncClient, county: Headers) -> None:
    """F-D01: a resettled household has its site; F-D05, F-D06: the site its head count and its stations."""
    code = await village(client, county, "990101101303")
    site = place(code, "幸福社区", "site", households_declared=3, persons_declared=900, stations=["employment"])
    made_ = await register(client, county, site, place(code, "幸福一网格", site="幸福社区"))
    other = await village(client, county, "990101101304")  # whoever was resettled may still be of the former village
    fields = {"is_resettled": True, "resettlement_site": "幸福社区"}
    await settle(client, county, [("99L0000021", 121, fields), ("99L0000022", 122, fields)], other)
    said = (await listed(client, county, area=code, kind="site"))["幸福社区"]
    assert (said["households"], said["households_declared"], said["persons"], said["grids"]) == (2, 3, 2, 1)
    assert [each["code"] for each in said["warnings"]] == ["site.no_station", "site.counted"]
    assert "公益事业服务站" in said["warnings"][0]["text"]
    path, matched = f"/v1/places/{made_[0]['id']}", county | {"If-Match": '"v1"'}
    change = {"stations": ["employment", "welfare"], "households_declared": 2}
    mended = await client.patch(path, json=change, headers=matched)
    assert (mended.status_code, mended.json()["warnings"]) == (200, []), mended.text
    assert (await client.patch(path, json=change, headers=matched)).status_code == 412
    home = await household_id(client, "99L0000021", county)
    wanted = {"resettlement_site": "没有的社区"}
    answer = await client.patch(f"/v1/households/{home}", json=wanted, headers=county | {"If-Match": "*"})
    assert answer.json()["errors"][0]["code"] == "resettlement_site.unknown"


async def test_what_households_name_does_not_end(client: httpx.AsyncClient, county: Headers) -> None:
    code = await village(client, county, "990101101305")
    await register(client, county, place(code, "甲网格"), place(code, "乙网格"))
    await settle(client, county, [("99L0000031", 131, {"grid": "甲网格"})], code)
    today = clock.today().isoformat()
    for name, status in (("甲网格", 409), ("乙网格", 200)):
        one = (await listed(client, county, area=code))[name]
        answer = await client.patch(
            f"/v1/places/{one['id']}", json={"valid_to": today}, headers=county | {"If-Match": '"v1"'}
        )
        assert answer.status_code == status, answer.text
    assert set(await listed(client, county, area=code, as_of="2099-01-01")) == {"甲网格"}
    assert set(await listed(client, county, area=code, as_of="2019-12-31")) == set()


async def test_wrong_ones_are_refused_as_a_whole(client: httpx.AsyncClient, county: Headers, headers: Any) -> None:
    code = await village(client, county, "990101101306")
    await register(client, county, place(code, "老网格", suffix="01"))
    assert await wrong(
        client,
        county,
        place(code, "好网格"),
        place(code, "老网格"),
        place(code, "新网格", suffix="01"),
        place(code, "甲", site="没有的安置点"),
        place(code, "乙", stations=["welfare"], valid_to="2019-01-01"),
        place(code, "好网格", valid_from="2026-01-01"),
    ) == [
        ("/places/1/name", "name.taken"),
        ("/places/2/suffix", "suffix.taken"),
        ("/places/3/site", "site.unknown"),
        ("/places/4/valid_to", "valid_to.range"),
        ("/places/4/stations", "stations.no_site"),
        ("/places/5/name", "name.taken"),
    ]
    assert set(await listed(client, county, area=code)) == {"老网格"}
    elsewhere = headers(areas=[OTHER_VILLAGE])
    body = {"source_document": DOCUMENT, "places": [place(OTHER_VILLAGE, "外网格"), place(code, "外网格")]}
    answer = await client.post("/v1/places", json=body, headers=elsewhere)
    assert (answer.status_code, answer.json()["code"]) == (404, "area_outside")
    assert await wrong(client, county, place("990101101999", "网格")) == [
        ("/places/0/village_code", "village_code.unknown")
    ]
    assert await listed(client, elsewhere) == {}
    outside = await client.get("/v1/places", params={"area": code}, headers=elsewhere)
    assert (outside.status_code, outside.json()["code"]) == (404, "area_outside")


@pytest.mark.parametrize("body", [{"name": "别名"}, {"kind": "site"}, {"village_code": COUNTY}])
async def test_what_names_a_place_is_not_changed(
    client: httpx.AsyncClient, county: Headers, body: dict[str, str]
) -> None:
    path = "/v1/places/0199a5c0-0000-7000-8000-0000000000c1"
    answer = await client.patch(path, json=body, headers=county | {"If-Match": "*"})
    assert answer.status_code == 422


async def test_a_grid_worker_sees_the_own_grid_alone(client: httpx.AsyncClient, county: Headers, headers: Any) -> None:
    code = await village(client, county, "990101101307")
    [_, beside] = await register(client, county, place(code, "甲网格"), place(code, "乙网格"))
    worker = headers(scopes=["areas:read"], areas=[code], person="0199a5c0-0000-7000-8000-0000000000c2", grid="甲网格")
    assert set(await listed(client, worker)) == {"甲网格"}
    assert (await client.get(f"/v1/places/{beside['id']}", headers=worker)).status_code == 404
    assert (await client.get("/v1/places/unlisted", headers=worker)).json()["items"] == []


async def test_pages_follow_each_other(client: httpx.AsyncClient, county: Headers) -> None:
    code = await village(client, county, "990101101308")
    names = {f"第{n}网格" for n in range(5)}
    await register(client, county, *(place(code, name) for name in sorted(names)))
    seen: list[str] = []
    cursor: str | None = None
    while True:
        params = {"area": code, "limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = (await client.get("/v1/places", params=params, headers=county)).json()
        seen += [item["name"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == 5
    assert set(seen) == names


async def test_many_are_registered_at_once_and_once(client: httpx.AsyncClient, county: Headers) -> None:
    code = await village(client, county, "990101101309")
    names = [f"网格{n:03d}" for n in range(500)]
    body = {"source_document": DOCUMENT, "places": [place(code, name) for name in names]}
    keyed = county | {"Idempotency-Key": "places-990101101309"}
    made = await client.post("/v1/places", json=body, headers=keyed)
    assert [item["name"] for item in made.json()["items"]] == names
    assert (await client.post("/v1/places", json=body, headers=keyed)).json() == made.json()
    one_more = body | {"places": [place(code, f"多{n}") for n in range(501)]}
    assert (await client.post("/v1/places", json=one_more, headers=county)).status_code == 422
