"""What a caller says about a clue or the feed is honoured or refused, never passed over."""

from __future__ import annotations

from typing import Any

import httpx
from alerts_world import World
from clue_steps import READ, open_clue, verification


async def test_a_stale_if_match_is_refused_although_the_clue_is_accepted_already(
    client: httpx.AsyncClient, headers: Any, world: World
) -> None:
    clue = await open_clue(world)
    url, ours = f"/v1/clues/{clue['id']}/accept", headers(*READ)
    assert (await client.post(url, headers=ours | {"If-Match": '"v1"'})).status_code == 200
    stale = await client.post(url, headers=ours | {"If-Match": '"v1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")
    assert (await client.post(url, headers=ours | {"If-Match": '"v2"'})).status_code == 200
    assert (await client.post(url, headers=ours)).status_code == 200, "without it, a repeat changes nothing"


async def test_a_household_that_is_named_for_a_registered_clue_must_be_its_own(
    client: httpx.AsyncClient, headers: Any, world: World
) -> None:
    clue, other = await open_clue(world), await open_clue(world)
    ours = headers(*READ) | {"If-Match": '"v1"'}
    url = f"/v1/clues/{clue['id']}/verification"
    said = verification() | {"household_id": other["household_id"]}
    refused = await client.post(url, json=said, headers=ours)
    assert refused.status_code == 422
    assert [error["code"] for error in refused.json()["errors"]] == ["household_id.unexpected"]


async def test_a_subscription_and_filters_of_ones_own_contradict_each_other(
    client: httpx.AsyncClient, headers: Any
) -> None:
    params = {"subscription": "0198c0de-0000-7000-8000-000000000001", "risk_type": "01", "area": "990101000000"}
    ours = headers("alerts:read", "subscriptions:manage")
    refused = await client.get("/v1/alerts", params=params, headers=ours)
    assert refused.status_code == 422
    assert {error["pointer"] for error in refused.json()["errors"]} == {"query:risk_type", "query:area"}
