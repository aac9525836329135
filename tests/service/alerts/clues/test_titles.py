"""Clues are recognised by what the registry tells their reader, and are complete without it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from alerts_world import TOWN, VILLAGE, World, finding, snapshot
from clue_steps import READ
from fastapi import FastAPI

from servicekit.ids import new_id
from servicekit.titling import RegistryTitles


@pytest.fixture
async def clue(world: World) -> dict[str, Any]:
    home = new_id()
    await world.register(snapshot(home))
    await world.fold(finding(home))
    return (await world.clues(home))[0]


@pytest.fixture
def registry(app: FastAPI) -> Iterator[list[httpx.Response]]:
    """What the registry answers next; without an answer it names every household that it is asked for."""
    answers: list[httpx.Response] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if answers:
            return answers.pop(0)
        asked = json.loads(request.content)
        homes = [
            {"id": home, "hh_no": "99T1", "area_code": VILLAGE, "status": "active", "head": None}
            for home in asked["household_ids"]
        ]
        return httpx.Response(200, json={"households": homes, "areas": [{"code": VILLAGE, "path": ["县", "镇", "村"]}]})

    settings = app.state.settings.model_copy(update={"registry_url": "http://registry"})
    without = app.state.registry_titles
    app.state.registry_titles = RegistryTitles(settings, httpx.MockTransport(answer))
    yield answers
    app.state.registry_titles = without


async def test_list_and_clue_carry_titles(
    client: httpx.AsyncClient, headers: Any, clue: dict[str, Any], registry: list[httpx.Response]
) -> None:
    reader = headers(*READ, areas=[TOWN])
    page = (await client.get("/v1/clues", params={"household": clue["household_id"]}, headers=reader)).json()
    (item,) = page["items"]
    named = {"id": clue["household_id"], "hh_no": "99T1", "area_code": VILLAGE, "status": "active", "head": None}
    assert (page["titles"], item["title"]) == ("shown", {"area_path": ["县", "镇", "村"], "household": named})
    one = await client.get(f"/v1/clues/{clue['id']}", headers=reader)
    assert (one.json()["titles"], one.json()["title"]) == ("shown", item["title"])
    assert one.headers["etag"].startswith(f'"v{clue["version"]}-')


@pytest.mark.parametrize(("status", "said"), [(403, "refused"), (503, "unavailable")])
async def test_without_names_the_rows_are_complete_and_say_so(
    client: httpx.AsyncClient,
    headers: Any,
    clue: dict[str, Any],
    registry: list[httpx.Response],
    status: int,
    said: str,
) -> None:
    reader, wanted = headers(*READ), {"household": clue["household_id"]}
    whole = (await client.get("/v1/clues", params=wanted, headers=reader)).json()
    registry += [httpx.Response(status), httpx.Response(status)]
    page = await client.get("/v1/clues", params=wanted, headers=reader)
    assert (page.status_code, page.json()["titles"]) == (200, said)
    assert page.json()["items"] == [each | {"title": None} for each in whole["items"]]
    one = await client.get(f"/v1/clues/{clue['id']}", headers=reader)
    assert (one.status_code, one.json()["titles"], one.json()["title"]) == (200, said, None)


async def test_a_subscriber_who_opens_a_link_sees_no_name_and_nobody_is_asked_for_one(
    client: httpx.AsyncClient, headers: Any, clue: dict[str, Any], registry: list[httpx.Response]
) -> None:
    registry.append(httpx.Response(500))
    seen = await client.get(f"/v1/clues/{clue['id']}", headers=headers("alerts:read"))
    assert seen.status_code == 200
    assert seen.json().keys().isdisjoint({"title", "titles"})
    assert len(registry) == 1


async def test_a_decision_is_answered_without_names(
    client: httpx.AsyncClient, headers: Any, clue: dict[str, Any], registry: list[httpx.Response]
) -> None:
    answer = await client.post(f"/v1/clues/{clue['id']}/accept", headers=headers(*READ))
    assert answer.status_code == 200, answer.text
    assert answer.json().keys().isdisjoint({"title", "titles"})


async def test_duties_carry_titles_and_are_complete_without_them(
    client: httpx.AsyncClient, headers: Any, clue: dict[str, Any], registry: list[httpx.Response]
) -> None:
    """What is about a household says whose; the registry's silence costs names and nothing else."""
    reader, wanted = headers("duties:read", areas=[TOWN]), {"household_id": clue["household_id"]}
    page = (await client.get("/v1/duties", params=wanted, headers=reader)).json()
    (item,) = page["items"]
    assert (page["titles"], item["title"]["household"]["hh_no"]) == ("shown", "99T1")
    assert item["title"]["area_path"] == ["县", "镇", "村"]
    assert item["kind_label"]["zh"] == "核实线索"
    one = (await client.get(f"/v1/duties/{item['id']}", headers=reader)).json()
    assert (one["titles"], one["title"]) == ("shown", item["title"])
    registry.append(httpx.Response(503))
    silent = (await client.get("/v1/duties", params=wanted, headers=reader)).json()
    assert (silent["titles"], silent["items"]) == ("unavailable", [item | {"title": None}])
