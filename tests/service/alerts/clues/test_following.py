"""Clues go where their findings, households, areas and the policy go, and everybody concerned is told."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from alerts_world import (
    COUNTY,
    OTHER_VILLAGE,
    TOWN,
    VILLAGE,
    World,
    event_of,
    finding,
    new_household,
    snapshot,
    withdrawal,
)
from clue_steps import READ, open_clue, verify

from alerts.clock.service import overdue_job
from alerts.clues.consumers import on_areas, on_policies
from contracts.registry import AreaChanged, PolicyProfileActivated
from contracts.vocabulary import HouseholdStatus, RiskType, Severity
from servicekit import clock

OTHER_TOWN = "990101102000"
OTHER_COUNTY_VILLAGE = "990103101201"
_DAY_S = 86_400.0


def kinds(alerts: list[dict[str, Any]]) -> list[str]:
    """Give what was told, in order."""
    return [alert["kind"] for alert in alerts]


async def activate(world: World, version: int, effective_from: date, region: str = COUNTY, **parameters: Any) -> None:
    """Have a profile announced."""
    profile = PolicyProfileActivated(
        region=region,
        version=version,
        effective_from=effective_from,
        source_document="test",
        parameters={name.replace("__", "."): value for name, value in parameters.items()},
    )
    async with world.database.transaction() as session:
        await on_policies(session, [event_of(profile)])


async def accept(client: httpx.AsyncClient, headers: Any, clue: dict[str, Any]) -> httpx.Response:
    """Take a clue in hand."""
    return await client.post(f"/v1/clues/{clue['id']}/accept", headers=headers(*READ))


async def test_a_clue_whose_findings_are_all_withdrawn_is_closed_and_told(world: World) -> None:
    household = new_household()
    first, second = finding(household), finding(household, "R-MED-03", severity=Severity.YELLOW)
    await world.fold(first, second)
    await world.fold(withdrawal(first))
    (clue,) = await world.clues(household)
    assert (clue["state"], clue["rule_ids"], clue["source_count"]) == ("dispatched", ["R-MED-03"], 1)
    await world.fold(withdrawal(second))
    (clue,) = await world.clues(household)
    assert (clue["state"], clue["is_open"], clue["closed_because"]) == ("withdrawn", False, "findings_withdrawn")
    assert kinds(await world.alerts(household)) == ["raised", "changed", "resolved"]
    (last,) = (await world.moved(household))[-1:]
    assert (last["state"], last["previous_state"], last["version"]) == ("withdrawn", "dispatched", clue["version"])
    assert set(last["finding_ids"]) == {first.finding_id, second.finding_id}


async def test_a_withdrawn_clue_is_neither_overdue_nor_escalated_later(world: World, move_clock: Any) -> None:
    move_clock(0)
    household = new_household()
    found = finding(household, severity=Severity.RED)
    await world.fold(found)
    await world.fold(withdrawal(found))
    move_clock(10 * _DAY_S)
    await overdue_job(world.database)()
    assert kinds(await world.alerts(household)) == ["raised", "resolved"]


@pytest.mark.parametrize("begun", ["accepted", "unreachable"])
async def test_where_a_visit_has_begun_the_clue_stays_with_a_note(
    client: httpx.AsyncClient, headers: Any, world: World, begun: str
) -> None:
    household = new_household()
    found = finding(household)
    await world.register(snapshot(household))
    await world.fold(found)
    (clue,) = await world.clues(household)
    if begun == "accepted":
        await accept(client, headers, clue)
    else:
        await verify(client, headers, clue, result="unreachable")
    await world.fold(withdrawal(found))
    body = (await client.get(f"/v1/clues/{clue['id']}", headers=headers(*READ))).json()
    assert body["state"] == ("verifying" if begun == "accepted" else "unreachable")
    assert body["ground_gone_at"] is not None
    assert body["sources"][0]["withdrawn_at"] is not None
    assert kinds(await world.alerts(household))[-1] == "changed"
    told = (await world.moved(household))[-1]
    assert told["ground_gone_at"] is not None
    await world.fold(finding(household, severity=Severity.YELLOW, period="2026-11"))  # something speaks for it again
    (clue,) = await world.clues(household)
    assert (clue["ground_gone_at"], clue["severity"]) == (None, "YELLOW")


async def test_a_finding_that_holds_again_opens_its_clue_again(world: World) -> None:
    household = new_household()
    found = finding(household)
    await world.fold(found)
    await world.fold(withdrawal(found))
    await world.fold(found)
    (clue,) = await world.clues(household)
    assert (clue["state"], clue["closed_because"], clue["dispatched_to"]) == ("dispatched", None, TOWN)
    assert clue["due_at"] - clue["raised_at"] == timedelta(days=7)
    assert kinds(await world.alerts(household)) == ["raised", "resolved", "raised"]


async def test_another_finding_of_the_risk_opens_the_clue_again_with_the_time_that_it_had(
    world: World, move_clock: Any
) -> None:
    """A list that was torn and mended, a person who went to another record: one clue, not two."""
    move_clock(0)
    household = new_household()
    first = finding(household)
    await world.fold(first)
    (before,) = await world.clues(household)
    move_clock(3600)
    await world.fold(withdrawal(first))
    await world.fold(finding(household, "R-MED-03"))
    (clue,) = await world.clues(household)
    assert (clue["id"], clue["state"], clue["rule_ids"]) == (before["id"], "dispatched", ["R-MED-03"])
    assert clue["due_at"] == before["due_at"]
    assert kinds(await world.alerts(household)) == ["raised", "resolved", "raised"]


async def test_a_finding_that_holds_again_joins_the_clue_that_was_opened_meanwhile(
    world: World, move_clock: Any
) -> None:
    move_clock(0)
    household = new_household()
    found = finding(household)
    await world.fold(found)
    await world.fold(withdrawal(found))
    move_clock(40 * _DAY_S)
    await world.fold(finding(household, "R-MED-03"))
    await world.fold(found)
    clues = await world.clues(household)
    assert [(clue["state"], clue["source_count"]) for clue in clues] == [("withdrawn", 1), ("dispatched", 2)]
    assert clues[1]["rule_ids"] == ["R-MED-02", "R-MED-03"]


async def test_a_clue_that_somebody_asked_for_stays_without_its_findings(
    client: httpx.AsyncClient, headers: Any, world: World
) -> None:
    clue = await open_clue(world)
    applied = {"risk_type": "01", "via": "app", "applied_on": clock.today().isoformat()}
    await client.post("/v1/applications", json=applied | {"household_id": clue["household_id"]}, headers=headers(*READ))
    (source,) = await world.rows(
        "SELECT finding_id FROM clue_source WHERE household_id = :id AND finding_id IS NOT NULL",
        id=clue["household_id"],
    )
    await world.fold(withdrawal(finding(clue["household_id"], finding_id=source["finding_id"])))
    (clue,) = await world.clues(clue["household_id"])
    assert (clue["state"], clue["channels"]) == ("dispatched", ["CH1"])


@pytest.mark.parametrize("at_once", [True, False])
async def test_severity_and_due_date_follow_a_finding_that_changed_for_the_better(
    world: World, move_clock: Any, at_once: bool
) -> None:
    move_clock(0)
    household = new_household()
    bad, better = finding(household, severity=Severity.RED), finding(household, severity=Severity.YELLOW)
    await world.fold(bad)
    move_clock(_DAY_S)
    if at_once:
        await world.fold(better, withdrawal(bad))
    else:  # the comparison announces what it raises first
        await world.fold(better)
        await world.fold(withdrawal(bad))
    (clue,) = await world.clues(household)
    assert (clue["state"], clue["severity"]) == ("dispatched", "YELLOW")
    assert clue["due_at"] - clue["raised_at"] == timedelta(days=10)  # the time that there was from the start
    assert kinds(await world.alerts(household)) == ["raised", "changed"]


async def test_severity_and_due_date_follow_a_finding_that_changed_for_the_worse(world: World, move_clock: Any) -> None:
    move_clock(0)
    household = new_household()
    good, worse = finding(household, severity=Severity.YELLOW), finding(household, severity=Severity.RED)
    await world.fold(good)
    move_clock(_DAY_S)
    await world.fold(worse, withdrawal(good))
    (clue,) = await world.clues(household)
    assert clue["severity"] == "RED"
    assert timedelta(days=3, hours=23) < clue["due_at"] - clue["raised_at"] < timedelta(days=4, hours=1)
    assert kinds(await world.alerts(household)) == ["raised", "escalated"]


async def test_an_overdue_clue_that_gets_less_severe_has_time_again(world: World, move_clock: Any) -> None:
    move_clock(0)
    household = new_household()
    bad, better = finding(household, severity=Severity.RED), finding(household, severity=Severity.YELLOW)
    await world.fold(bad)
    move_clock(4 * _DAY_S)
    await overdue_job(world.database)()
    await world.fold(better, withdrawal(bad))
    (clue,) = await world.clues(household)
    assert (clue["is_overdue"], clue["escalated_to"]) == (False, None)
    assert kinds(await world.alerts(household)) == ["raised", "overdue", "changed"]


async def test_red_by_two_orange_rules_is_orange_again_without_the_second(world: World) -> None:
    household = new_household()
    relief = finding(household, "R-CIV-01", risk_type=RiskType.RELIEF)
    await world.fold(finding(household), relief)
    await world.fold(withdrawal(relief))
    clues = {clue["risk_type"]: (clue["state"], clue["severity"]) for clue in await world.clues(household)}
    assert clues == {"01": ("dispatched", "ORANGE"), "22": ("withdrawn", "RED")}


async def test_a_clue_moves_with_its_household_and_both_townships_are_told(
    client: httpx.AsyncClient, headers: Any, world: World
) -> None:
    clue = await open_clue(world)
    household = clue["household_id"]
    await world.register(snapshot(household, version=2, area_code=OTHER_VILLAGE))
    (moved,) = await world.clues(household)
    assert (moved["area_code"], moved["town_code"], moved["dispatched_to"]) == (OTHER_VILLAGE, OTHER_TOWN, OTHER_TOWN)
    assert (moved["state"], moved["due_at"]) == ("dispatched", clue["due_at"])
    place = f"/v1/clues/{clue['id']}"
    assert (await client.get(place, headers=headers(*READ, areas=[TOWN]))).status_code == 404
    assert (await client.get(place, headers=headers(*READ, areas=[OTHER_TOWN]))).status_code == 200
    for town, other in ((TOWN, "moved_to"), (OTHER_TOWN, "moved_from")):
        page = await client.get("/v1/alerts?kind=moved&limit=1000", headers=headers("alerts:read", areas=[town]))
        (told,) = [item["data"] for item in page.json()["items"] if item["data"]["clue_id"] == clue["id"]]
        assert told[other] == (OTHER_VILLAGE if other == "moved_to" else VILLAGE)
    assert (await world.moved(household))[-1]["area_code"] == OTHER_VILLAGE


async def test_an_escalation_moves_to_the_county_that_the_household_moved_to(world: World, move_clock: Any) -> None:
    move_clock(0)
    clue = await open_clue(world)
    move_clock(8 * _DAY_S)
    await overdue_job(world.database)()
    await world.register(snapshot(clue["household_id"], version=2, area_code=OTHER_COUNTY_VILLAGE))
    (moved,) = await world.clues(clue["household_id"])
    assert (moved["is_overdue"], moved["escalated_to"]) == (True, "990103000000")


async def test_a_finding_of_a_run_before_the_move_reaches_the_township_of_now(world: World) -> None:
    household = new_household()
    await world.register(snapshot(household, area_code=OTHER_VILLAGE))
    await world.fold(finding(household, area_code=VILLAGE))
    (clue,) = await world.clues(household)
    assert (clue["area_code"], clue["dispatched_to"]) == (OTHER_VILLAGE, OTHER_TOWN)


async def test_a_closed_clue_goes_along_quietly_with_its_household(
    client: httpx.AsyncClient, headers: Any, world: World
) -> None:
    clue = await open_clue(world)
    household = clue["household_id"]
    await verify(client, headers, clue, result="confirmed_policy")
    told = len(await world.moved(household))
    await world.register(snapshot(household, version=2, area_code=OTHER_VILLAGE))
    (moved,) = await world.clues(household)
    assert (moved["area_code"], moved["state"]) == (OTHER_VILLAGE, "confirmed_policy")
    assert len(await world.moved(household)) == told
    assert kinds(await world.alerts(household)) == ["raised", "resolved", "policy_gap"]


@pytest.mark.parametrize("is_visited", [False, True])
async def test_a_household_that_ends_ends_its_clues_and_back_it_has_them_again(
    client: httpx.AsyncClient, headers: Any, world: World, is_visited: bool
) -> None:
    clue = await open_clue(world)
    household = clue["household_id"]
    if is_visited:
        await accept(client, headers, clue)
    await world.register(snapshot(household, version=2, status=HouseholdStatus.ENDED))
    (ended,) = await world.clues(household)
    assert (ended["state"], ended["closed_because"]) == ("withdrawn", "household_ended")
    assert kinds(await world.alerts(household)) == ["raised", "resolved"]
    await world.fold(finding(household, "R-MED-03"))  # of a run that did not know yet
    assert [item["is_open"] for item in await world.clues(household)] == [False]
    await world.register(snapshot(household, version=3))
    (back,) = await world.clues(household)
    assert (back["state"], back["rule_ids"]) == ("dispatched", ["R-MED-02", "R-MED-03"])


async def test_the_clues_of_a_merged_household_go_on_with_the_other(
    client: httpx.AsyncClient, headers: Any, world: World
) -> None:
    gone, stays = new_household(), new_household()
    await world.register(snapshot(gone), snapshot(stays, area_code=OTHER_VILLAGE))
    illness = finding(gone)
    await world.fold(illness, finding(gone, "R-HOU-01", risk_type=RiskType.HOUSING), finding(stays, "R-MED-03"))
    await world.register(snapshot(gone, version=2, status=HouseholdStatus.MERGED, merged_into=stays))
    clues = {(clue["risk_type"], clue["is_open"]): clue for clue in await world.clues(stays)}
    assert await world.clues(gone) == []
    assert set(clues) == {("01", True), ("01", False), ("11", True)}
    assert clues["01", False]["closed_because"] == "joined"
    assert (clues["01", True]["rule_ids"], clues["01", True]["source_count"]) == (["R-MED-02", "R-MED-03"], 2)
    assert clues["11", True]["area_code"] == OTHER_VILLAGE
    await world.fold(withdrawal(illness))  # told of the household that it was about then
    (joint,) = [clue for clue in await world.clues(stays) if clue["risk_type"] == "01" and clue["is_open"]]
    assert joint["rule_ids"] == ["R-MED-03"]


async def test_a_profile_dated_back_moves_the_due_dates_of_the_clues_that_it_covers(
    world: World, move_clock: Any
) -> None:
    move_clock(0)
    county = "990104000000"
    today = clock.today()
    early = await open_clue(world, area_code="990104101201")
    move_clock(2 * _DAY_S)
    late = await open_clue(world, area_code="990104101201")
    move_clock(3 * _DAY_S)
    await activate(world, 1, today + timedelta(days=2), region=county, clock__verify_days_orange="4")
    due = {}
    for clue in (early, late):
        (row,) = await world.clues(clue["household_id"])
        due[clue["id"]] = row["due_at"] - row["raised_at"]
    assert due == {early["id"]: timedelta(days=7), late["id"]: timedelta(days=4)}
    assert kinds(await world.alerts(late["household_id"])) == ["raised", "changed"]
    await activate(world, 2, today, region=county, clock__verify_days_orange="5")  # later told, earlier in force
    (row,) = await world.clues(early["household_id"])
    assert row["due_at"] - row["raised_at"] == timedelta(days=5)
    (row,) = await world.clues(late["household_id"])
    assert row["due_at"] - row["raised_at"] == timedelta(days=4)


async def test_a_profile_that_asks_for_more_orange_rules_takes_the_red_back(world: World) -> None:
    county, village = "990105000000", "990105101201"
    household = new_household()
    await world.register(snapshot(household, area_code=village))
    await world.fold(
        finding(household, area_code=village),
        finding(household, "R-CIV-01", risk_type=RiskType.RELIEF, area_code=village),
    )
    assert {clue["severity"] for clue in await world.clues(household)} == {"RED"}
    await activate(world, 1, clock.today(), region=county, alerts__orange_to_red="3")
    assert {clue["severity"] for clue in await world.clues(household)} == {"ORANGE"}


async def test_a_subscription_to_a_merged_village_goes_on_with_its_successor(
    client: httpx.AsyncClient, headers: Any, world: World
) -> None:
    village, successor = "990106101201", "990106101202"
    caller = headers("subscriptions:manage", areas=["990106000000"])
    wanted = {"name": "甲村", "channel": "pull", "areas": [village]}
    made = (await client.post("/v1/subscriptions", json=wanted, headers=caller)).json()
    changed = AreaChanged(
        area_code=village, name="甲村", level="village", parent_code="990106101000",
        valid_from=clock.today(), valid_to=clock.today(), successors=[successor],
    )  # fmt: skip
    for _ in range(2):
        async with world.database.transaction() as session:
            await on_areas(session, [event_of(changed)])
    (row,) = await world.rows(
        "SELECT areas, area_lows, area_highs FROM subscription WHERE id = CAST(:id AS uuid)", id=made["id"]
    )
    assert row["areas"] == [village, successor]
    assert (len(row["area_lows"]), len(row["area_highs"])) == (2, 2)
