"""A TCP proxy between two parts, so that the way between them can be broken on purpose.

Bytes that do not get through are held and not thrown away, as TCP would send them again: a short
partition ends with a late answer, a long one with whatever time limit its two sides have.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
from collections.abc import Coroutine
from enum import Flag, auto
from typing import Any, Self

_CHUNK_BYTES = 64 * 1024
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER with no time: close() sends RST


class Way(Flag):
    """A direction through the proxy; `BOTH` for a full partition."""

    TO_SERVER = auto()
    TO_CLIENT = auto()
    BOTH = TO_SERVER | TO_CLIENT


class _Gate:
    """Open or shut for bytes of one direction."""

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._open.set()

    def shut(self) -> None:
        self._open.clear()

    def open(self) -> None:
        self._open.set()

    async def passed(self) -> None:
        await self._open.wait()


class TcpProxy:
    """Forwards `127.0.0.1:port` to a target that may change; every fault ends with `heal`.

    ```python
    async with TcpProxy("127.0.0.1", 5432) as proxy:
        proxy.hold(Way.TO_CLIENT)  # requests arrive, answers do not
        proxy.heal()
    ```
    """

    def __init__(self, host: str, port: int, *, listen_port: int = 0, rng: random.Random | None = None) -> None:
        """Forward to `host:port`; `rng` decides the jitter, so that a seed repeats it."""
        self._target = (host, port)
        self._listen_port = listen_port
        self._rng = rng or random.Random(0)
        self._server: asyncio.Server | None = None
        self._gates = {Way.TO_SERVER: _Gate(), Way.TO_CLIENT: _Gate()}
        self._is_cut = False
        self._delay_s = (0.0, 0.0)
        self._bytes_per_s = 0.0
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.accepted = 0
        self.forwarded_bytes = 0

    @property
    def port(self) -> int:
        """Where it listens, once started; the same for its whole life."""
        return self._listen_port

    @property
    def address(self) -> str:
        """host:port where it listens."""
        return f"127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def start(self) -> None:
        """Begin to listen."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self._listen_port, limit=_CHUNK_BYTES)
        self._listen_port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening and end every connection."""
        if self._server is not None:
            self._server.close()
        self.reset()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # --- faults -------------------------------------------------------------------------------------------------

    def cut(self) -> None:
        """Reset every connection and refuse new ones: the other side is gone and says so."""
        self._is_cut = True
        self.reset()

    def hold(self, way: Way = Way.BOTH) -> None:
        """Let nothing through in these directions: the other side is gone and nobody says so (half-open)."""
        for each in way:
            self._gates[each].shut()

    def slow(self, delay_s: float, *, jitter_s: float = 0.0, bytes_per_s: float = 0.0) -> None:
        """Delay each piece by `delay_s` plus up to `jitter_s`; pass at most `bytes_per_s` (0: no limit)."""
        self._delay_s = (delay_s, jitter_s)
        self._bytes_per_s = bytes_per_s

    def reset(self) -> None:
        """Reset the connections that exist (RST); new ones are served."""
        for writer in tuple(self._writers):
            _reset(writer)

    def retarget(self, host: str, port: int) -> None:
        """Send new connections elsewhere, as a name does after a failover; the old ones are reset."""
        self._target = (host, port)
        self.reset()

    def heal(self) -> None:
        """End every fault: what was held flows on, new connections are served at full speed."""
        self._is_cut = False
        self._delay_s = (0.0, 0.0)
        self._bytes_per_s = 0.0
        for gate in self._gates.values():
            gate.open()

    # --- connections --------------------------------------------------------------------------------------------

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        if self._is_cut:
            _reset(writer)
            return
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._target, limit=_CHUNK_BYTES)
        except OSError:
            _reset(writer)
            return
        ends = {writer, far_writer}
        self._writers |= ends
        pumps = [
            self._start(self._pump(reader, far_writer, Way.TO_SERVER)),
            self._start(self._pump(far_reader, writer, Way.TO_CLIENT)),
        ]
        try:
            await asyncio.wait(pumps)
        finally:
            for pump in pumps:
                pump.cancel()
            for end in ends:
                end.close()
            self._writers -= ends

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, way: Way) -> None:
        try:
            while piece := await source.read(_CHUNK_BYTES):
                await self._pause(len(piece))
                await self._gates[way].passed()
                sink.write(piece)
                await sink.drain()
                self.forwarded_bytes += len(piece)
            await self._gates[way].passed()  # the end of a stream does not get through a partition either
            if sink.can_write_eof():
                sink.write_eof()
        except OSError:
            _reset(sink)

    async def _pause(self, size: int) -> None:
        delay_s, jitter_s = self._delay_s
        wait_s = delay_s + jitter_s * self._rng.random() + (size / self._bytes_per_s if self._bytes_per_s else 0.0)
        if wait_s:
            await asyncio.sleep(wait_s)


def _reset(writer: asyncio.StreamWriter) -> None:
    connection = writer.get_extra_info("socket")
    if connection is not None:
        with contextlib.suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    writer.transport.abort()
