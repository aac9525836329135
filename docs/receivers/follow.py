"""Nothing is missed: read the feed on from the last position you acted on. `python follow.py URL TOKEN POSITION`.

Every subscriber runs this beside its webhook: at start, when a position is skipped, and once an hour. Python 3.11.
"""

from __future__ import annotations

import json
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator


def events_after(url: str, token: str, position: int) -> Iterator[dict]:
    """Yield every event after a position, in order; an event's `data.position` is where to go on."""
    while True:
        query = urllib.parse.urlencode({"after": position, "limit": 200})
        request = urllib.request.Request(f"{url}/v1/alerts?{query}", headers={"Authorization": f"Bearer {token}"})  # noqa: S310
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            page = json.load(answer)
        yield from page["items"]
        if not page["items"] and page["next_after"] == position:
            return
        position = page["next_after"]


if __name__ == "__main__":
    for event in events_after(sys.argv[1], sys.argv[2], int(sys.argv[3])):
        print(json.dumps(event, ensure_ascii=False))
