"""Ask a process of one's own container how it is: `python -m servicekit.probe http://127.0.0.1:8000/readyz`.

For container health checks, which have no curl, and for the operator: prints the answer, ends with 0 if it is 200.
Standard library only: it starts in a blink, every few seconds.
"""

from __future__ import annotations

import http.client
import sys
from urllib.parse import urlsplit

_TIMEOUT_S = 4.0


def ask(url: str) -> tuple[bool, str]:
    """Tell whether `url` (plain HTTP) answers 200 within 4 seconds, and what it says or why there is no answer."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=_TIMEOUT_S)
    try:
        connection.request("GET", parts.path or "/")
        answer = connection.getresponse()
        return answer.status == 200, answer.read().decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        return False, f"no answer: {error}"
    finally:
        connection.close()


if __name__ == "__main__":
    is_well, said = ask(sys.argv[1])
    print(said)
    raise SystemExit(0 if is_well else 1)
