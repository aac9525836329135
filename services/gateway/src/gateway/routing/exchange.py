"""The client's half of an exchange: its body on the way to the service, and whether it is still there."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.types import Message, Receive

from gateway.routing import problems
from gateway.routing.connection import UpstreamClosedError, UpstreamConnection
from servicekit.failpoints import failpoint_async


class ClientGoneError(Exception):
    """The client closed its connection before the exchange was over."""


async def read_small_body(receive: Receive, length: int, idle_timeout_s: float) -> bytes:
    """Take in a body whose declared length is small.

    Raises:
        ClientGoneError: the body was cut off.
        BodyTimeout: nothing came for `idle_timeout_s` seconds.
    """
    message = await _receive_within(receive, idle_timeout_s)
    body: bytes = message.get("body", b"")
    if not message.get("more_body", False):
        return body
    parts = [body]
    total = len(body)
    while message.get("more_body", False):
        message = await _receive_within(receive, idle_timeout_s)
        parts.append(message.get("body", b""))
        total += len(parts[-1])
        if total > length:
            raise problems.BodyTooLarge("the body is longer than it was declared")
    return b"".join(parts)


async def _receive_within(receive: Receive, idle_timeout_s: float) -> Message:
    try:
        async with asyncio.timeout(idle_timeout_s):
            message = await receive()
    except TimeoutError:
        raise problems.BodyTimeout("the body stopped arriving") from None
    if message["type"] == "http.disconnect":
        raise ClientGoneError("the client left while sending")
    return message


class BodyPump:
    """Streams a body to the service, counting it, then watches for the client to leave.

    Whatever goes wrong on the client's side is raised where the service's answer is awaited.
    """

    def __init__(
        self,
        connection: UpstreamConnection,
        receive: Receive,
        *,
        limit_bytes: int,
        is_chunked: bool,
        idle_timeout_s: float,
    ) -> None:
        self._connection = connection
        self._receive = receive
        self._limit_bytes = limit_bytes
        self._is_chunked = is_chunked
        self._idle_timeout_s = idle_timeout_s
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.bytes_seen = 0
        self.has_started = False

    def start(self) -> None:
        """Begin to stream; then watch."""
        self.has_started = True
        self._task = asyncio.get_running_loop().create_task(self._stream())

    def watch_after(self, seconds: float) -> None:
        """Begin to watch if the exchange is still running then: quick answers need no watcher."""
        self._timer = asyncio.get_running_loop().call_later(seconds, self._begin_to_watch)

    def stop(self) -> None:
        """End streaming and watching."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _begin_to_watch(self) -> None:
        self._timer = None
        self._task = asyncio.get_running_loop().create_task(self._watch())

    async def _stream(self) -> None:
        loop = asyncio.get_running_loop()
        connection = self._connection
        is_last = False
        while not is_last:
            self._timer = loop.call_later(self._idle_timeout_s, self._stalled)
            message = await self._receive()
            self._timer.cancel()
            if message["type"] == "http.disconnect":
                connection.abort(ClientGoneError("the client left while sending"))
                return
            body: bytes = message.get("body", b"")
            is_last = not message.get("more_body", False)
            self.bytes_seen += len(body)
            if self.bytes_seen > self._limit_bytes:
                connection.abort(
                    problems.BodyTooLarge(f"the limit is {self._limit_bytes} bytes", limit_bytes=self._limit_bytes)
                )
                return
            try:
                for piece in self._framed(body, is_last=is_last):
                    connection.write(piece)
                await connection.drain()
                await failpoint_async("gateway.piece_forwarded")
            except UpstreamClosedError:
                # The service stopped listening; its answer, if it gave one, says why.
                return
        connection.is_request_complete = True
        await failpoint_async("gateway.body_forwarded")
        await self._watch()

    def _framed(self, body: bytes, *, is_last: bool) -> tuple[bytes, ...]:
        if not self._is_chunked:
            return (body,) if body else ()
        end = b"0\r\n\r\n" if is_last else b""
        if not body:
            return (end,) if end else ()
        return (b"%x\r\n%b\r\n%b" % (len(body), body, end),)

    def _stalled(self) -> None:
        self._connection.abort(problems.BodyTimeout("the body stopped arriving"))

    async def _watch(self) -> None:
        message: dict[str, Any] = {}
        while message.get("type") != "http.disconnect":
            message = dict(await self._receive())
        self._connection.abort(ClientGoneError("the client left"))
