"""Ask a process of one's own container how it is: `python -m servicekit.probe http://127.0.0.1:8000/readyz`.

For container health checks, which have no curl, and for the operator: prints the answer, ends with 0 if it is 200.
It runs every few seconds in every container: a bare socket starts in less than half the time of an HTTP library.
"""

from __future__ import annotations

import socket
import sys

_TIMEOUT_S = 10.0


def ask(url: str) -> tuple[bool, str]:
    """Tell whether `url` (plain HTTP, with its port) answers 200 within 10 seconds, and what it says."""
    host, _, path = url.removeprefix("http://").partition("/")
    name, _, port = host.partition(":")
    try:
        with socket.create_connection((name, int(port)), timeout=_TIMEOUT_S) as connection:
            connection.sendall(f"GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            with connection.makefile("rb") as answer:
                head, _, body = answer.read().decode(errors="replace").partition("\r\n\r\n")
    except OSError as error:
        return False, f"no answer: {error}"
    return head.split()[1:2] == ["200"], body


if __name__ == "__main__":
    is_well, said = ask(sys.argv[1])
    print(said)
    raise SystemExit(0 if is_well else 1)
