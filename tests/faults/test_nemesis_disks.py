"""Row 16: on a full disk what needs room is refused and not acknowledged; with room again the service resumes."""

from __future__ import annotations

import asyncio
import contextlib
import json

import httpx
import psycopg
import pytest

from faults.arena import Arena
from faults.nemesis.disk import require_mount
from faults.nemesis.traffic import DATASET, PERIOD, Traffic, token_of

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

_WAL_SEGMENT_BYTES = 16 * 1024 * 1024


@pytest.fixture(autouse=True)
def _small_disks() -> None:
    require_mount()


async def test_a_full_database_disk_refuses_and_goes_on_when_there_is_room(arena: Arena) -> None:
    async with Traffic(arena) as traffic:
        arena.disks["postgres"].fill()
        async with asyncio.timeout(20):
            while not traffic.refusals:  # noqa: ASYNC110  free space within the tables' files is used up first
                await asyncio.sleep(0.05)
        arena.disks["postgres"].free()
        await traffic.progress()
    await traffic.check()


async def test_a_database_whose_log_has_no_room_ends_and_is_started_again_with_all_it_acknowledged(
    arena: Arena,
) -> None:
    """A full pg_wal is a PANIC of the server, and its recovery needs room too: only a supervisor brings it back."""
    async with Traffic(arena) as traffic:
        before = arena.postgres.pid
        arena.disks["postgres"].fill()
        await asyncio.to_thread(_fill_log, arena.postgres.url())
        async with asyncio.timeout(20):
            while arena.postgres.pid == before:  # noqa: ASYNC110  another process sets no event
                await asyncio.sleep(0.05)
        arena.disks["postgres"].free()
        await traffic.progress()
        assert arena.postgres.pid not in (None, before)
    await traffic.check()
    assert all(process.restarts == 0 for process in arena.processes.values() if process.name == "sharing-api")


def _fill_log(url: str) -> None:
    """Write to the database's log until it needs a segment that there is no room for."""
    with (
        contextlib.suppress(psycopg.OperationalError),
        psycopg.connect(url, autocommit=True, connect_timeout=5) as connection,
    ):
        for _ in range(3 * _WAL_SEGMENT_BYTES // 1_000_000):
            connection.execute("SELECT pg_logical_emit_message(true, 'nemesis', repeat('x', 1000000))")


async def test_a_part_that_finds_no_room_is_refused_with_507_and_taken_whole_later(arena: Arena) -> None:
    rows = "\n".join(json.dumps(_row(number), ensure_ascii=False) for number in range(200)).encode()
    headers = {"Authorization": f"Bearer {await token_of(arena, 'edu')}", "Content-Type": "application/x-ndjson"}
    async with httpx.AsyncClient(base_url=arena.system.gateway_url, timeout=30, trust_env=False) as http:
        opened = await http.post("/v1/deliveries", json={"dataset": DATASET, "period": PERIOD}, headers=headers | _JSON)
        delivery = f"/v1/deliveries/{opened.json()['id']}"
        arena.disks["sharing"].fill()
        refused = await http.put(f"{delivery}/parts/1", content=rows, headers=headers)
        assert refused.status_code == 507, refused.text
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json()["code"] == "insufficient_storage"
        assert int(refused.headers["retry-after"]) >= 1
        assert (await http.get(delivery, headers=headers)).json()["parts"] == []
        arena.disks["sharing"].free()
        taken = await http.put(f"{delivery}/parts/1", content=rows, headers=headers)
        assert taken.status_code == 200, taken.text
        assert taken.json()["accepted"] + taken.json()["rejected"] == 200
        part = {"number": 1, "sha256": taken.json()["sha256"]}
        receipt = await http.post(f"{delivery}/commit", json={"parts": [part]}, headers=headers | _JSON)
        assert receipt.status_code == 200, receipt.text


async def test_services_whose_logs_have_no_room_go_on(arena: Arena) -> None:
    arena.disks["logs"].fill()
    async with Traffic(arena, clients=3) as traffic:
        await traffic.progress(60)
    await traffic.check()
    assert set(traffic.answers) == {201}
    async with httpx.AsyncClient(trust_env=False) as http:
        metrics = (await http.get(arena.system.probe_url("sharing-api") + "/metrics")).text
    assert float(metrics.split("\nbangfu_log_lines_lost_total ")[1].split("\n")[0]) > 0


_JSON = {"Content-Type": "application/json"}


def _row(number: int) -> dict[str, object]:
    """A pupil whose ID number lacks a right check digit: rejected or not, the part is taken. Province 99: nobody."""
    return {
        "id_no": f"990101201{number % 10}0101{number:04d}",
        "name": "张三",
        "school": "第一中学",
        "stage": "junior",
        "grade": 7,
        "roll_status": "enrolled",
        "present": True,
    }
