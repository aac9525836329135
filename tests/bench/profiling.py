"""Where a service process spends its time: py-spy beside a measured run (`--profile alerts-worker`)."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

_PY_SPY = "py-spy==0.4.1"
_RATE = "100"
_SHOWN = 20
# Threads with nothing to do, which py-spy cannot always tell from busy ones.
_WAITS = ("_watch (bangfu", "_worker (concurrent/futures", "run (asyncio/runners", "wait (threading")
_FRAMEWORK = ("asyncio/", "runpy", "launch.py", "__main__.py", "uvloop", "threading.py", "process ")


@asynccontextmanager
async def profiled(names: Sequence[str], pids: Mapping[str, int], folder: Path) -> AsyncIterator[None]:
    """Sample processes while the block runs, then print the functions that were on top of the stack most often.

    The stacks stay in `folder`, one collapsed file a process, ready for any flame graph tool. A run that is
    sampled is slower: its figures say where time goes, not how much there is.
    """
    started = []
    for name in names:
        path = folder / f"stacks-{name}.txt"
        command = [os.environ.get("UV", "uv"), "tool", "run", "--quiet", "--from", _PY_SPY, "py-spy", "record",
                   "--pid", str(pids[name]), "--output", str(path), "--format", "raw", "--rate", _RATE,
                   "--subprocesses", "--duration", "3600"]  # fmt: skip
        process = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL, start_new_session=True
        )
        started.append((name, path, process))
    if started:
        await asyncio.sleep(2)  # until it looks
    try:
        yield
    finally:
        for name, path, process in started:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGINT)
            await process.wait()
            if path.exists():
                _show(name, path)


def _show(name: str, path: Path) -> None:
    own: Counter[str] = Counter()
    within: Counter[str] = Counter()
    for line in path.read_text(encoding="utf-8").splitlines():
        stack, _, count = line.rpartition(" ")
        frames = [frame.rpartition(":")[0] for frame in stack.split(";")]
        if frames[-1].startswith(_WAITS):
            continue
        own[frames[-1]] += int(count)
        callers = {frame for frame in frames if not any(part in frame for part in _FRAMEWORK)}
        within.update(dict.fromkeys(callers, int(count)))
    total = own.total() or 1
    print(f"    {name}: {total} samples in {path}")
    for title, counts in (("own", own), ("with callees", within)):
        for frame, samples in counts.most_common(_SHOWN):
            print(f"      {samples / total:5.1%} {title}  {frame}", flush=True)
