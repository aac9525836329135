"""A copy that is still good is not sent again; who may not read gets no 304, and a copy that shows less is not good."""

from __future__ import annotations

from typing import Any

import httpx
from registry_world import OTHER_TOWN, TOWN, household, household_id, member, ndjson, send


async def registered(client: httpx.AsyncClient, county: dict[str, str], serial: int) -> str:
    hh_no = f"99R{serial:07d}"
    await send(client, ndjson(household(hh_no, member(serial, "19730707"))), county)
    return f"/v1/households/{await household_id(client, hh_no, county)}"


async def test_a_good_copy_is_not_sent_again_until_something_of_it_changes(
    client: httpx.AsyncClient, county: dict[str, str], headers: Any
) -> None:
    place = await registered(client, county, 451)
    first = await client.get(place, headers=county)
    tag = first.headers["etag"]
    for has in (tag, f"W/{tag}", f'"v9", {tag}', "*"):
        again = await client.get(place, headers=county | {"If-None-Match": has})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert not {"content-type", "content-length"} & again.headers.keys()
    stale = await client.patch(place, json={"group_name": "二组"}, headers=county | {"If-Match": '"v0"'})
    assert stale.status_code == 412
    refused = await client.get(place, headers=county | {"If-None-Match": tag})
    assert (refused.status_code, len(refused.json()["refused"])) == (200, 1), "no version more, and yet another answer"
    changed = await client.patch(place, json={"group_name": "三组"}, headers=county | {"If-Match": tag})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"v2"'), "a change names what was read"
    newer = await client.get(place, headers=county | {"If-None-Match": refused.headers["etag"]})
    assert (newer.status_code, newer.json()["version"]) == (200, 2)
    late = await client.patch(place, json={"group_name": "四组"}, headers=county | {"If-Match": tag})
    assert (late.status_code, late.json()["current_etag"]) == (412, '"v2"')


async def test_whoever_may_not_read_it_now_gets_no_304(
    client: httpx.AsyncClient, county: dict[str, str], headers: Any
) -> None:
    place = await registered(client, county, 452)
    tag = (await client.get(place, headers=headers(areas=[TOWN]))).headers["etag"]
    for caller, status in (
        (headers(areas=[OTHER_TOWN]), 404),
        (headers(areas=[TOWN], scopes=["areas:read"]), 403),
        ({"Authorization": "Bearer nonsense"}, 401),
    ):
        for has in (tag, "*"):
            refused = await client.get(place, headers=caller | {"If-None-Match": has})
            assert refused.status_code == status
            assert "etag" not in refused.headers


async def test_an_answer_without_a_tag_is_always_sent(client: httpx.AsyncClient, county: dict[str, str]) -> None:
    listed = await client.get("/v1/households", headers=county | {"If-None-Match": "*"})
    assert (listed.status_code, "etag" in listed.headers) == (200, False)
