"""What a child process needs from Linux."""

from __future__ import annotations

import contextlib
import ctypes
import resource
import signal
from collections.abc import Callable
from pathlib import Path

_PR_SET_PDEATHSIG = 1


def die_with_parent(number: int = signal.SIGTERM) -> Callable[[], None]:
    """Give a function for a child to call (a `preexec_fn`), that has Linux signal it when its parent dies."""
    libc = ctypes.CDLL(None, use_errno=True)

    def set_death_signal() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(number))

    return set_death_signal


def limit_memory(more_bytes: int) -> None:
    """Let this process, busy with untrusted bytes, map `more_bytes` beside what it has, and leave no core dump."""
    mapped_bytes = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    for kind, most in ((resource.RLIMIT_AS, mapped_bytes + more_bytes), (resource.RLIMIT_CORE, 0)):
        with contextlib.suppress(ValueError):  # whoever started the service allows less than that
            resource.setrlimit(kind, (most, most))
