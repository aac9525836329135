"""One HTTP/1.1 connection to a service: streaming both ways with back-pressure.

httpx stays the client of everything that is not the hot path; docs/decisions/0009 has the
measurement that led here.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import cast

import httptools

from gateway.headers import Headers

_READ_HIGH_BYTES = 256 * 1024
_HEAD_LIMIT_BYTES = 64 * 1024


class UpstreamError(Exception):
    """The exchange with a service failed."""


class UpstreamClosedError(UpstreamError):
    """The service closed the connection before its answer was complete."""


class UpstreamProtocolError(UpstreamError):
    """The service's answer is not HTTP/1.1."""


class UpstreamTimeoutError(UpstreamError):
    """The service did not answer, or stopped answering, in time."""


class UpstreamConnection(asyncio.Protocol):
    """A connection that carries one exchange at a time.

    Use: `begin()`, then `write()`/`drain()` for the request (set `is_request_complete` after its last byte),
    `head()` for status and fields, `read()` until it gives `b""`, then ask `is_reusable`.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._parser: httptools.HttpResponseParser | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self._waiter: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._active_at_s = 0.0
        self.idle_since_s = 0.0
        self.exchanges = 0
        self._reset()

    def _reset(self) -> None:
        self._error: BaseException | None = None
        self._chunks: deque[bytes] = deque()
        self._buffered_bytes = 0
        self._head_bytes = 0
        self._reading_paused = False
        self._is_framed = False
        self._keep_alive = False
        self._expects_no_body = False
        self.has_head = False
        self.is_complete = False
        self.is_request_begun = False
        self.is_request_complete = False
        self.bytes_received = 0
        self.status = 0
        self.headers: Headers = []

    # asyncio.Protocol
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """End the running exchange: complete when the close itself ends the body, failed otherwise."""
        self._transport = None
        self._writable.set()
        if self._parser is not None and not self.is_complete:
            if self.has_head and not self._is_framed and exc is None and self._error is None:
                self.is_complete = True
            elif self._error is None:
                self._error = UpstreamClosedError("connection closed before the answer was complete")
        self._wake()

    def eof_received(self) -> bool:
        """Close our side as well."""
        return False

    def pause_writing(self) -> None:
        """Make `drain` wait."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """Let `drain` go on."""
        self._writable.set()

    def data_received(self, data: bytes) -> None:
        """Parse what came; bytes that nobody asked for end the connection."""
        if self._parser is None or self.is_complete:
            self.abort(UpstreamProtocolError("bytes outside an exchange"))
            return
        self.bytes_received += len(data)
        self._active_at_s = self._loop.time()
        if not self.has_head:
            self._head_bytes += len(data)
            if self._head_bytes > _HEAD_LIMIT_BYTES + _READ_HIGH_BYTES:
                self.abort(UpstreamProtocolError("the head of the answer is too large"))
                return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self.abort(UpstreamProtocolError(type(error).__name__))

    # httptools callbacks
    def on_header(self, name: bytes, value: bytes) -> None:
        """Collect a field."""
        name = name.lower()
        if name in (b"content-length", b"transfer-encoding"):
            self._is_framed = True
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Publish the head, unless it is an interim one (1xx)."""
        parser = self._parser
        if parser is None:
            return
        status = parser.get_status_code()
        if status < 200:
            self.headers = []
            self._is_framed = False
            return
        self.status = status
        # A service that failed may close without saying so; the next request must not meet that.
        self._keep_alive = parser.should_keep_alive() and status < 500
        self.has_head = True
        if self._expects_no_body:
            # The parser cannot be told that a HEAD has no body, so such a connection is used once.
            self.is_complete = True
            self._keep_alive = False
        elif status in (204, 304):
            self._is_framed = True
        self._wake()

    def on_body(self, body: bytes) -> None:
        """Keep a piece of the body; stop reading from the network when too much waits."""
        if self._expects_no_body:
            return
        self._chunks.append(body)
        self._buffered_bytes += len(body)
        if self._buffered_bytes > _READ_HIGH_BYTES and not self._reading_paused and self._transport is not None:
            self._reading_paused = True
            self._transport.pause_reading()
        self._wake()

    def on_message_complete(self) -> None:
        """Note the end of the answer."""
        if self.has_head:
            self.is_complete = True
            self._wake()

    # the exchange
    def begin(self, *, expects_no_body: bool = False) -> None:
        """Start a new exchange on this connection."""
        self._reset()
        self.exchanges += 1
        self._expects_no_body = expects_no_body
        self._parser = httptools.HttpResponseParser(self)

    def write(self, data: bytes) -> None:
        """Send bytes of the request.

        Raises:
            UpstreamError: when the connection is gone.
        """
        if self._error is not None or self._transport is None or self._transport.is_closing():
            raise UpstreamClosedError("connection closed while sending")
        self.is_request_begun = True
        self._active_at_s = self._loop.time()
        self._transport.write(data)

    async def drain(self) -> None:
        """Wait until the service has taken enough of what was written."""
        if not self._writable.is_set():
            await self._writable.wait()

    async def head(self, timeout_s: float) -> None:
        """Wait for status and fields.

        Args:
            timeout_s: Longest silence in seconds, counted from the last byte sent or received.

        Raises:
            UpstreamError: closed, malformed, or nothing within `timeout_s` seconds.
        """
        while not self.has_head:
            await self._wait(timeout_s)

    async def read(self, timeout_s: float) -> bytes:
        """Give the next piece of the body, `b""` at its end.

        Args:
            timeout_s: Longest silence in seconds; 0 waits for ever.
        """
        while not self._chunks:
            if self._error is not None:
                raise self._error
            if self.is_complete:
                return b""
            await self._wait(timeout_s)
        # What has come is delivered even when the connection broke after it.
        chunk = self._chunks.popleft() if len(self._chunks) == 1 else b"".join(self._chunks)
        self._chunks.clear()
        self._buffered_bytes = 0
        if self._reading_paused and self._transport is not None:
            self._reading_paused = False
            self._transport.resume_reading()
        return chunk

    @property
    def is_drained(self) -> bool:
        """Tell whether the answer is complete and has been read to its end."""
        return self.is_complete and not self._chunks

    @property
    def is_reusable(self) -> bool:
        """Tell whether another exchange may follow on this connection."""
        return (
            self.is_drained
            and self.is_request_complete
            and self._keep_alive
            and self._is_framed
            and self._error is None
            and self._transport is not None
            and not self._transport.is_closing()
        )

    @property
    def is_open(self) -> bool:
        """Tell whether the connection still stands."""
        return self._transport is not None and not self._transport.is_closing() and self._error is None

    def abort(self, error: BaseException | None = None) -> None:
        """Drop the connection at once; whoever waits gets `error`."""
        if self._error is None:
            self._error = error or UpstreamClosedError("exchange abandoned")
        if self._transport is not None:
            self._transport.abort()
        self._writable.set()
        self._wake()

    async def _wait(self, timeout_s: float) -> None:
        if self._error is not None:
            raise self._error
        waiter = self._waiter = self._loop.create_future()
        if timeout_s:
            self._active_at_s = self._loop.time()
            self._timer = self._loop.call_later(timeout_s, self._expire, timeout_s)
        try:
            await waiter
        finally:
            self._waiter = None
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        # mypy believes the check above still holds; a callback may have set the error meanwhile.
        failure: BaseException | None = self._error
        if failure is not None and not self._chunks:
            raise failure

    def _expire(self, timeout_s: float) -> None:
        # A long upload is not silence: the time counts from the last byte in either direction.
        quiet_s = self._loop.time() - self._active_at_s
        if quiet_s + 0.005 < timeout_s:
            self._timer = self._loop.call_later(timeout_s - quiet_s, self._expire, timeout_s)
            return
        self.abort(UpstreamTimeoutError("no answer in time"))

    def _wake(self) -> None:
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)
