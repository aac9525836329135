"""Rows 18, 19 and 22: broken ways and a database that does not answer. P8: readiness says so, then work goes on."""

from __future__ import annotations

import asyncio
import random

import psycopg
import pytest

from bangfu.sdk import NotFound
from faults.arena import Arena, Process
from faults.nemesis.database import OutOfConnections
from faults.nemesis.proxy import Way
from faults.nemesis.traffic import Traffic
from faults.nemesis.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

LOCK_TIMEOUT_S = 1.0  # set in conftest.py; ten by default
_NOTICED_S = 5.0  # two seconds of a probe's patience, the rest for a machine that is busy


async def _until(process: Process, *, is_ready: bool) -> float:
    async def is_so() -> bool:
        return await process.is_ready(timeout_s=10) is is_ready

    return await until(is_so)


@pytest.mark.parametrize(
    ("link", "name", "way"),
    [
        ("sharing", "sharing-api", None),
        ("sharing", "sharing-api", Way.TO_CLIENT),
        ("sharing", "sharing-worker", Way.TO_SERVER),
        ("bus", "alerts-worker", None),
        ("bus", "alerts-worker", Way.BOTH),
    ],
)
async def test_readiness_turns_false_while_a_way_is_broken_and_true_again(
    arena: Arena, link: str, name: str, way: Way | None
) -> None:
    process, proxy = arena.processes[name], arena.links[link]
    await process.wait_ready()
    if way is None:
        proxy.cut()
    else:
        proxy.hold(way)
    try:
        assert await _until(process, is_ready=False) < _NOTICED_S * arena.slowness
    finally:
        proxy.heal()
    assert await _until(process, is_ready=True) < 10 * arena.slowness
    assert process.restarts == 0


async def test_requests_of_a_cut_off_service_are_refused_with_503_and_those_of_others_go_on(arena: Arena) -> None:
    async with Traffic(arena) as traffic:
        arena.links["sharing"].cut()
        await traffic.answered(503)
        async with arena.client("bureau") as bureau:
            with pytest.raises(NotFound):  # an answer: the registry's database is another one
                await bureau.areas.get("990199000000")
        arena.links["sharing"].heal()
        assert await traffic.progress() < 15 * arena.slowness
    await traffic.check()


async def test_a_silent_database_answers_late_and_nothing_is_lost_or_doubled(arena: Arena) -> None:
    async with Traffic(arena) as traffic:
        for way in (Way.TO_SERVER, Way.TO_CLIENT):  # the request did not arrive; the answer did not come back
            arena.links["sharing"].hold(way)
            await asyncio.sleep(1.5)
            arena.links["sharing"].heal()
            await traffic.progress()
    await traffic.check()
    assert traffic.slowest_s > 0.7, "a request under way waited for most of it"


async def test_connections_reset_again_and_again_lose_nothing(arena: Arena) -> None:
    async with Traffic(arena) as traffic:
        arena.links["sharing"].slow(0.002, jitter_s=0.01, bytes_per_s=500_000)
        for _ in range(6):
            await asyncio.sleep(0.15)
            arena.links["sharing"].reset()
        arena.links["sharing"].heal()
        await traffic.progress()
    await traffic.check()


async def test_who_waits_for_a_locked_table_is_told_to_come_back_and_then_served(arena: Arena) -> None:
    async with Traffic(arena, clients=3) as traffic:
        async with await psycopg.AsyncConnection.connect(arena.database_url("sharing")) as connection:
            await connection.execute("LOCK TABLE delivery IN ACCESS EXCLUSIVE MODE")
            await traffic.answered(503)
            await connection.rollback()
        await traffic.progress()
    await traffic.check()
    assert traffic.slowest_s < LOCK_TIMEOUT_S + 3 * arena.slowness


async def test_a_service_without_connections_is_unready_refuses_and_recovers(arena: Arena) -> None:
    nemesis = OutOfConnections("sharing")
    async with Traffic(arena) as traffic:
        striking = asyncio.create_task(nemesis.strike(arena, random.Random(3)))
        await _until(arena.process("sharing", "api"), is_ready=False)
        await striking
        await traffic.progress()
    await traffic.check()
    assert traffic.answers[503] > 0
