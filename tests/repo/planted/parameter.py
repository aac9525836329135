"""What must hold once docs/extending.md's parameter is planted: it works everywhere, and no older profile breaks."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import httpx
from registry_world import TOWN, outbox

from contracts.parameters import resolve
from servicekit.db import Database

NAME = "civ.visit_months"


def test_every_service_resolves_the_default_of_a_parameter_that_no_profile_names() -> None:
    profile = resolve([], TOWN, date(2026, 11, 1))
    assert profile.whole(NAME) == 3
    assert NAME in profile.defaulted


async def test_a_profile_of_before_stays_valid_and_a_put_without_it_says_that_it_took_the_default(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database, set_policy: Any
) -> None:
    url = f"/v1/policy-profiles/{TOWN}"
    before = (await client.get(url, headers=county)).json()
    assert before["parameters"][NAME] == "3"
    assert NAME in before["defaulted"]
    body = {"effective_from": "2026-02-01", "source_document": "x", "parameters": {"civ.temp_count": 3}}
    put = await set_policy(TOWN, body)
    assert put.json()["parameters"][NAME] == "3"
    assert NAME in put.json()["defaulted"]
    (event,) = await outbox(registry_database, "registry.policy.v1", TOWN)
    assert event["parameters"][NAME] == "3"
    tomorrow = date(2026, 2, 1) + timedelta(days=1)
    wrong = body | {"effective_from": tomorrow.isoformat(), "parameters": {NAME: 61}}
    refused = await client.put(url, json=wrong, headers=county)
    assert [error["code"] for error in refused.json()["errors"]] == ["parameter.range"]
    own = await set_policy(TOWN, wrong | {"parameters": {NAME: 6}})
    assert own.json()["parameters"][NAME] == "6"
    assert NAME not in own.json()["defaulted"]
