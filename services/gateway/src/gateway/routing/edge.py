"""The server's side of a client connection: a request head has to arrive whole, soon, and be of modest size."""

from __future__ import annotations

import asyncio
from typing import Any

from servicekit.http_server import WholeAnswers

_MAX_HEAD_BYTES = 64 * 1024


def edge_protocol(head_timeout_s: float) -> type[asyncio.Protocol]:
    """Give uvicorn's protocol with a time limit for request heads, against clients that send a byte now and then.

    Args:
        head_timeout_s: Seconds from connecting, or from the first byte of a further request, to the end of its head.
    """

    class EdgeProtocol(WholeAnswers):
        """Answers 408 to a head that is late and 431 to one that is too large."""

        _timer: asyncio.TimerHandle | None = None
        _head_bytes = 0

        def connection_made(self, transport: Any) -> None:
            """Start the clock."""
            super().connection_made(transport)
            self._arm()

        def connection_lost(self, exc: Exception | None) -> None:
            """Stop the clock."""
            self._disarm()
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            """Count what belongs to a head."""
            if self._timer is not None:
                self._head_bytes += len(data)
            super().data_received(data)
            # One network read may hold the end of a head and much of a body: only a head still open is judged.
            if self._timer is not None and self._head_bytes > _MAX_HEAD_BYTES:
                self._refuse(b"431 Request Header Fields Too Large")

        def on_message_begin(self) -> None:
            """Start the clock of a further request."""
            super().on_message_begin()
            if self._timer is None:
                self._arm()

        def on_headers_complete(self) -> None:
            """Stop the clock: the body has a limit of its own."""
            self._disarm()
            super().on_headers_complete()

        def _arm(self) -> None:
            self._head_bytes = 0
            self._timer = self.loop.call_later(head_timeout_s, self._refuse, b"408 Request Timeout")

        def _disarm(self) -> None:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

        def _refuse(self, status: bytes) -> None:
            self._disarm()
            if self.transport is not None and not self.transport.is_closing():
                self.transport.write(b"HTTP/1.1 " + status + b"\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
                self.transport.close()

    return EdgeProtocol
