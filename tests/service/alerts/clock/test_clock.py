"""Due dates: flagged once, told once, sent to the county."""

from __future__ import annotations

import asyncio
from typing import Any

from alerts_world import COUNTY, World, finding, new_household
from sqlalchemy import text

from alerts.clock.service import overdue_job
from contracts.vocabulary import Severity

_DAY_S = 86_400.0


async def test_clue_past_its_due_date_is_overdue_once_and_goes_to_the_county(world: World, move_clock: Any) -> None:
    """Anything open past its due date goes to the next level; its state is kept."""
    move_clock(0)
    red, yellow = new_household(), new_household()
    await world.fold(finding(red, severity=Severity.RED), finding(yellow, severity=Severity.YELLOW))
    job = overdue_job(world.database)
    await job()
    assert [alert["kind"] for alert in await world.alerts(red)] == ["raised"]
    move_clock(3 * _DAY_S + 60)
    await asyncio.gather(job(), job())  # two workers at once
    await job()
    (clue,) = await world.clues(red)
    assert (clue["state"], clue["is_overdue"], clue["escalated_to"]) == ("dispatched", True, COUNTY)
    assert [alert["kind"] for alert in await world.alerts(red)] == ["raised", "overdue"]
    assert [alert["kind"] for alert in await world.alerts(yellow)] == ["raised"]


async def test_a_clock_that_steps_back_and_forth_over_the_due_date_tells_of_it_once(
    world: World, move_clock: Any
) -> None:
    """P9: a statutory deadline fires once, whatever the clock does."""
    move_clock(0)
    household = new_household()
    await world.fold(finding(household, severity=Severity.RED))
    job = overdue_job(world.database)
    for offset_s in (3 * _DAY_S + 3600, 3 * _DAY_S - 3600, 3 * _DAY_S + 3600):
        move_clock(offset_s)
        await job()
    assert [alert["kind"] for alert in await world.alerts(household)] == ["raised", "overdue"]


async def test_batches_go_on_until_nothing_is_late(world: World, move_clock: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("alerts.clock.service._BATCH", 7)
    move_clock(0)
    households = [new_household() for _ in range(20)]
    await world.fold(*(finding(household, severity=Severity.RED) for household in households))
    move_clock(4 * _DAY_S)
    await overdue_job(world.database)()
    for household in households:
        assert [alert["kind"] for alert in await world.alerts(household)] == ["raised", "overdue"]


async def test_nothing_is_declared_overdue_while_sending_is_held(world: World, move_clock: Any) -> None:
    """After a restore a clue may have been verified in the time that is lost."""
    move_clock(0)
    household = new_household()
    await world.fold(finding(household, severity=Severity.RED))
    move_clock(4 * _DAY_S)
    async with world.database.transaction() as session:
        await session.execute(text("INSERT INTO outward_hold (since, reason) VALUES (now(), 'restore')"))
    job = overdue_job(world.database)
    await job()
    assert [clue["is_overdue"] for clue in await world.clues(household)] == [False]
    async with world.database.transaction() as session:
        await session.execute(text("DELETE FROM outward_hold"))
    await job()
    assert [alert["kind"] for alert in await world.alerts(household)] == ["raised", "overdue"]
