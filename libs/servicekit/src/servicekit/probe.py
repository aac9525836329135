"""Ask a process of its own container whether it is ready: `python -m servicekit.probe http://127.0.0.1:8000/readyz`.

For container health checks, which have no curl. Standard library only: it starts in a blink, every few seconds.
"""

from __future__ import annotations

import http.client
import sys
from urllib.parse import urlsplit

_TIMEOUT_S = 4.0


def is_ready(url: str) -> bool:
    """Tell whether `url` (plain HTTP) answers 200 within 4 seconds."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=_TIMEOUT_S)
    try:
        connection.request("GET", parts.path or "/")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    raise SystemExit(0 if is_ready(sys.argv[1]) else 1)
