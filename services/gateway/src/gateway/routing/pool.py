"""Connections to one service, kept open between exchanges."""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from urllib.parse import urlsplit

from gateway.routing.connection import UpstreamConnection, UpstreamError, UpstreamTimeoutError

_REFUSED_PAUSE_S = 0.05


class UpstreamUnreachableError(UpstreamError):
    """No connection could be made: not one byte of the request was sent."""


class PoolExhaustedError(UpstreamUnreachableError):
    """All connections were busy for too long."""


class UpstreamPool:
    """At most `max_connections` connections to the service at `url`; the most recently used one is taken first."""

    def __init__(
        self, url: str, *, max_connections: int = 512, connect_timeout_s: float = 3.0, idle_s: float = 30.0
    ) -> None:
        """Keep connections to `url` (scheme, host and port; a path is not allowed).

        Args:
            idle_s: Longest pause before a connection is thrown away, in seconds. It stays below the service's own
                keep-alive time (75 s), so that a request seldom meets a connection that is just being closed.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
            raise ValueError(f"an upstream is http(s)://host:port, not {url!r}")
        self.url = url.rstrip("/")
        self._host = parts.hostname
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self.host_header = parts.netloc.rpartition("@")[2].encode()
        self._connect_timeout_s = connect_timeout_s
        self._idle_s = idle_s
        self._idle: deque[UpstreamConnection] = deque()
        self._slots = asyncio.Semaphore(max_connections)
        self._live: set[UpstreamConnection] = set()
        self._refuses_since_s: float | None = None

    async def acquire(self, *, fresh: bool = False) -> UpstreamConnection:
        """Give a connection for one exchange; hand it back with `release`.

        Args:
            fresh: Make a new one, for a retry or for a request that must not meet a dying connection.

        Raises:
            UpstreamUnreachableError: when none can be made; the request has not been sent.
        """
        if self._slots.locked():
            try:
                await asyncio.wait_for(self._slots.acquire(), self._connect_timeout_s)
            except TimeoutError:
                raise PoolExhaustedError("all connections are busy") from None
        else:
            await self._slots.acquire()
        try:
            loop = asyncio.get_running_loop()
            if not fresh:
                self._drop_stale(loop.time())
                while self._idle:
                    connection = self._idle.pop()
                    if connection.is_open:
                        return connection
                    self._live.discard(connection)
            return await self._connect(loop)
        except BaseException:
            self._slots.release()
            raise

    async def _connect(self, loop: asyncio.AbstractEventLoop) -> UpstreamConnection:
        """Connect; a refusal is not final at once, because the service may just be replaced by its next release.

        Nothing has been sent yet, so asking again is safe whatever the request does. An outage is waited for once,
        for the time that connecting may take: when it lasts longer, requests are told at once.
        """
        try:
            async with asyncio.timeout(self._connect_timeout_s):
                while True:
                    try:
                        _, connection = await loop.create_connection(
                            lambda: UpstreamConnection(loop), self._host, self._port, ssl=self._tls
                        )
                        break
                    except ConnectionRefusedError:
                        self._refuses_since_s = self._refuses_since_s or loop.time()
                        if loop.time() - self._refuses_since_s >= self._connect_timeout_s:
                            raise
                        await asyncio.sleep(_REFUSED_PAUSE_S)
        except (OSError, TimeoutError) as error:
            raise UpstreamUnreachableError(type(error).__name__) from error
        self._refuses_since_s = None
        self._live.add(connection)
        return connection

    def release(self, connection: UpstreamConnection) -> None:
        """Take a connection back: kept when its exchange ended cleanly, dropped otherwise."""
        self._slots.release()
        if connection.is_reusable:
            connection.idle_since_s = asyncio.get_running_loop().time()
            self._idle.append(connection)
        else:
            self._live.discard(connection)
            connection.abort()

    def _drop_stale(self, now_s: float) -> None:
        idle = self._idle
        while idle and (now_s - idle[0].idle_since_s > self._idle_s or not idle[0].is_open):
            stale = idle.popleft()
            self._live.discard(stale)
            stale.abort()

    def close(self) -> None:
        """Drop all connections."""
        for connection in self._live:
            connection.abort(UpstreamTimeoutError("the gateway is shutting down"))
        self._live.clear()
        self._idle.clear()
