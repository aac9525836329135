"""The server's side of a connection: an answer that is at hand leaves in one piece, and no body is lost."""

from __future__ import annotations

import asyncio
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_OF_UPGRADES = frozenset({b"upgrade", b"connection", b"http2-settings"})


class WholeAnswers(HttpToolsProtocol):
    """uvicorn's protocol, which writes head and body apart: two system calls, and a reader that wakes for a head.

    Here the head waits for the body, or for the loop's next turn when the body is not at hand (a stream).
    """

    _is_head_open = False

    def connection_made(self, transport: Any) -> None:
        """Keep the transport, behind what holds the head back."""
        super().connection_made(_JoiningTransport(transport, self.loop))  # type: ignore[arg-type]  # acts as one

    def data_received(self, data: bytes) -> None:
        """Parse what came. A wish to go on in another protocol is ignored, as a server may (RFC 9110, 7.8).

        The parser stops at the end of such a head and would lose the body: Java's own client sends `Upgrade: h2c` with
        its first request, whatever that is. It is parsed once more without the wish. A tunnel (CONNECT) is no request
        to this server.
        """
        self._unset_keepalive_if_required()
        message = "Invalid HTTP request received."
        while True:
            try:
                self.parser.feed_data(data)
                return
            except httptools.HttpParserUpgrade as wish:
                method = self.parser.get_method()
                if method == b"CONNECT":
                    message = "this is no proxy: CONNECT is not taken"
                    break
                head = [b"%s %s HTTP/1.1" % (method, self.url)]
                head += [b"%s: %s" % header for header in self.headers if header[0] not in _OF_UPGRADES]
                self.parser = httptools.HttpRequestParser(self)
                data = b"\r\n".join((*head, b"", data[wish.args[0] :]))
            except httptools.HttpParserError:
                break
        self.logger.warning(message)
        self.send_400_response(message)

    def on_message_begin(self) -> None:
        """Begin a head."""
        super().on_message_begin()
        self._is_head_open = True

    def on_headers_complete(self) -> None:
        """End the head: it was complete when it was looked at."""
        self._is_head_open = False
        super().on_headers_complete()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a field of the head. A trailer is dropped (RFC 9110, 6.5.1): it comes after everything was checked."""
        if self._is_head_open:
            super().on_header(name, value)

    def _should_upgrade(self) -> bool:
        return True  # uvicorn then begins nothing before `data_received` has seen the wish


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

    def is_closing(self) -> bool:
        return self._transport.is_closing()

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
