"""A request that this process sends to itself: through the edge, as if it had come from outside. No other way in."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Scope

from gateway.headers import Headers

_OF_CONNECTION = ("type", "asgi", "http_version", "scheme", "client", "server")


@dataclass
class Answer:
    """What came back."""

    status: int = 0
    headers: Headers = field(default_factory=list)
    body: list[bytes] = field(default_factory=list)


async def sent(
    edge: ASGIApp, of: Scope, method: str, path: str, *, headers: Headers, query: bytes = b"", content: bytes = b""
) -> Answer:
    """Send a request and give its whole answer.

    Args:
        edge: Serves a request: token, session, rights, quota, audit, service.
        of: The scope of the request for whose sake this is sent: it came over the same connection.
    """
    if content:
        headers = [
            *headers,
            (b"content-type", b"application/json"),
            (b"content-length", str(len(content)).encode()),
        ]
    scope = {name: of[name] for name in _OF_CONNECTION} | {
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "root_path": "",
        "headers": headers,
    }
    client = _Client(content)
    # A task of its own: what the edge notes about a request (its trace) stays with that request.
    await asyncio.ensure_future(edge(scope, client.receive, client.send))
    return client.answer


class _Client:
    """Sends one body, keeps the answer, and does not leave before it has it."""

    def __init__(self, content: bytes) -> None:
        self._content: bytes | None = content
        self.answer = Answer()

    async def receive(self) -> Message:
        """Tell of the body once; after that nothing comes any more."""
        if self._content is None:
            await asyncio.get_running_loop().create_future()
        content, self._content = self._content, None
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(self, message: Message) -> None:
        """Keep a piece of the answer."""
        if message["type"] == "http.response.start":
            self.answer.status, self.answer.headers = message["status"], list(message["headers"])
        else:
            self.answer.body.append(message.get("body", b""))
