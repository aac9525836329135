"""The client's half of an exchange: its body on the way to the service, and whether it is still there."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from starlette.types import Message, Receive

from gateway.routing import problems
from gateway.routing.connection import UpstreamClosedError, UpstreamConnection
from servicekit.failpoints import failpoint_async


class ClientGoneError(Exception):
    """The client closed its connection before the exchange was over."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a body is waited for.

    Attributes:
        idle_s: Longest silence.
        grace_s: Seconds of waiting before the rate is judged. Only waiting counts, not the service's own slowness.
        least_bytes_s: Bytes that must come for each second of waiting beyond the grace.
    """

    idle_s: float
    grace_s: float
    least_bytes_s: int

    def is_over(self, waited_s: float, bytes_seen: int) -> bool:
        """Tell whether a body comes too slowly."""
        return bytes_seen < (waited_s - self.grace_s) * self.least_bytes_s


async def read_body(receive: Receive, limit_bytes: int, patience: Patience) -> bytes:
    """Take in a whole body of modest size.

    Raises:
        ClientGoneError: the body was cut off.
        BodyTooLarge: it has more than `limit_bytes`.
        BodyTimeout: nothing came for a while, or it comes too slowly.
    """
    loop = asyncio.get_running_loop()
    parts: list[bytes] = []
    total = 0
    waited_s = 0.0
    while True:
        begun_s = loop.time()
        try:
            async with asyncio.timeout(patience.idle_s):
                message = await receive()
        except TimeoutError:
            raise problems.BodyTimeout("the body stopped arriving") from None
        if message["type"] == "http.disconnect":
            raise ClientGoneError("the client left while sending")
        body: bytes = message.get("body", b"")
        parts.append(body)
        total += len(body)
        if total > limit_bytes:
            raise problems.BodyTooLarge(f"the limit is {limit_bytes} bytes", limit_bytes=limit_bytes)
        if not message.get("more_body", False):
            return body if len(parts) == 1 else b"".join(parts)
        waited_s += loop.time() - begun_s
        if patience.is_over(waited_s, total):
            raise problems.BodyTimeout("the body arrives too slowly")


def replayed(body: bytes, receive: Receive) -> Receive:
    """Give a `receive` that tells of a body that was taken in, then of what comes after it."""
    is_told = False

    async def tell() -> Message:
        nonlocal is_told
        if is_told:
            return await receive()
        is_told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return tell


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
        patience: Patience,
    ) -> None:
        self._connection = connection
        self._receive = receive
        self._limit_bytes = limit_bytes
        self._is_chunked = is_chunked
        self._patience = patience
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
        waited_s = 0.0
        while not is_last:
            begun_s = loop.time()
            self._timer = loop.call_later(self._patience.idle_s, self._stalled)
            message = await self._receive()
            self._timer.cancel()
            waited_s += loop.time() - begun_s
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
            if not is_last and self._patience.is_over(waited_s, self.bytes_seen):
                connection.abort(problems.BodyTimeout("the body arrives too slowly"))
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
