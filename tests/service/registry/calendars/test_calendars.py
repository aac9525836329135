"""A year whose holidays nobody knows is a duty of its county until somebody has recorded them."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
from registry_world import COUNTY, household, member, ndjson, outbox, send

from registry.calendars.service import follow
from servicekit.db import Database


async def test_a_missing_calendar_is_the_countys_until_the_profile_has_it(
    client: httpx.AsyncClient,
    county: dict[str, str],
    registry_database: Database,
    move_clock: Callable[[float], None],
    set_policy: Any,
) -> None:
    move_clock(datetime(2050, 12, 1, tzinfo=UTC).timestamp() - time.time())
    home = household("99C010001", member(41, "19660606"))
    assert (await send(client, ndjson(home), county)).json()["households"] == 1

    async def said() -> list[tuple[str, int, str, str | None]]:
        for _ in range(2):  # again: nothing is announced twice
            async with registry_database.transaction() as session:
                await follow(session)
        found: list[dict[str, Any]] = []
        for year in (2050, 2051):
            found += await outbox(registry_database, "registry.duty.v1", f"C01-{COUNTY[:6]}-{year}")
        assert {one["area_code"] for one in found} == {COUNTY}
        return [(one["subject_id"], one["revision"], one["due_on"], one.get("outcome")) for one in found]

    async with registry_database.transaction() as session:
        assert await follow(session, opens=False) == 0
    opened = [(f"{COUNTY}/2050", 1, "2049-12-31", None), (f"{COUNTY}/2051", 1, "2050-12-31", None)]
    assert await said() == opened
    body = {
        "effective_from": "2050-12-01", "source_document": "县政办 2050 12号",
        "parameters": {"clock.days_off": "2051-01-01 2051-10-01"},
    }  # fmt: skip
    await set_policy(COUNTY, body)
    async with registry_database.transaction() as session:
        assert await follow(session, opens=False) == 1
    assert await said() == [*opened, (f"{COUNTY}/2051", 2, "2050-12-31", "done")]
