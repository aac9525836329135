"""The supervisor with a real child: Python's own HTTP server stands in for a service."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from bangfu_local.embedded.memory import MemoryWatch
from bangfu_local.embedded.processes import Command, Family, StartFailedError, run_command
from servicekit.embedded.ports import free_port


def command(tmp_path: Path, port: int, *, module: str = "http.server", name: str = "web") -> Command:
    return Command(
        name=name,
        module=module,
        arguments=(str(port), "--bind", "127.0.0.1", "--directory", str(tmp_path)),
        environment=dict(os.environ),
        ready_url=f"http://127.0.0.1:{port}/",
        log=tmp_path / f"{name}.log",
    )


async def answers(port: int, timeout_s: float = 10.0) -> bool:
    ends_at = time.monotonic() + timeout_s
    async with httpx.AsyncClient(trust_env=False) as http:
        while time.monotonic() < ends_at:
            try:
                return (await http.get(f"http://127.0.0.1:{port}/")).status_code == 200
            except httpx.TransportError:
                await asyncio.sleep(0.05)
    return False


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


async def test_a_killed_child_is_started_again_and_stop_leaves_none(tmp_path: Path) -> None:
    port = free_port()
    family = Family([command(tmp_path, port)])
    await family.start(20)
    first = family["web"].kill()
    assert await answers(port)
    second = family["web"].pid
    assert second != first
    assert family["web"].restarts == 1
    await family.stop()
    assert second is not None
    assert not is_alive(second)


async def test_a_child_that_cannot_start_is_reported_with_the_end_of_its_log(tmp_path: Path) -> None:
    family = Family([command(tmp_path, free_port(), module="no_such_module")])
    with pytest.raises(StartFailedError, match="no_such_module"):
        await family.start(20)
    await family.stop()
    assert family.pids() == {}


def test_children_end_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    port = free_port()
    script = tmp_path / "supervisor.py"
    script.write_text(
        "import asyncio, os\nfrom pathlib import Path\n"
        "from bangfu_local.embedded.processes import Command, Family\n"
        "async def main():\n"
        f"    family = Family([Command('web', 'http.server', ('{port}', '--bind', '127.0.0.1'), dict(os.environ),\n"
        f"        'http://127.0.0.1:{port}/', Path({str(tmp_path / 'web.log')!r}))])\n"
        "    await family.start(20)\n"
        "    print(family['web'].pid, flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    supervisor = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    assert supervisor.stdout is not None
    child = int(supervisor.stdout.readline())
    assert is_alive(child)
    supervisor.send_signal(signal.SIGKILL)
    supervisor.wait()
    for _ in range(100):
        if not is_alive(child):
            break
        time.sleep(0.05)
    assert not is_alive(child)


async def test_memory_is_sampled_by_name(tmp_path: Path) -> None:
    watch = MemoryWatch(lambda: {"me": os.getpid(), "gone": 2**22 - 1})
    watch.sample()
    assert watch.peak_bytes["me"] > 5 << 20
    assert "gone" not in watch.peak_bytes


def _command(folder: Path, text: str) -> dict[str, str]:
    """A module `once` that notes each start, then does something; the environment that finds it."""
    (folder / "once.py").write_text(
        "import os, pathlib, signal, sys\n"
        "starts = pathlib.Path(__file__).with_name('starts')\n"
        "starts.open('a').write('x')\n"
        "number = len(starts.read_text())\n" + text
    )
    return {"PYTHONPATH": str(folder)}


@pytest.mark.parametrize(
    ("text", "starts", "is_done"),
    [
        ("", 1, True),
        ("if number == 1: os.kill(os.getpid(), signal.SIGKILL)", 2, True),
        ("os.kill(os.getpid(), signal.SIGKILL)", 3, False),
        ("sys.exit(1)", 1, False),
    ],
    ids=["ends", "killed-once", "killed-each-time", "fails"],
)
async def test_a_command_that_was_killed_is_given_again(tmp_path: Path, text: str, starts: int, is_done: bool) -> None:
    environment = _command(tmp_path, text)
    if is_done:
        await run_command(["once"], environment, tmp_path / "log")
    else:
        with pytest.raises(StartFailedError):
            await run_command(["once"], environment, tmp_path / "log")
    assert len((tmp_path / "starts").read_text()) == starts
