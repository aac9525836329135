"""Every nemesis of the embedded bus, once: what it may cost is time, never an acknowledged delivery (P1, P8)."""

from __future__ import annotations

import random

import pytest

from faults.arena import Arena
from faults.nemesis.catalogue import ALL
from faults.nemesis.disk import require_mount
from faults.nemesis.traffic import Traffic

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

# The others are struck by the tests beside this one, or by the harness.
_IN_CI = {"failover", "migrate-during-traffic", "clock-step", "commit-in-reverse", "stale-snapshots"}
_ROWS = {6, 7, 9, 10, 11, 12, 16, 17, 18, 19, 20, 21, 22, 27}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in _IN_CI else pytest.mark.soak)
        for name, nemesis in sorted(ALL.items())
        if "embedded" in nemesis.buses and "webhook" not in nemesis.links
    ],
)
async def test_traffic_goes_on_after_it_and_nothing_acknowledged_is_lost(arena: Arena, name: str) -> None:
    nemesis = ALL[name]
    if nemesis.disks:
        require_mount()
    async with Traffic(arena) as traffic:
        try:
            await nemesis.strike(arena, random.Random(name))
        finally:
            await nemesis.heal(arena)
        await traffic.progress()
    await traffic.check()
    await arena.wait_ready()


def test_every_row_of_the_fault_table_that_needs_a_nemesis_has_one() -> None:
    assert {row for nemesis in ALL.values() for row in nemesis.rows} == _ROWS


def test_what_a_seed_chooses_does_not_depend_on_the_run() -> None:
    """`lasting_s` and every choice come from the rng that the harness hands over."""
    for nemesis in ALL.values():
        assert nemesis.lasting_s(random.Random(7)) == nemesis.lasting_s(random.Random(7))
        assert nemesis.lasts_s[1] <= 4
