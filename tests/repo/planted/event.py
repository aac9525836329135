"""What must hold once docs/extending.md's event is planted: it is announced with the change, and old readers go on."""

from __future__ import annotations

from typing import Any

import httpx
from episode_case import Case, moves
from registry_world import household, household_id, member, ndjson, send
from sqlalchemy import text

from alerts.clues.consumers import on_episodes
from contracts import events, topics
from contracts.envelope import envelope_of
from servicekit import clock
from servicekit.db import Database
from servicekit.ids import new_id


async def test_the_planted_event_is_written_with_its_change_and_readers_of_the_topic_go_on(
    client: httpx.AsyncClient, county: dict[str, str], registry_database: Database, alerts_database: Database
) -> None:
    monitor = {"category": "0", "identified_on": "2026-01-05", "risk_types": ["01"]}
    body = household("99EV00001", member(77, "19760606"), hh_type="1", monitor=monitor)
    await send(client, ndjson(body), county)
    case = Case(client, county, await household_id(client, "99EV00001", county))
    task = {"title": "帮扶车间", "category": "M02", "department": "HRS", "person": "h-1", "due_on": "2026-12-31"}
    plan: dict[str, Any] = {"needs": [{"description": "就业", "risk_type": "01"}], "tasks": [task], "helper": "h-1"}
    plan["uncovered"] = [{"risk_type": "01", "reason": "费用已由大病保险报销"}]
    episode = (await case.read())["id"]
    for _ in range(2):  # the same plan again is no second event
        made = await client.put(f"/v1/episodes/{episode}/plan", json=plan, headers=county)
        assert made.status_code == 200, made.text
    model = events.BY_TYPE["bangfu.registry.plan.revised.v1"]
    async with registry_database.transaction() as session:
        rows = await session.execute(
            text("SELECT topic, key, data FROM outbox WHERE type = :type"), {"type": model.event_type}
        )
        (written,) = rows.all()
    assert (written.topic, written.key) == (topics.EPISODE.name, case.household)
    revised = model.model_validate(written.data)
    assert (revised.episode_id, revised.version) == (episode, 1)
    async with alerts_database.transaction() as session:
        await on_episodes(
            session,
            [
                envelope_of(event, event_id=new_id(), source="/bangfu/registry", at=clock.now())
                for event in (revised, *await moves(registry_database, case.household))
            ],
        )
