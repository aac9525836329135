"""Findings become clues, alerts and events, all in one transaction."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from alerts_world import TOWN, VILLAGE, World, event_of, finding, new_household, snapshot, withdrawal
from sqlalchemy import text

from alerts.clues.consumers import finding_handler
from contracts.alerts import AlertPublished, ClueMoved
from contracts.vocabulary import RiskType, Severity
from servicekit import clock


async def test_first_finding_raises_a_clue_that_is_dispatched_to_the_township(world: World) -> None:
    """F-A06: rules run on arrival; the clue goes at once to the township of the household."""
    household = new_household()
    found = finding(household)
    before = clock.now()
    await world.fold(found)

    (clue,) = await world.clues(household)
    assert (clue["state"], clue["severity"], clue["version"]) == ("dispatched", "ORANGE", 1)
    assert clue["dispatched_to"] == TOWN
    assert timedelta(days=7) <= clue["due_at"] - before < timedelta(days=7, minutes=5)
    (alert,) = await world.alerts(household)
    assert (alert["kind"], alert["clue_id"]) == ("raised", clue["id"])
    (moved,) = await world.moved(household)
    assert ClueMoved.model_validate(moved).finding_ids == [found.finding_id]
    assert (moved["state"], moved["previous_state"], moved["version"]) == ("dispatched", "new", 1)


async def test_feed_outbox_and_position_carry_the_same_event(world: World) -> None:
    household = new_household()
    await world.fold(finding(household))
    (alert,) = await world.alerts(household)
    (sent,) = await world.rows(
        "SELECT event_id::text AS event_id, key, time, data::text AS data FROM outbox"
        " WHERE topic = 'alerts.alert.v1' AND key = :id",
        id=household,
    )
    (stored,) = await world.rows("SELECT data::text AS data FROM alert WHERE position = :p", p=alert["position"])
    assert sent["event_id"] == alert["event_id"]
    assert sent["data"] == stored["data"]
    assert sent["time"] == alert["published_at"]
    fact = AlertPublished.model_validate_json(sent["data"])
    assert (fact.position, fact.alert_id) == (alert["position"], alert["event_id"])


async def test_public_alert_is_thin(world: World) -> None:
    """Public events carry ids, codes and links; never an amount or evidence."""
    household = new_household()
    await world.fold(finding(household, evidence={"cost_self_paid_ytd": "98765.43"}))
    (alert,) = await world.alerts(household)
    (moved,) = await world.moved(household)
    assert "98765" not in str(alert["data"])
    assert "98765" not in str(moved)


async def test_more_findings_of_the_risk_join_the_open_clue_with_their_evidence(world: World) -> None:
    household = new_household()
    await world.fold(finding(household, "R-MED-03", severity=Severity.YELLOW))
    await world.fold(finding(household, "R-MED-01", severity=Severity.YELLOW, person_id="p-2", period="2026-09"))
    (clue,) = await world.clues(household)
    assert clue["rule_ids"] == ["R-MED-01", "R-MED-03"]
    assert (clue["source_count"], clue["latest_period"], clue["version"]) == (2, "2026-10", 2)
    sources = await world.rows("SELECT evidence FROM clue_source WHERE household_id = :id", id=household)
    assert all(source["evidence"]["is_low_income"] for source in sources)
    assert [alert["kind"] for alert in await world.alerts(household)] == ["raised"]


async def test_worse_source_escalates_the_open_clue_and_brings_its_due_date_forward(world: World) -> None:
    household = new_household()
    await world.fold(finding(household, "R-MED-03", severity=Severity.YELLOW))
    await world.fold(finding(household, "R-MED-02", severity=Severity.RED))
    (clue,) = await world.clues(household)
    assert clue["severity"] == "RED"
    assert clue["due_at"] - clue["raised_at"] < timedelta(days=3, minutes=5)
    assert [alert["kind"] for alert in await world.alerts(household)] == ["raised", "escalated"]


async def test_two_orange_rules_in_a_period_make_the_households_orange_clues_red(world: World) -> None:
    household = new_household()
    await world.fold(finding(household, "R-MED-02"))
    await world.fold(finding(household, "R-CIV-01", risk_type=RiskType.RELIEF, person_id=None, scope="household"))
    clues = await world.clues(household)
    assert {clue["risk_type"]: clue["severity"] for clue in clues} == {"01": "RED", "22": "RED"}
    kinds = [(alert["risk_type"], alert["kind"], alert["severity"]) for alert in await world.alerts(household)]
    assert ("01", "escalated", "RED") in kinds
    assert ("22", "raised", "RED") in kinds


async def test_orange_rules_of_different_periods_stay_orange(world: World) -> None:
    household = new_household()
    await world.fold(finding(household, "R-MED-02", period="2026-09"))
    await world.fold(finding(household, "R-CIV-01", risk_type=RiskType.RELIEF, period="2026-10"))
    assert {clue["severity"] for clue in await world.clues(household)} == {"ORANGE"}


async def test_same_finding_again_changes_nothing(world: World) -> None:
    household = new_household()
    found = finding(household)
    await world.fold(found)
    before = (await world.clues(household), await world.alerts(household), await world.moved(household))
    await world.fold(found)  # another event id, the same finding
    assert (await world.clues(household), await world.alerts(household), await world.moved(household)) == before


async def test_withdrawn_orange_rule_no_longer_counts_towards_red(world: World) -> None:
    household = new_household()
    first = finding(household, "R-MED-02")
    await world.fold(first)
    await world.fold(withdrawal(first))
    await world.fold(finding(household, "R-CIV-01", risk_type=RiskType.RELIEF))
    assert {clue["severity"] for clue in await world.clues(household)} == {"ORANGE"}


async def test_monitored_household_with_the_same_open_risk_gets_no_clue_to_verify(world: World) -> None:
    household = new_household()
    await world.register(snapshot(household, is_monitored=True, open_risks=[RiskType.ILLNESS]))
    await world.fold(finding(household))
    await world.fold(finding(household, period="2026-11"))
    (clue,) = await world.clues(household)
    assert (clue["state"], clue["dispatched_to"], clue["source_count"]) == ("existing_case", None, 2)
    assert await world.alerts(household) == []
    assert [(moved["state"], len(moved["finding_ids"])) for moved in await world.moved(household)] == [
        ("existing_case", 1),
        ("existing_case", 1),
    ]


async def test_monitored_household_with_another_risk_gets_its_clue(world: World) -> None:
    household = new_household()
    await world.register(snapshot(household, is_monitored=True, open_risks=[RiskType.HOUSING]))
    await world.fold(finding(household))
    (clue,) = await world.clues(household)
    assert clue["state"] == "dispatched"


async def test_older_snapshot_never_overwrites_a_newer_one(world: World) -> None:
    household = new_household()
    await world.register(snapshot(household, version=3, is_monitored=True, open_risks=[RiskType.ILLNESS]))
    await world.register(snapshot(household, version=2))
    (row,) = await world.rows("SELECT version, is_monitored FROM household WHERE household_id = :id", id=household)
    assert row == {"version": 3, "is_monitored": True}


@pytest.mark.parametrize("seed", range(4))
async def test_any_cut_of_the_same_findings_gives_the_same_clues(world: World, seed: int) -> None:
    """Folding does not depend on the order of findings nor on how they are cut into batches."""
    chooser = random.Random(seed)
    rules = [
        ("R-MED-01", RiskType.ILLNESS, Severity.ORANGE),
        ("R-MED-02", RiskType.ILLNESS, Severity.ORANGE),
        ("R-MED-03", RiskType.ILLNESS, Severity.YELLOW),
        ("R-CIV-01", RiskType.RELIEF, Severity.ORANGE),
        ("R-HOU-01", RiskType.HOUSING, Severity.RED),
        ("R-EDU-03", RiskType.SCHOOLING_COST, Severity.YELLOW),
        ("R-AGR-03", RiskType.INCOME, Severity.ORANGE),
    ]
    facts = [
        (household, *chooser.choice(rules), chooser.choice(["2026-09", "2026-10"]), f"p-{chooser.randrange(3)}")
        for household in range(6)
        for _ in range(chooser.randrange(1, 8))
    ]
    outcomes: list[Any] = []
    for _ in range(3):
        names = {household: new_household() for household in range(6)}
        await world.register(snapshot(names[0], is_monitored=True, open_risks=[RiskType.ILLNESS]))
        chooser.shuffle(facts)
        batch: list[Any] = []
        for household, rule, risk, severity, period, person in facts:
            batch.append(
                finding(names[household], rule, risk_type=risk, severity=severity, period=period, person_id=person,
                        is_policy_gap=rule == "R-MED-01")
            )  # fmt: skip
            if chooser.random() < 0.4:
                await world.fold(*batch)
                batch = []
        if batch:
            await world.fold(*batch)
        outcomes.append(
            {
                (household, clue["risk_type"], clue["state"]): (
                    clue["severity"],
                    clue["rule_ids"],
                    clue["source_count"],
                    clue["latest_period"],
                )
                for household, name in names.items()
                for clue in await world.clues(name)
            }
        )
    assert outcomes[0] == outcomes[1] == outcomes[2]


async def test_failure_while_publishing_leaves_nothing_behind(world: World) -> None:
    """Findings, clue, alert, outbox and deliveries are one transaction."""
    household = new_household()

    async def fold_and_fail() -> None:
        async with world.database.transaction() as session:
            await finding_handler(0)(session, [event_of(finding(household))])
            raise RuntimeError("after the fold")

    with pytest.raises(RuntimeError, match="after the fold"):
        await fold_and_fail()
    assert await world.clues(household) == []
    assert await world.alerts(household) == []
    assert await world.rows("SELECT 1 FROM outbox WHERE key = :id", id=household) == []
    async with world.database.transaction() as session:
        head = (await session.execute(text("SELECT count(*), max(position) FROM alert"))).one()
    assert head[0] == (head[1] or 0), "a rolled-back publication leaves no gap"


async def test_batch_of_five_hundred_takes_a_handful_of_statements(world: World) -> None:
    """The number of statements does not grow with the number of findings."""

    async def statements(count: int) -> int:
        from sqlalchemy import event

        seen: list[str] = []

        def count_statement(_: Any, __: Any, statement: str, *___: Any) -> None:
            seen.append(statement)

        facts = [event_of(finding(new_household(), area_code=VILLAGE)) for _ in range(count)]
        engine = world.database.engine.sync_engine
        event.listen(engine, "before_cursor_execute", count_statement)
        try:
            async with world.database.transaction() as session:
                await finding_handler(0)(session, facts)
        finally:
            event.remove(engine, "before_cursor_execute", count_statement)
        return len(seen)

    few = await statements(2)
    assert await statements(500) == await statements(100) == few + 1 <= 15  # one more: large batches are planned afresh


@pytest.mark.parametrize("is_at_once", [True, False])
async def test_being_uninsured_is_a_clue_of_its_own_beside_the_open_risk_of_illness(
    world: World, *, is_at_once: bool
) -> None:
    household = new_household()
    await world.register(snapshot(household, is_monitored=True, open_risks=["01"]))
    gap = finding(household, "R-MED-01", severity=Severity.RED, is_policy_gap=True)
    if is_at_once:
        await world.fold(gap, finding(household, "R-MED-02"))
    else:
        await world.fold(gap)
        await world.fold(finding(household, "R-MED-02"))
    by_state = {clue["state"]: clue["rule_ids"] for clue in await world.clues(household)}
    assert by_state == {"dispatched": ["R-MED-01"], "existing_case": ["R-MED-02"]}


async def test_questionable_data_are_no_clue(world: World) -> None:
    household = new_household()
    await world.register(snapshot(household))
    await world.fold(finding(household, "R-EDU-91", risk_type=RiskType.DATA, severity=Severity.INFO))
    assert await world.clues(household) == []
