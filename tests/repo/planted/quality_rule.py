"""What must hold once docs/extending.md's rule of data quality is planted: it is told, and finds what it is about."""

from __future__ import annotations

import httpx
from quality_world import World, home, income, person
from registry_world import household_id

from feed_reader import nothing_is_held_back
from registry.quality import following
from servicekit.db import Database

RULE = "Q-H90"


async def test_the_planted_rule_is_told_and_finds_its_household(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    told = (await client.get("/v1/quality/rules", headers=county)).json()["items"]
    assert [each["level"] for each in told if each["code"] == RULE] == ["warning"]
    costly = home(9_900_001, person(99_000_010), incomes=[income(business_cost="1000.01")])
    await World(client, county, registry_database).register([costly])
    await nothing_is_held_back(registry_database)
    while await following.follow_once(registry_database):
        pass
    home_id = await household_id(client, costly["hh_no"], county)
    found = (await client.get(f"/v1/households/{home_id}/quality", headers=county)).json()["items"]
    assert [(each["rule"], each["evidence"]) for each in found] == [
        (RULE, {"business_cost": "1000.01", "business": "1000.00"})
    ]
