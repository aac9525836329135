"""What processes cost: CPU seconds and memory, read from /proc (Linux)."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_SAMPLE_S = 0.25
_WITHOUT_CHILDREN = frozenset({"kafka"})  # a hundred threads to ask, and none ever has a child
_OWN_PAGES = frozenset({"postgres", "bench"})  # many processes that share next to nothing but the buffers
_PROC = Path("/proc")

Pids = Callable[[], Mapping[str, int]]


@dataclass
class Usage:
    """What one measured stretch of work took.

    Attributes:
        seconds: Wall clock.
        cpu: CPU seconds by process name, the process's children included; of the bench itself as `bench`.
        peak: Highest memory by process name, in bytes (`memory_bytes`).
        before: Memory at the start, in bytes.
    """

    seconds: float = 0.0
    cpu: dict[str, float] = field(default_factory=dict)
    peak: dict[str, int] = field(default_factory=dict)
    before: dict[str, int] = field(default_factory=dict)

    @property
    def added(self) -> dict[str, int]:
        """By how much each process grew at most, in bytes."""
        return {name: max(0, size - self.before.get(name, size)) for name, size in self.peak.items()}


def _stat(pid: int) -> list[str]:
    """Fields of /proc/<pid>/stat after the command's name; empty when it is gone."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _trees(roots: Mapping[str, int]) -> dict[str, list[int]]:
    """Process ids by name: each root with all its descendants, the other roots' trees left out."""
    taken = set(roots.values())
    trees = {}
    for name, root in roots.items():
        tree, waiting = [], [root]
        while waiting:
            pid = waiting.pop()
            tree.append(pid)
            if name not in _WITHOUT_CHILDREN:
                waiting += [child for child in _children(pid) if child not in taken]
        trees[name] = tree
    return trees


def _children(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        tasks = (_PROC / str(pid) / "task").iterdir()
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    return []


def cpu_seconds(roots: Mapping[str, int]) -> dict[str, float]:
    """CPU seconds by name since the process began: user and system, ended children included."""
    return {
        name: sum(sum(map(int, fields[11:15])) for pid in tree if (fields := _stat(pid))) * _TICK_S
        for name, tree in _trees(roots).items()
    }


def memory_bytes(roots: Mapping[str, int]) -> dict[str, int]:
    """Anonymous memory by name: what processes share by having been forked counts once, PostgreSQL's buffers never."""
    return {
        name: sum(_anonymous_kib(pid, shares_pages=len(tree) > 1 and name not in _OWN_PAGES) for pid in tree) * 1024
        for name, tree in _trees(roots).items()
    }


def _anonymous_kib(pid: int, *, shares_pages: bool) -> int:
    # The kernel walks every page for the shared ones: it is asked only where there are some.
    file, wanted = ("smaps_rollup", b"Pss_Anon:") if shares_pages else ("status", b"RssAnon:")
    with contextlib.suppress(OSError):
        for line in (_PROC / str(pid) / file).read_bytes().splitlines():
            if line.startswith(wanted):
                return int(line.split()[1])
    return 0


class Meter:
    """Measures a stretch of work: wall clock, CPU by process, peak memory by process.

    Args:
        pids: Gives the process ids by name; the bench itself is added.
    """

    def __init__(self, pids: Pids) -> None:
        self._pids = pids

    def _roots(self) -> dict[str, int]:
        return {**self._pids(), "bench": os.getpid()}

    @contextmanager
    def timing(self, watch: Callable[[float, Mapping[str, int]], None] | None = None) -> Iterator[Usage]:
        """Time what happens inside; the usage is complete afterwards.

        Args:
            watch: Told each memory sample with the seconds since the start.
        """
        usage = Usage()
        over = threading.Event()
        roots = self._roots()
        usage.before = memory_bytes(roots)
        usage.peak = dict(usage.before)
        cpu = cpu_seconds(roots)
        began = time.perf_counter()

        def sample() -> None:
            while not over.wait(_SAMPLE_S):
                sizes = memory_bytes(self._roots())
                for name, size in sizes.items():
                    usage.peak[name] = max(size, usage.peak.get(name, 0))
                if watch:
                    watch(time.perf_counter() - began, sizes)

        sampler = threading.Thread(target=sample, name="memory", daemon=True)
        sampler.start()
        try:
            yield usage
        finally:
            usage.seconds = time.perf_counter() - began
            over.set()
            sampler.join()
            after = cpu_seconds(self._roots())
            usage.cpu = {name: round(value - cpu.get(name, 0.0), 2) for name, value in after.items()}
