"""The server's side of a connection: an answer that is at hand leaves in one piece."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class WholeAnswers(HttpToolsProtocol):
    """uvicorn's protocol, which writes head and body apart: two system calls, and a reader that wakes for a head.

    Here the head waits for the body, or for the loop's next turn when the body is not at hand (a stream).
    """

    def connection_made(self, transport: Any) -> None:
        """Keep the transport, behind what holds the head back."""
        super().connection_made(_JoiningTransport(transport, self.loop))  # type: ignore[arg-type]  # acts as one


class _JoiningTransport:
    """A transport whose first write of a turn waits for the second."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._head: bytes | None = None
        self._turn: asyncio.Handle | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if self._head is None and self._turn is None:
            self._head = data
            self._turn = self._loop.call_soon(self._end_turn)
        elif self._head is not None:
            head, self._head = self._head, None
            self._transport.writelines((head, data))
        else:
            self._transport.write(data)

    def close(self) -> None:
        self._end_turn()
        self._transport.close()

    def _end_turn(self) -> None:
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None
        if self._head is not None:
            head, self._head = self._head, None
            self._transport.write(head)
