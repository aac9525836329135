"""Reads while a million rows come in, against the same reads on an idle system."""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import time

import httpx

from bangfu_local.embedded.clients import BUREAU
from bench.data import PERIOD
from bench.harness import Bench
from bench.results import Budget, Result, Series, must_be
from bench.rows.import_ import register
from bench.rows.intake import FULL
from bench.rows.latency import p99

_PERSONS = 20_000
_TOWN = "990101101000"
_PAUSE_S = 0.005
_IDLE_READS = 400


async def measure(bench: Bench) -> list[Result]:
    """Time single reads in blocks: idle, intake, idle, intake."""
    if not bench.persons_registered:
        await register(bench, bench.options.size(_PERSONS, least=1000))
    rows = bench.options.size(FULL, least=1000)
    path = bench.data.enrolment(rows, "ndjson")
    idle_ms: list[float] = []
    busy_ms: list[float] = []
    idle, busy = Series("reads on an idle system"), Series(f"the same while `bangfu push` sends {rows:,} rows")
    async with httpx.AsyncClient(base_url=bench.system.gateway_url, timeout=60, trust_env=False) as http:
        headers = {"Authorization": f"Bearer {await bench.token(BUREAU)}"}

        async def read() -> float:
            began = time.perf_counter()
            response = await http.get(f"/v1/households?area={_TOWN}&limit=20", headers=headers)
            took_ms = (time.perf_counter() - began) * 1000
            must_be("status of a read", response.status_code, 200)
            await asyncio.sleep(_PAUSE_S)
            return took_ms

        for _ in range(50):
            await read()
        for _ in range(bench.options.repetitions):
            await bench.empty("sharing", "delivery", "outbox")
            bench.checkpoint()
            with bench.meter.timing() as usage:
                idle_ms += [await read() for _ in range(_IDLE_READS if not bench.options.is_small else 50)]
            idle.runs.append(usage)
            with bench.meter.timing() as usage:
                pushing = await asyncio.create_subprocess_exec(
                    sys.executable, "-m", "bangfu", "push", "DS-MED-ENROL", str(path), "--period", PERIOD,
                    env=os.environ | {"BANGFU_CREDENTIALS": str(bench.system.credentials_path)},
                    stdout=asyncio.subprocess.DEVNULL,
                )  # fmt: skip
                while pushing.returncode is None:
                    busy_ms.append(await read())
                must_be("exit code of bangfu push", await pushing.wait(), 0)
            busy.runs.append(usage)
            accepted = await bench.value("sharing", "SELECT sum(rows_accepted) FROM delivery WHERE state = 'committed'")
            must_be("rows accepted", int(accepted), rows)
    p50 = statistics.median
    return [
        Result(
            "reads",
            "Reads during a 1,000,000-row intake, p99",
            "the same reads on an idle system, p99",
            p99(busy_ms) / p99(idle_ms),
            Budget("<=", 4),
            series={"idle": idle, "busy": busy},
            notes=[
                "a read is 20 households of a township through the gateway, one connection",
                f"p50 / p99 of {len(idle_ms)} idle reads: {p50(idle_ms):.1f} / {p99(idle_ms):.1f} ms",
                f"p50 / p99 of {len(busy_ms)} reads during intakes: {p50(busy_ms):.1f} / {p99(busy_ms):.1f} ms",
            ],
        )
    ]
