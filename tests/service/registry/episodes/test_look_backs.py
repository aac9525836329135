"""What a look-back found takes effect at once: statuses, a relapse, a new risk. Each visit is on file."""

from __future__ import annotations

from typing import Any

import httpx
from elimination_case import YEAR_S, eliminated, monitored
from episode_case import Case, clue_event, hear, moves
from registry_world import outbox
from sqlalchemy import text

from contracts.vocabulary import ClueState, EpisodeState, RiskType
from servicekit import clock
from servicekit.db import Database
from servicekit.ids import new_id
from step_records import record_for


async def look_back(case: Case, **changes: Any) -> httpx.Response:
    """Look back with the record of a stable household, changed."""
    record = record_for((await case.read())["state"], EpisodeState.LOOKED_BACK, clock.today())
    record["lookback"] |= changes
    return await case.step("LOOKED_BACK", record=record)


async def open_duties(database: Database, episode: str) -> set[str]:
    async with database.transaction() as session:
        rows = await session.execute(
            text("SELECT said ->> 'kind' FROM duty_said WHERE episode_id = CAST(:id AS uuid) AND is_open"),
            {"id": episode},
        )
        return set(rows.scalars())


async def test_a_relapse_is_monitored_again_at_once_with_the_statuses_that_were_found(
    client: httpx.AsyncClient, county: dict[str, str], levels: Any, registry_database: Database, move_clock: Any
) -> None:
    """F-A10: 风险回退."""
    (case,) = await monitored(client, county, levels, 300, 1)
    await eliminated(case, move_clock)
    number = (await case.read())["id"]
    assert await open_duties(registry_database, number) == {"D10"}
    move_clock(8 * 86400.0 + YEAR_S / 4)
    unsafe = {"education": True, "medical": True, "housing": False, "water": True}
    claimed = await look_back(case, safe=unsafe)
    assert [error["code"] for error in claimed.json()["errors"]] == ["lookback.contradiction"]
    found = await look_back(case, safe=unsafe, finding="relapse", income_trend="falling")
    assert found.status_code == 200, found.text
    episode = found.json()
    assert (episode["state"], episode["is_active"], episode["origin"]) == ("ASSISTING", True, "import")
    looked, back = episode["history"][-2:]
    assert (looked["state"], back["state"], back["previous_state"]) == ("LOOKED_BACK", "ASSISTING", "LOOKED_BACK")
    assert [visit["level"] for visit in looked["record"]["lookback"]["visits"]] == ["village", "town"]
    assert set(back["actors"]) == {"v-1", "v-2"}
    snapshot = (await outbox(registry_database, "registry.household.v1", case.household))[-1]
    assert (snapshot["is_monitored"], snapshot["unsafe_statuses"]) == (True, ["housing"])
    current = (await client.get(f"/v1/households/{case.household}/statuses", headers=county)).json()["current"]
    assert current["housing"]["note"] == "回头看 / look-back"
    assert current["housing"]["recorded_by"] == "village"
    assert "D10" not in await open_duties(registry_database, number), "nobody looks back on who is helped again"
    assert [moved.state for moved in (await moves(registry_database, case.household))[-2:]] == [
        "LOOKED_BACK", "ASSISTING",
    ]  # fmt: skip


async def test_a_new_risk_opens_an_episode_that_follows_the_old_one(
    client: httpx.AsyncClient, county: dict[str, str], levels: Any, registry_database: Database, move_clock: Any
) -> None:
    (case,) = await monitored(client, county, levels, 310, 1)
    await eliminated(case, move_clock)
    old = (await case.read())["id"]
    move_clock(8 * 86400.0 + YEAR_S / 4)
    found = await look_back(case, finding="new_risk", new_risks=["11"], income_trend="steady")
    assert (found.status_code, found.json()["state"]) == (200, "LOOKED_BACK"), found.text
    new = await case.read()
    assert (new["state"], new["origin"], new["follows_id"]) == ("APPLIED", "look_back", old)
    assert (new["risk_types"], new["found_on"], new["clue_id"]) == (["11"], clock.today().isoformat(), None)
    assert [deadline["code"] for deadline in new["deadlines"]] == ["D05"]
    assert await open_duties(registry_database, old) == {"D10"}, "the old one is looked back on still"
    # Another clue joins it; a later look-back that finds a relapse has nothing to open again.
    clue = clue_event(case.household, ClueState.CONFIRMED_IDENTIFY, clue=new_id(), risk=RiskType.ILLNESS)
    await hear(registry_database, clue)
    assert (await case.read())["risk_types"] == ["11", "01"]
    assert len(await case.episodes()) == 2
