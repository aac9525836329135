"""Where the children come from: a process that has loaded what reading takes, and forks itself for each upload.

To start an interpreter costs as much as to read eight MiB, and that is one part of a delivery. This process is started
once by a service: it has one thread, none of the service's environment, files or secrets, and never sees an upload, so
that every child begins from the same clean state. It ends when the service's end of the socket closes.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from typing import NoReturn

import zstandard  # noqa: F401 - likewise

import intake.workbook  # noqa: F401 - loaded here, once for all children
from intake.child import BROKE_DOWN, serve

ORDER_BYTES = 4_096  # of a plan as JSON, at most


def main() -> int:
    """Answer each plan, which comes with two pipes, with the id of its new child and a file descriptor of that."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C is for the service, which drains first
    parent = os.getpid()
    with socket.socket(fileno=0) as orders:
        while True:
            plan, pipes, _, _ = socket.recv_fds(orders, ORDER_BYTES, 2)
            if not plan:
                return 0
            child = os.fork()
            if not child:
                _begin(parent, plan, pipes)
            handle = os.pidfd_open(child)  # while the child, even an ended one, cannot have been waited for
            socket.send_fds(orders, [str(child).encode()], [handle])
            for number in (*pipes, handle):
                os.close(number)
            _bury()


def _begin(parent: int, plan: bytes, pipes: list[int]) -> NoReturn:
    status = BROKE_DOWN
    try:
        for number, pipe in enumerate(pipes):  # its input, in the place of the socket, and its output
            os.dup2(pipe, number)
            os.close(pipe)
        status = serve(parent, json.loads(plan))
    finally:
        os._exit(status)


def _bury() -> None:
    """Let the kernel forget the children that have ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


if __name__ == "__main__":
    sys.exit(main())
