"""Rows 6, 20 and 21: a database killed under load, frozen leaders, rolling restarts."""

from __future__ import annotations

import asyncio
import random
import signal
import sys
from typing import Any

import httpx
import psycopg
import pytest

from faults.arena import Arena
from faults.nemesis.database import PostgresKill
from faults.nemesis.processes import roll
from faults.nemesis.traffic import Traffic
from faults.nemesis.waiting import until
from servicekit.embedded.ports import free_port

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


async def test_a_database_killed_under_load_keeps_what_was_acknowledged_and_every_process_rides_over_it(
    arena: Arena,
) -> None:
    before = {name: process.restarts for name, process in arena.processes.items()}
    async with Traffic(arena, clients=3) as traffic:
        for number in range(2):
            await PostgresKill().strike(arena, random.Random(number))
            assert await traffic.progress() < 20
    await traffic.check()
    await arena.wait_ready()
    assert traffic.answers[503] > 0
    assert {name: process.restarts for name, process in arena.processes.items()} == before


async def test_a_service_rolled_under_load_loses_nothing_it_accepted(arena: Arena) -> None:
    async with Traffic(arena, clients=3) as traffic:
        await roll(arena, "sharing-api")
        await traffic.progress()
    await traffic.check()
    assert set(traffic.answers) <= {201, 502, 503}, "the gateway answers for a service that is being replaced"


async def test_a_relay_that_froze_and_lost_its_lock_publishes_nothing_behind_its_successors_back(
    arena: Arena,
) -> None:
    """The first worker holds the lock, freezes, and its connection ends, as keep-alives end that of a dead host."""
    first = arena.process("registry", "worker")
    await first.wait_ready()
    port = free_port()
    second = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "registry", "worker",
        env={**first.environment, "REGISTRY_WORKER_PORT": str(port)},
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        await until(lambda: _leads(f"http://127.0.0.1:{port}", expected=False))
        first.pause()
        await _execute(arena.postgres.url(), _END_LEADER)
        await until(lambda: _leads(f"http://127.0.0.1:{port}", expected=True))
        written = [await _announce(arena.database_url("registry"), number) for number in range(10)]
        await until(lambda: _are_published(arena, written))
        first.resume()
        await first.wait_ready()
        written.append(await _announce(arena.database_url("registry"), 10))
        await until(lambda: _are_published(arena, written))
        await until(lambda: _leads(arena.system.worker_url("registry"), expected=False))
    finally:
        first.resume()
        second.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(second.wait(), 40) == 0
    assert first.restarts == 0
    assert await _copies(arena, written) == [1] * len(written)


_END_LEADER = """
SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
WHERE l.locktype = 'advisory' AND l.granted AND d.datname = 'registry'
  AND ((l.classid::bigint << 32) | l.objid::bigint) = 7205759401
"""

_ANNOUNCE = """
INSERT INTO outbox (topic, key, type, data) VALUES ('registry.area.v1', %s, 'bangfu.registry.area.changed.v1',
    json_build_object('area_code', %s::text, 'name', '村', 'level', 'village', 'parent_code', '990101102000',
                      'valid_from', '2024-01-01'))
RETURNING event_id::text
"""


async def _announce(url: str, number: int) -> str:
    code = f"9901011020{number:02d}"
    async with await psycopg.AsyncConnection.connect(url) as connection:
        row = await (await connection.execute(_ANNOUNCE, (code, code))).fetchone()
    assert row is not None
    return str(row[0])


async def _execute(url: str, statement: str) -> None:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute(statement.encode())


async def _copies(arena: Arena, event_ids: list[str]) -> list[int]:
    """How often each event is on the embedded bus."""
    async with await psycopg.AsyncConnection.connect(arena.database_url("bus")) as connection:
        cursor = await connection.execute(
            "SELECT count(b.topic) FROM unnest(%s::text[]) WITH ORDINALITY AS wanted (id, place) LEFT JOIN bus_log b"
            " ON b.headers @> jsonb_build_array(jsonb_build_array('event_id', wanted.id)) GROUP BY place"
            " ORDER BY place",
            (event_ids,),
        )
        rows: list[tuple[Any, ...]] = await cursor.fetchall()
    return [int(row[0]) for row in rows]


async def _are_published(arena: Arena, event_ids: list[str]) -> bool:
    return min(await _copies(arena, event_ids)) >= 1


async def _leads(url: str, *, expected: bool) -> bool:
    """Whether a worker is up and says that it is, or is not, the relay."""
    async with httpx.AsyncClient(trust_env=False, timeout=5) as http:
        try:
            text = (await http.get(f"{url}/metrics")).text
            ready = (await http.get(f"{url}/readyz")).status_code == 200
        except httpx.HTTPError:
            return False
    return ready and ('bangfu_outbox_relay_elected{service="registry"} 1.0' in text) is expected
