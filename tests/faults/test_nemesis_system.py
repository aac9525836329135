"""Each nemesis bites, and leaves a system that works: P1 for what was acknowledged meanwhile, P8 for readiness."""

from __future__ import annotations

import asyncio
import random

import pytest

from faults.arena import Arena
from faults.nemesis import Nemesis
from faults.nemesis.catalogue import ALL
from faults.nemesis.traffic import Traffic

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]


@pytest.mark.parametrize(
    "name",
    sorted(name for name, nemesis in ALL.items() if "embedded" in nemesis.buses and "webhook" not in nemesis.links),
)
async def test_a_strike(arena: Arena, name: str) -> None:
    nemesis = ALL[name]
    if set(nemesis.disks) - set(arena.disks):
        pytest.skip("x")
    import time

    async with Traffic(arena) as traffic:
        t = time.monotonic()
        await nemesis.strike(arena, random.Random(1))
        struck = time.monotonic() - t
        await nemesis.heal(arena)
        t = time.monotonic()
        p = await traffic.progress()
        await arena.wait_ready(30)
        print(
            f"\n{name}: struck {struck:.1f} progress {p:.1f} ready {time.monotonic() - t:.1f}",
            dict(traffic.answers),
            f"{traffic.slowest_s:.1f}",
            {(a.status_code, a.json().get("code"), a.headers.get("retry-after")) for a in traffic.refusals},
            [o for o in arena.outages][-1:],
        )
    await traffic.check()
