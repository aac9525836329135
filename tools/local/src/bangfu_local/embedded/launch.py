"""Runs one service process of the embedded system so that it cannot outlive its supervisor.

`python -P .../launch.py PARENT_PID MODULE [ARGUMENT...]`
"""

from __future__ import annotations

import ctypes
import os
import runpy
import signal
import sys
import threading
import time

_PR_SET_PDEATHSIG = 1
_WATCH_S = 1.0
_GRACE_S = 20.0


def die_with_parent(parent_pid: int) -> None:
    """End this process when the parent is gone: SIGTERM first, the hard way after 20 seconds.

    On Linux the kernel sends the signal at once; a watching thread covers other systems, a parent that died
    before this call, and a process that does not react.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    threading.Thread(target=_watch, args=(parent_pid,), name="parent-watch", daemon=True).start()


def _watch(parent_pid: int) -> None:
    while os.getppid() == parent_pid:
        time.sleep(_WATCH_S)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE_S)
    os._exit(1)


def main() -> None:
    """Set up the tie to the parent, then become the module."""
    parent_pid, module, *arguments = sys.argv[1:]
    die_with_parent(int(parent_pid))
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
