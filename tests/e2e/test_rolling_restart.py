"""Every process is replaced under load, one after the other: whoever uses the SDK notices nothing but time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from bangfu_county import generate
from bangfu_local.embedded import EmbeddedSystem, standard_clients
from bangfu_local.embedded.clients import BUREAU, department_client
from bangfu_local.embedded.settle import settle
from bangfu_local.embedded.system import SERVICES

from .replacing import replace

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

PERIOD, COUNTY, DATASET = "2026-10", "990101000000", "DS-EDU-ROLL"
DRAIN_S = 30.0


def part(folder: Path, number: int) -> Path:
    """A list of twenty children; another one each time, so that no two deliveries are the same bytes."""
    path = folder / f"roll-{number}.ndjson"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    with path.open("w", encoding="utf-8") as file:
        for child in range(20):
            body = f"990101201{child % 5}0{1 + child % 9}1{child % 10}{100 + (number * 7 + child) % 900}"
            check = "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]
            row = {
                "id_no": body + check, "name": "张三", "school": "第一中学", "stage": "junior", "grade": 1,
                "roll_status": "enrolled", "present": True,
            }  # fmt: skip
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return path


async def test_replacing_every_process_under_load_fails_no_request_and_repeats_no_effect(tmp_path: Path) -> None:
    """P1, P2: every receipt has exactly one effect; every list could be read; each process drained in time."""
    generate(tmp_path / "county", households=400, seed=5, period=PERIOD)
    receipts: list[str] = []
    counts = {"read": 0, "pushed": 0, "registered": 0}
    failures: list[str] = []
    stop = asyncio.Event()

    async with EmbeddedSystem(
        tmp_path / "data", clock_start=datetime(2026, 11, 10, 1, tzinfo=UTC), durable=False
    ) as system:
        await system.ensure_clients(standard_clients(COUNTY))
        async with system.client(BUREAU) as bureau, system.client(department_client("EDU")) as education:
            await bureau.areas.import_file(tmp_path / "county/registry/areas.csv")
            await bureau.households.import_file(tmp_path / "county/registry/households.ndjson")
            await settle(system)
            village = (await anext(bureau.households.list())).area_code

            async def read() -> None:
                found = [household async for household in bureau.households.list(area=village)]
                assert found
                counts["read"] += 1

            async def push() -> None:
                counts["pushed"] += 1
                file = await asyncio.to_thread(part, tmp_path, counts["pushed"])
                pushed = await education.deliveries.push(DATASET, [file], period=PERIOD)
                receipts.append(pushed.receipt.receipt_no)

            async def loop(work: Callable[[], Awaitable[None]]) -> None:
                while not stop.is_set():
                    try:
                        await work()
                    except Exception as error:
                        failures.append(f"{type(error).__name__}: {error}")
                    await asyncio.sleep(0.05)

            clients = [asyncio.create_task(loop(work)) for work in (read, read, push, push)]
            drained: dict[str, float] = {}
            for service in SERVICES:
                for role in ("worker", "api"):
                    drained[f"{service}-{role}"] = await replace(system, f"{service}-{role}")
            stop.set()
            await asyncio.gather(*clients)
            await settle(system)
    assert failures == []
    assert counts["read"] > 8
    assert len(receipts) == counts["pushed"] > 8
    assert {name: seconds for name, seconds in drained.items() if seconds > DRAIN_S} == {}


async def test_each_receipt_is_one_committed_delivery_and_one_event(tmp_path: Path) -> None:
    """The same key sent again while the api is replaced gives the same delivery (P1)."""
    async with EmbeddedSystem(
        tmp_path / "data", clock_start=datetime(2026, 11, 10, 1, tzinfo=UTC), durable=False
    ) as system:
        await system.ensure_clients(standard_clients(COUNTY))
        async with system.client(department_client("EDU")) as education:
            file = part(tmp_path, 1)
            pushing = [asyncio.create_task(education.deliveries.push(DATASET, [file], period=PERIOD)) for _ in range(4)]
            await replace(system, "sharing-api")
            numbers = {(await each).receipt.receipt_no for each in pushing}
            await settle(system)
        with psycopg.connect(system.database_url("sharing")) as connection:
            committed = connection.execute("SELECT receipt_no FROM delivery WHERE state = 'committed'").fetchall()
            events = connection.execute(
                "SELECT count(*), count(DISTINCT data->>'delivery_id') FROM outbox WHERE topic = 'sharing.delivery.v1'"
            ).fetchone()
        assert {row[0] for row in committed} == numbers
        assert events == (len(numbers), len(numbers))
