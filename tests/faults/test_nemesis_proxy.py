"""The proxy breaks what it says it breaks, and nothing stays broken after `heal`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from faults.nemesis.proxy import TcpProxy, Way


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


@pytest.fixture
async def proxy() -> AsyncIterator[TcpProxy]:
    server = await asyncio.start_server(_echo, "127.0.0.1", 0)
    async with TcpProxy("127.0.0.1", server.sockets[0].getsockname()[1]) as started:
        yield started
    server.close()


async def _dial(proxy: TcpProxy) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", proxy.port)


async def _ask(proxy: TcpProxy, message: bytes = b"hello") -> bytes:
    reader, writer = await _dial(proxy)
    try:
        writer.write(message)
        writer.write_eof()
        return await asyncio.wait_for(reader.read(), 5)
    finally:
        writer.close()


async def test_bytes_come_through_whole_and_the_end_of_the_stream_too(proxy: TcpProxy) -> None:
    message = bytes(range(256)) * 4096
    assert await _ask(proxy, message) == message


async def test_a_cut_resets_live_connections_and_refuses_new_ones_until_healed(proxy: TcpProxy) -> None:
    reader, writer = await _dial(proxy)
    writer.write(b"x")
    assert await reader.readexactly(1) == b"x"
    proxy.cut()
    with pytest.raises(ConnectionResetError):
        await reader.readexactly(1)
    with pytest.raises(ConnectionError):
        await _ask(proxy)
    proxy.heal()
    assert await _ask(proxy) == b"hello"


@pytest.mark.parametrize("way", [Way.TO_SERVER, Way.TO_CLIENT, Way.BOTH])
async def test_what_is_held_arrives_late_and_is_not_lost(proxy: TcpProxy, way: Way) -> None:
    reader, writer = await _dial(proxy)
    proxy.hold(way)
    writer.write(b"late")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.readexactly(4), 0.1)
    proxy.heal()
    assert await asyncio.wait_for(reader.readexactly(4), 5) == b"late"
    writer.close()


async def test_delay_and_bandwidth_are_felt(proxy: TcpProxy) -> None:
    proxy.slow(0.05, jitter_s=0.02)
    started = time.monotonic()
    await _ask(proxy)
    assert time.monotonic() - started >= 0.1  # there and back
    proxy.slow(0.0, bytes_per_s=1_000_000)
    started = time.monotonic()
    await _ask(proxy, b"x" * 100_000)
    assert time.monotonic() - started >= 0.1
    proxy.heal()


async def test_after_a_failover_new_connections_reach_the_new_server(proxy: TcpProxy) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.write(b"the new one")
        writer.close()

    reader, writer = await _dial(proxy)
    writer.write(b"x")
    await reader.readexactly(1)
    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    proxy.retarget("127.0.0.1", server.sockets[0].getsockname()[1])
    with pytest.raises(ConnectionResetError):
        await reader.readexactly(1)
    assert await _ask(proxy) == b"the new one"
    server.close()
