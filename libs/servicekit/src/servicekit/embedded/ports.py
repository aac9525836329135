"""Ports on loopback for servers that are told where to listen before they start."""

from __future__ import annotations

import random
import socket
from pathlib import Path

_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_FIRST = 10_000
_LAST = 32_767  # where Linux's range begins by default
_TRIES = 1_000
_given: set[int] = set()


def free_port() -> int:
    """Give a TCP port on loopback that nobody uses now and that this process was not given before.

    Below the ports that the system hands to outgoing connections: a server that is killed and started again must not
    find its port taken by somebody's connection.

    Raises:
        OSError: no port is free.
    """
    below = _first_ephemeral()
    for _ in range(_TRIES):
        port = random.randrange(_FIRST, below)  # noqa: S311 - no secret
        if port not in _given and is_free(port):
            _given.add(port)
            return port
    raise OSError(f"no free TCP port between {_FIRST} and {below}")


def _first_ephemeral() -> int:
    try:
        first = int(_RANGE.read_text().split()[0])
    except OSError:
        first = _LAST  # no Linux
    return first if first > _FIRST + _TRIES else _LAST


def is_free(port: int) -> bool:
    """Tell whether a server could listen on a TCP port of loopback now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: what has ended is free
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
