"""Peak memory of each process of the embedded system."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Mapping

import psutil  # type: ignore[import-untyped]  # it ships no types

_EVERY_S = 0.5


class MemoryWatch:
    """Samples the resident memory of processes by name, in bytes.

    A name's value covers the whole process tree: what each process has for itself, plus once the memory that they
    share, so that PostgreSQL's buffers are not counted once per connection.

    Args:
        processes: Gives the process id of each name at the time of sampling.
    """

    def __init__(self, processes: Callable[[], Mapping[str, int]]) -> None:
        self._processes = processes
        self.peak_bytes: dict[str, int] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Sample twice a second until `stop`."""
        self._task = asyncio.create_task(self._run(), name="memory-watch")

    async def stop(self) -> None:
        """Take a last sample and stop."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        self.sample()

    async def _run(self) -> None:
        while True:
            await asyncio.to_thread(self.sample)
            await asyncio.sleep(_EVERY_S)

    def sample(self) -> None:
        """Look once."""
        for name, pid in self._processes().items():
            size = _tree_bytes(pid)
            if size:
                self.peak_bytes[name] = max(size, self.peak_bytes.get(name, 0))


def _tree_bytes(pid: int) -> int:
    own, shared = 0, 0
    try:
        root = psutil.Process(pid)
        # The supervisor is everybody's parent: it counts alone.
        tree = [root] if pid == os.getpid() else [root, *root.children(recursive=True)]
    except psutil.Error:
        return 0
    for process in tree:
        with contextlib.suppress(psutil.Error):
            info = process.memory_info()
            common = getattr(info, "shared", 0)
            own += info.rss - common
            shared = max(shared, common)
    return int(own + shared)


def cpu_seconds() -> float:
    """Give what this process and those that it started, as far as they live, have used so far."""
    me = psutil.Process()
    spent = 0.0
    for process in (me, *me.children(recursive=True)):
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            spent += times.user + times.system
    return spent
