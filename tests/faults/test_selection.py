"""The short selection for CI: a calm month that comes by every failpoint, and a few seeds on each bus.

The whole of it is `make soak`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from faults.catalogue import load
from faults.nemesis.catalogue import ALL
from faults.plan import Plan, make_plan
from faults.run import Result, run

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

IN_CI = {"embedded": (1, 2, 3), "kafka": (4,)}


def told(result: Result) -> str:
    return "\n".join([*result.failures, f"again: {result.plan.command}"])


def dead_failpoints(result: Result) -> set[str]:
    return {name for name, row in load().items() if result.plan.bus in row.buses} - result.visits.keys()


async def test_a_calm_month_comes_by_every_failpoint(tmp_path: Path) -> None:
    """No failpoint is dead: each is reached by what a county does."""
    result = await run(Plan(0, "embedded"), folder=tmp_path / "run")
    assert not result.failures, told(result)
    assert not result.killed
    assert not dead_failpoints(result)


@pytest.mark.parametrize("seed", IN_CI["embedded"])
async def test_the_month_survives(tmp_path: Path, seed: int) -> None:
    """P1, P2, P3, P4, P5, P8 under six failpoint kills, three signals and a nemesis."""
    result = await run(make_plan(seed, "embedded", ALL.values()), folder=tmp_path / "run")
    assert not result.failures, told(result)
    assert result.killed, "nobody died: the run shows nothing"


@pytest.mark.kafka
@pytest.mark.parametrize("seed", IN_CI["kafka"])
async def test_the_month_survives_on_apache_kafka(tmp_path: Path, seed: int, kafka_address: str) -> None:
    """The same with a broker, which the run starts by itself, so that it can be killed."""
    result = await run(make_plan(seed, "kafka", ALL.values()), folder=tmp_path / "run")
    assert not result.failures, told(result)
    assert result.killed, "nobody died: the run shows nothing"
    assert not dead_failpoints(result)
