"""Answers on the wire: in one piece when they are at hand, head first when they are not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from uvicorn.server import ServerState

from servicekit.http_server import WholeAnswers

go_on = asyncio.Event()


async def whole(_: Request) -> Response:
    return Response(b"x" * 20_000)


async def slow_stream(_: Request) -> Response:
    async def parts() -> AsyncIterator[bytes]:
        await go_on.wait()
        yield b"first,"
        yield b"second"

    return StreamingResponse(parts())


async def echo(request: Request) -> Response:
    return Response(await request.body())


@pytest.fixture
async def port() -> AsyncIterator[int]:
    app = Starlette(
        routes=[Route("/whole", whole), Route("/stream", slow_stream), Route("/echo", echo, methods=["PUT"])]
    )
    config = uvicorn.Config(app, log_config=None)
    config.load()
    state = ServerState()
    serving = await asyncio.get_running_loop().create_server(
        lambda: WholeAnswers(config=config, server_state=state, app_state={}), "127.0.0.1", 0
    )
    yield serving.sockets[0].getsockname()[1]
    serving.close()


class Reader(asyncio.Protocol):
    """Keeps what each read of the socket brought."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.came = asyncio.Event()
        self.closed = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        self.pieces.append(data)
        self.came.set()

    def connection_lost(self, _: Exception | None) -> None:
        self.closed.set()

    async def until(self, end: bytes) -> bytes:
        """Wait until what came ends so."""
        async with asyncio.timeout(5):
            while not b"".join(self.pieces).endswith(end):
                self.came.clear()
                await self.came.wait()
        return b"".join(self.pieces)


async def ask(port: int, request: bytes) -> tuple[Any, Reader]:
    transport, reader = await asyncio.get_running_loop().create_connection(Reader, "127.0.0.1", port)
    transport.write(request)
    return transport, reader


async def test_an_answer_at_hand_comes_in_one_piece_on_a_connection_that_goes_on(port: int) -> None:
    transport, reader = await ask(port, b"GET /whole HTTP/1.1\r\nhost: a\r\n\r\n")
    for _ in range(3):
        await reader.until(b"x" * 20_000)
        assert reader.pieces[0].startswith(b"HTTP/1.1 200 OK\r\n")
        assert len(reader.pieces[0]) > 1000
        reader.pieces.clear()
        transport.write(b"GET /whole HTTP/1.1\r\nhost: a\r\n\r\n")
    transport.close()


async def test_the_head_of_a_stream_does_not_wait_for_its_body(port: int) -> None:
    go_on.clear()
    transport, reader = await ask(port, b"GET /stream HTTP/1.1\r\nhost: a\r\n\r\n")
    assert (await reader.until(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 OK\r\n")
    go_on.set()
    assert b"6\r\nfirst,\r\n6\r\nsecond\r\n" in await reader.until(b"0\r\n\r\n")
    transport.close()


async def test_an_answer_is_complete_before_its_connection_closes(port: int) -> None:
    _, reader = await ask(port, b"GET /whole HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
    async with asyncio.timeout(5):
        await reader.closed.wait()
    assert b"".join(reader.pieces).endswith(b"x" * 20_000)
    _, reader = await ask(port, b"not http\r\n\r\n")
    async with asyncio.timeout(5):
        await reader.closed.wait()
    assert b"".join(reader.pieces).startswith(b"HTTP/1.1 400 ")


async def test_a_client_that_waits_for_100_gets_it(port: int) -> None:
    transport, reader = await ask(
        port, b"PUT /echo HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 5\r\n\r\n"
    )
    assert await reader.until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    transport.write(b"hello")
    assert (await reader.until(b"\r\n\r\nhello")).count(b"HTTP/1.1") == 2
    transport.close()


@pytest.mark.parametrize("cut", [None, 30, 75, 140])
async def test_the_body_of_a_request_that_would_rather_speak_another_protocol_is_not_lost(
    port: int, cut: int | None
) -> None:
    """What Java's own client sends first, in one piece and cut anywhere."""
    request = (
        b"PUT /echo HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
        b"HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\nContent-Length: 5\r\n\r\nhello"
    )
    transport, reader = await ask(port, request[:cut])
    if cut is not None:
        await asyncio.sleep(0)
        transport.write(request[cut:])
    assert (await reader.until(b"hello")).startswith(b"HTTP/1.1 200")
    transport.write(b"PUT /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nagain")
    await reader.until(b"again")
    transport.close()
