"""The area tree: import, repetition, what is refused."""

from __future__ import annotations

from typing import Any

import httpx
from registry_world import AREAS, COUNTY, OTHER_TOWN, TOWN, VILLAGE, outbox, send

from servicekit.db import Database


async def put(client: httpx.AsyncClient, body: str | bytes, headers: dict[str, str], kind: str = "text/csv") -> Any:
    sent = body if isinstance(body, bytes) else body.encode()
    return await send(client, sent, headers, kind=kind, path="/v1/areas/import")


def counted(answer: httpx.Response) -> tuple[int, int, int]:
    told = answer.json()
    assert told["state"] == "done", told
    return told["created"], told["updated"], told["unchanged"]


async def test_areas_are_imported_once_and_announced_when_they_change(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    assert counted(await put(client, AREAS, county)) == (0, 0, 5)
    renamed = AREAS.replace("甲村", "甲新村")
    assert counted(await put(client, renamed, county)) == (0, 1, 4)
    events = await outbox(registry_database, "registry.area.v1", VILLAGE)
    assert [event["name"] for event in events] == ["甲村", "甲新村"]
    assert events[-1]["parent_code"] == TOWN
    line = '{"code": "990101101202", "name": "丙村", "valid_from": "2021-01-01", "valid_to": "2025-12-31"}\n'
    assert (await put(client, line, county, "application/x-ndjson")).json()["created"] == 1
    assert (await client.get("/v1/areas/990101101202", headers=county)).json()["valid_to"] == "2025-12-31"


async def test_children_are_listed_by_code(client: httpx.AsyncClient, county: dict[str, str], headers: Any) -> None:
    listed = (await client.get("/v1/areas", params={"parent": COUNTY}, headers=county)).json()
    assert [item["code"] for item in listed["items"]] == [TOWN, OTHER_TOWN]
    page = (await client.get("/v1/areas", params={"limit": 2}, headers=county)).json()
    rest = (await client.get("/v1/areas", params={"cursor": page["next_cursor"]}, headers=county)).json()
    assert page["items"][-1]["code"] < rest["items"][0]["code"]
    own = (await client.get("/v1/areas", headers=headers(areas=[TOWN]))).json()
    assert {item["code"][:9] for item in own["items"]} == {TOWN[:9]}
    assert (await client.get(f"/v1/areas/{OTHER_TOWN}", headers=headers(areas=[TOWN]))).status_code == 404


async def test_a_list_with_anything_wrong_is_refused_whole(
    client: httpx.AsyncClient, county: dict[str, str], headers: Any
) -> None:
    head = "code,name,parent_code,valid_from\n"
    for body, code in (
        ("9901011013,丁村,,2020-01-01\n", "code.type"),
        ("990101103201,丁村,,2020-01-01\n", "parent_code.unknown"),
        ("990101101203,丁村,990101102000,2020-01-01\n", "parent_code.mismatch"),
        ("990101101203,丁村,,2020-13-01\n", "valid_from.type"),
        ("990101101203,,,2020-01-01\n", "name.missing"),
        ("990101101203,丁村,,2020-01-01\n990101101203,戊村,,2020-01-01\n", "code.duplicate"),
        ("990201101203,丁村,,2020-01-01\n", "code.outside"),
        ('990101101203,"丁村,,2020-01-01\n', "row.shape"),
        ("990101101203,丁村\n", "row.shape"),
    ):
        response = await put(client, head + "990101101204,己村,,2020-01-01\n" + body, county)
        assert response.json()["state"] == "failed", body
        problem = response.json()["problem"]
        assert (problem["status"], problem["code"]) == (422, "registry.area.invalid"), body
        assert code in {error["code"] for error in problem["errors"]}, response.text
    assert (await client.get("/v1/areas/990101101204", headers=county)).status_code == 404
    for wrong, code in (
        (b"name,valid_from\n", "registry.import.column_missing"),
        (head.encode() + b"990101101204,\xff\xff,,2020-01-01", "registry.import.charset"),
    ):
        assert (await put(client, wrong, county)).json()["problem"]["code"] == code
    assert (await put(client, "x", county, "application/pdf")).status_code == 415
    assert (await put(client, AREAS, headers(scopes=["areas:read"]))).status_code == 403
