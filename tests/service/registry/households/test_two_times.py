"""When it happened and when it was told: older knowledge that comes late is kept, and never overrides newer."""

from __future__ import annotations

from typing import Any

import httpx
from registry_world import household, member, outbox

from servicekit.db import Database


async def registered(client: httpx.AsyncClient, headers: dict[str, str], sequence: int, **changes: Any) -> Any:
    """Register a household and give it."""
    body = household(f"99H000{sequence}", member(sequence), **changes)
    made = await client.post("/v1/households", json=body, headers=headers)
    assert made.status_code == 201, made.text
    return made.json()


async def test_an_older_check_told_late_is_kept_and_never_current(
    client: httpx.AsyncClient, county: dict[str, str]
) -> None:
    place = f"/v1/households/{(await registered(client, county, 401))['id']}/statuses"

    async def put(is_safe: bool, checked_on: str) -> Any:
        body = {"statuses": {"housing": {"is_safe": is_safe, "checked_on": checked_on}}}
        return (await client.put(place, json=body, headers=county)).json()

    await put(False, "2026-10-10")
    late = await put(True, "2026-09-01")
    assert (late["current"]["housing"]["is_safe"], late["current"]["housing"]["checked_on"]) == (False, "2026-10-10")
    assert [(item["version"], item["is_safe"], item["superseded_at"] is None) for item in late["history"]] == [
        (2, True, False),
        (1, False, True),
    ]
    newer = await put(True, "2026-10-11")
    assert (newer["current"]["housing"]["version"], newer["current"]["housing"]["is_safe"]) == (3, True)


async def test_older_incomes_told_late_are_kept_and_never_current(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database
) -> None:
    made = await registered(client, county, 411, incomes=[])
    place = f"/v1/households/{made['id']}/incomes"

    async def put(wage: str, as_of: str) -> Any:
        return await client.put(f"{place}/2026", json={"wage": wage, "as_of": as_of}, headers=county)

    await put("9000.00", "2026-10-20")
    told = len(await outbox(registry_database, "registry.household.v1", made["id"]))
    late = (await put("50000.00", "2026-10-01")).json()
    assert (late["version"], late["superseded_at"] is None) == (2, False)
    assert len(await outbox(registry_database, "registry.household.v1", made["id"])) == told
    rows = (await client.get(place, headers=county)).json()["items"]
    assert [(row["wage"], row["as_of"]) for row in rows if row["superseded_at"] is None] == [("9000.00", "2026-10-20")]
    await put("9000.00", "2026-10-25")  # found again
    await put("50000.00", "2026-10-22")
    rows = (await client.get(place, headers=county)).json()["items"]
    assert [row["wage"] for row in rows if row["superseded_at"] is None] == ["9000.00"]
    assert (await put("8000.00", "2026-10-25")).json()["superseded_at"] is None
    future = await put("1.00", "2099-01-01")
    assert (future.status_code, future.json()["errors"][0]["code"]) == (422, "as_of.range")
