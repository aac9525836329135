"""Announcing the present state anew (fault row 7, when the outbox's rows are gone too; P3, P4)."""

from __future__ import annotations

from collections.abc import Sequence

import httpx
import orjson
import pytest
from registry_world import household, household_id, member, ndjson, send
from sqlalchemy import text

from contracts import topics
from contracts.events import BY_TYPE
from registry import republish
from servicekit.db import Database


async def outbox_of(database: Database, topic: str) -> Sequence[tuple[str, str, bytes]]:
    async with database.transaction() as session:
        result = await session.execute(
            text("SELECT key, type, convert_to(data::text, 'UTF8') FROM outbox WHERE topic = :topic ORDER BY id"),
            {"topic": topic},
        )
        return [(row[0], row[1], bytes(row[2])) for row in result]


async def forget(database: Database) -> None:
    async with database.transaction() as session:
        await session.execute(text("DELETE FROM outbox"))


async def test_households_are_announced_as_they_are_now_each_once(
    client: httpx.AsyncClient,
    county: dict[str, str],
    registry_database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await send(client, ndjson(*(household(f"99R{n:07d}", member(71 + n)) for n in range(3))), county)
    number = await household_id(client, "99R0000001", county)
    announced = {key: data for key, _, data in await outbox_of(registry_database, topics.HOUSEHOLD.name)}
    await forget(registry_database)
    monkeypatch.setattr(republish, "_BATCH", 2)
    count = await republish.republish_households(registry_database)
    again = await outbox_of(registry_database, topics.HOUSEHOLD.name)
    assert count == len(again) == len({key for key, _, _ in again})
    assert number in {key for key, _, _ in again}
    for key, kind, data in again:
        snapshot = BY_TYPE[kind].model_validate_json(data)
        if key in announced:
            assert snapshot == BY_TYPE[kind].model_validate_json(announced[key])


async def test_areas_and_policy_profiles_are_announced_anew(
    county: dict[str, str], registry_database: Database
) -> None:
    """The profile in force comes last: a compacted topic keeps only that one."""
    del county
    await forget(registry_database)
    areas = await republish.republish_areas(registry_database)
    profiles = await republish.republish_policies(registry_database)
    announced = await outbox_of(registry_database, topics.AREA.name)
    assert areas == len(announced) > 0
    assert all(BY_TYPE[kind].model_validate_json(data) for _, kind, data in announced)
    told = await outbox_of(registry_database, topics.POLICY.name)
    assert profiles == len(told) > 0
    versions = [orjson.loads(data)["version"] for key, _, data in told if key == "0" * 12]
    assert versions == sorted(versions)
