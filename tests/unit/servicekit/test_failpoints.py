"""Failpoints: nothing unless armed, exact when armed, impossible in production."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import timeit
from collections.abc import Iterator
from pathlib import Path

import pytest

from servicekit import failpoints
from servicekit.failpoints import Action, FailpointError, arm, failpoint, failpoint_async, parse


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    yield
    arm({}, is_embedded=True)


def test_each_action_is_read() -> None:
    assert parse("a.b:kill, c.d_e:kill@3,f.g:error,h.i:error@2,j.k:delay=2.5,") == {
        "a.b": Action("kill"),
        "c.d_e": Action("kill", nth=3),
        "f.g": Action("error"),
        "h.i": Action("error", nth=2),
        "j.k": Action("delay", seconds=2.5),
    }


@pytest.mark.parametrize(
    "text", ["a.b", "a.b:", "a.b:explode", "a:kill", "a.b:delay", "a.b:kill@", "a.b:kill;c.d:kill"]
)
def test_what_cannot_be_read_stops_the_start(text: str) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        parse(text)


@pytest.mark.parametrize("variable", failpoints.VARIABLES)
def test_production_refuses_every_variable(variable: str) -> None:
    with pytest.raises(ValueError, match="only for embedded mode"):
        arm({variable: "a.b:kill"}, is_embedded=False)


async def test_nothing_happens_unless_armed() -> None:
    arm({"UNRELATED": "1"}, is_embedded=False)
    failpoint("outbox.sent")
    await failpoint_async("outbox.sent")


def test_an_error_comes_at_the_visit_named_and_only_there() -> None:
    arm({"FAILPOINT": "outbox.sent:error@2"}, is_embedded=True)
    failpoint("outbox.sent")
    failpoint("outbox.claimed")
    with pytest.raises(FailpointError, match=r"outbox\.sent"):
        failpoint("outbox.sent")
    failpoint("outbox.sent")


async def test_a_delay_waits_at_each_visit() -> None:
    arm({"FAILPOINT": "outbox.sent:delay=0.02"}, is_embedded=True)
    started = time.perf_counter()
    failpoint("outbox.sent")
    await failpoint_async("outbox.sent")
    assert time.perf_counter() - started >= 0.04


def test_the_trace_has_a_line_for_each_visit(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    arm({"FAILPOINT_TRACE": str(trace)}, is_embedded=True)
    failpoint("outbox.sent")
    failpoint("outbox.marked")
    failpoint("outbox.sent")
    assert [line.split()[0] for line in trace.read_text().splitlines()] == [
        "outbox.sent",
        "outbox.marked",
        "outbox.sent",
    ]


def test_a_process_is_killed_at_its_second_visit_and_never_again_in_the_run(tmp_path: Path) -> None:
    program = (
        "import os\n"
        "from servicekit.failpoints import arm, failpoint\n"
        "arm(os.environ, is_embedded=True)\n"
        "for visit in range(4):\n"
        "    print(visit, flush=True)\n"
        "    failpoint('outbox.sent')\n"
    )

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", program],
            env={"FAILPOINT": "outbox.sent:kill@2", "FAILPOINT_STATE": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )

    killed, restarted = run(), run()
    assert (killed.returncode, killed.stdout) == (-signal.SIGKILL, "0\n1\n")
    assert (restarted.returncode, restarted.stdout) == (0, "0\n1\n2\n3\n"), restarted.stderr
    assert [marker.name for marker in tmp_path.iterdir()] == ["outbox.sent"]


def test_coming_by_unarmed_costs_next_to_nothing() -> None:
    """As much as looking a name up in an empty table, times ten at most, on whatever machine this is."""
    arm({}, is_embedded=True)
    nothing: dict[str, str] = {}
    coming_by = min(timeit.repeat(lambda: failpoint("outbox.sent"), number=20_000, repeat=5))
    looking_up = min(timeit.repeat(lambda: nothing.get("outbox.sent"), number=20_000, repeat=5))
    assert coming_by < 10 * looking_up
