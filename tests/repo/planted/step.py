"""What must hold once docs/extending.md's step is planted: the API takes it, and its end is known everywhere."""

from __future__ import annotations

from typing import Any

from episode_case import Case, moves

from alerts.clues.consumers import on_episodes
from alerts.clues.steps import running_episode
from contracts.envelope import envelope_of
from servicekit import clock
from servicekit.db import Database
from servicekit.ids import new_id


async def test_the_planted_step_is_offered_checked_taken_and_ends_the_episode_for_its_neighbours(
    case: Case, headers: Any, registry_database: Database, alerts_database: Database
) -> None:
    assert (await case.step("VISITED")).status_code == 200
    offered = {step["to"]: step for step in (await case.read())["legal_next"]}
    shown = offered["TRANSFERRED"]
    assert (shown["label"], shown["required_scope"], shown["record"]) == ("移交外县", "episodes:approve", ["county"])
    assert [fact["title"] for fact in shown["facts"]] == ["接收县 / the county"]
    writer = headers(scopes=["episodes:write", "episodes:read"])
    assert (await case.step("TRANSFERRED", headers=writer)).json()["required_scope"] == "episodes:approve"
    bare = await case.step("TRANSFERRED", "c-1", record={})
    assert [error["pointer"] for error in bare.json()["errors"]] == ["/record/county"]
    taken = await case.step("TRANSFERRED", "c-1", record={"county": "990102000000"})
    assert taken.status_code == 200, taken.text
    assert (taken.json()["is_active"], taken.json()["legal_next"]) == (False, [])
    moved = [
        envelope_of(move, event_id=new_id(), source="/bangfu/registry", at=clock.now())
        for move in await moves(registry_database, case.household)
    ]
    async with alerts_database.transaction() as session:
        await on_episodes(session, moved[:-1])
        assert await running_episode(session, case.household) is not None
        await on_episodes(session, moved[-1:])
        assert await running_episode(session, case.household) is None
