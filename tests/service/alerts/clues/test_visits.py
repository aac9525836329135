"""Visits that the registry tells of: what they found becomes clues, once, beside whatever else speaks for them."""

from __future__ import annotations

from typing import Any

import httpx
from alerts_world import VILLAGE, World, event_of, new_household, snapshot
from clue_steps import READ, open_clue

from alerts.clues.consumers import on_households, visit_handler
from contracts.registry import VisitRisksReported
from contracts.vocabulary import Channel, RiskType
from servicekit import clock
from servicekit.ids import new_id

ANN, BEA = "staff:0199a5c0-0000-7000-8000-0000000000b1", "staff:0199a5c0-0000-7000-8000-0000000000b2"


def visit(household_id: str, *risks: str, **changes: Any) -> VisitRisksReported:
    values: dict[str, Any] = {
        "visit_id": new_id(), "household_id": household_id, "area_code": VILLAGE, "channel": Channel.SWEEP,
        "campaign_id": new_id(), "risk_types": [RiskType(risk) for risk in risks], "visited_on": clock.today(),
        "visitors": [ANN, BEA], "reported_by": ANN, "recorded_at": clock.now(),
    }  # fmt: skip
    return VisitRisksReported(**(values | changes))


async def take(world: World, *visits: VisitRisksReported) -> None:
    async with world.database.transaction() as session:
        await visit_handler(0.0)(session, [event_of(each) for each in visits])


async def test_each_risk_of_a_sweep_is_a_clue_of_its_township(
    client: httpx.AsyncClient, headers: Any, world: World
) -> None:
    """F-A11: a sweep finds what nobody reported (CH4)."""
    home = new_household()
    async with world.database.transaction() as session:
        await on_households(session, [event_of(snapshot(home))])
    told = visit(home, "01", "11")
    await take(world, told, told)
    found = {clue["risk_type"]: clue for clue in await world.clues(home)}
    assert {risk: (clue["state"], clue["channels"]) for risk, clue in found.items()} == {
        "01": ("dispatched", ["CH4"]), "11": ("dispatched", ["CH4"]),
    }  # fmt: skip
    detail = (await client.get(f"/v1/clues/{found['11']['id']}", headers=headers(*READ))).json()
    (source,) = detail["sources"]
    assert (source["channel"], source["explanation"]["zh"][:4]) == ("CH4", "集中排查")
    duties = await world.rows("SELECT kind, state FROM duty WHERE household_id = :home", home=home)
    assert [(duty["kind"], duty["state"]) for duty in duties] == [("D03", "open")] * 2


async def test_what_a_visit_found_joins_the_open_clue(world: World) -> None:
    clue = await open_clue(world)
    await take(world, visit(clue["household_id"], clue["risk_type"], channel=Channel.VISIT, campaign_id=None))
    (stored,) = await world.clues(clue["household_id"])
    assert (stored["id"], stored["channels"], stored["source_count"]) == (clue["id"], ["CH2", "CH3"], 2)


async def test_a_household_that_nobody_heard_of_is_not_lost(world: World) -> None:
    home = new_household()
    await take(world, visit(home, "11"))
    (stored,) = await world.clues(home)
    assert (stored["area_code"], stored["state"]) == (VILLAGE, "dispatched")
    (source,) = await world.rows(
        "SELECT visitors, reported_by FROM clue_source WHERE clue_id = CAST(:id AS uuid)", id=stored["id"]
    )
    assert (source["visitors"], source["reported_by"]) == ([ANN, BEA], ANN)
