"""The API as the pages ask it: through the edge that serves everybody, as whoever is signed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson
from fastapi import Request

from gateway.console import words
from gateway.console.service import Person
from gateway.inner import sent

_KEPT = frozenset({b"host", b"traceparent"})
_SERVER_ERROR = 500


@dataclass(frozen=True, slots=True)
class Said:
    """What the API answered."""

    status: int
    body: Mapping[str, Any]

    @property
    def is_good(self) -> bool:
        """Tell whether it was done."""
        return 200 <= self.status < 300

    @property
    def is_away(self) -> bool:
        """Tell whether the service could not answer."""
        return self.status >= _SERVER_ERROR


async def ask(request: Request, person: Person, path: str, **query: str | int | None) -> Said:
    """Read something."""
    given = {name: value for name, value in query.items() if value is not None}
    return await _sent(request, person, "GET", path, query=urlencode(given).encode())


async def send(request: Request, person: Person, path: str, body: Mapping[str, Any], key: str) -> Said:
    """Hand something in, once for its key."""
    return await _sent(request, person, "POST", path, content=orjson.dumps(body), key=key)


async def _sent(
    request: Request,
    person: Person,
    method: str,
    path: str,
    *,
    query: bytes = b"",
    content: bytes = b"",
    key: str | None = None,
) -> Said:
    headers = [pair for pair in request.scope["headers"] if pair[0] in _KEPT]
    headers.append((b"authorization", f"Bearer {person.token}".encode()))
    if key is not None:
        headers.append((b"idempotency-key", key.encode()))
    answer = await sent(
        request.app.state.edge, request.scope, method, path, headers=headers, query=query, content=content
    )
    try:
        body = orjson.loads(b"".join(answer.body) or b"{}")
    except orjson.JSONDecodeError:  # it broke off
        return Said(502, words.BROKE_OFF)
    return Said(answer.status, dict(body))
