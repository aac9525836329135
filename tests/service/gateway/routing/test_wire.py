"""What is wrong on the wire: bodies cut short, heads without end, answers that nobody can read."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest


async def test_truncated_body_never_reaches_the_service_as_a_whole(gateway: Any) -> None:
    token = await gateway.token("everything")
    received: list[bytes] = []
    begun, ended = asyncio.Event(), asyncio.Event()

    async def script(reader: asyncio.StreamReader, _: asyncio.StreamWriter, __: bytes) -> None:
        while data := await reader.read(65536):
            received.append(data)
            if sum(map(len, received)) >= 0x10000:
                begun.set()
        ended.set()
        raise ConnectionError

    gateway.scripted.script = script
    _, writer = await asyncio.open_connection("127.0.0.1", httpx.URL(gateway.url).port)
    writer.write(
        b"PUT /v1/scripted/x HTTP/1.1\r\nhost: g\r\nauthorization: Bearer " + token.encode() + b"\r\n"
        b"content-type: text/csv\r\ntransfer-encoding: chunked\r\n\r\n" + b"10000\r\n" + b"a" * 0x10000 + b"\r\n"
    )
    await writer.drain()
    await asyncio.wait_for(begun.wait(), 5)
    writer.transport.abort()
    await asyncio.wait_for(ended.wait(), 5)
    whole = b"".join(received)
    assert len(whole) >= 0x10000
    assert not whole.endswith(b"0\r\n\r\n")


async def test_client_that_stops_sending_gets_408(gateway: Any) -> None:
    token = await gateway.token("everything")
    for length in (100, 1_000_000):
        reader, writer = await asyncio.open_connection("127.0.0.1", httpx.URL(gateway.url).port)
        writer.write(
            b"PUT /v1/uploads/x HTTP/1.1\r\nhost: g\r\nauthorization: Bearer " + token.encode() + b"\r\n"
            b"content-type: text/csv\r\ncontent-length: %d\r\n\r\nabc" % length
        )
        answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 15)
        assert answer.startswith(b"HTTP/1.1 408")
        writer.close()


@pytest.mark.parametrize(
    "answer",
    [b"SSH-2.0-OpenSSH\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-le"],
    ids=["no http", "bad length", "cut head"],
)
async def test_malformed_answer_is_a_502(gateway: Any, http: httpx.AsyncClient, answer: bytes) -> None:
    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter, __: bytes) -> None:
        writer.write(answer)
        await writer.drain()
        raise ConnectionError

    gateway.scripted.script = script
    got = await http.get("/v1/scripted/garbage")
    assert (got.status_code, got.json()["code"]) == (502, "gateway.upstream.failed")


async def test_answers_of_every_framing_come_through(gateway: Any, http: httpx.AsyncClient) -> None:
    answers = {
        "length": (b"content-length: 5\r\n\r\nhello", b"hello"),
        "chunked": (b"transfer-encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", b"hello"),
        "close": (b"connection: close\r\n\r\nhello", b"hello"),
        "empty": (b"content-length: 0\r\n\r\n", b""),
    }

    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes) -> None:
        kind = head.split()[1].rpartition(b"/")[2].decode()
        writer.write(
            b"HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\nHTTP/1.1 200 OK\r\nx-kept: 1\r\n" + answers[kind][0]
        )
        await writer.drain()
        if kind == "close":
            raise ConnectionError

    gateway.scripted.script = script
    for _ in range(2):
        for kind, (_raw, expected) in answers.items():
            got = await http.get(f"/v1/scripted/{kind}")
            assert (got.status_code, got.content, got.headers["x-kept"]) == (200, expected, "1")


async def test_smuggling_attempts_do_not_reach_a_service(gateway: Any) -> None:
    token = (await gateway.token("everything")).encode()
    before = len(gateway.scripted.heads)
    for framing in (
        b"content-length: 5\r\ntransfer-encoding: chunked\r\n",
        b"content-length: 5\r\ncontent-length: 6\r\n",
        b"transfer-encoding: xchunked\r\n",
        b"content-length: +5\r\n",
    ):
        reader, writer = await asyncio.open_connection("127.0.0.1", httpx.URL(gateway.url).port)
        writer.write(
            b"POST /v1/scripted/x HTTP/1.1\r\nhost: g\r\nauthorization: Bearer " + token + b"\r\n"
            b"content-type: application/json\r\n" + framing + b"\r\n0\r\n\r\nGET /v1/scripted/y HTTP/1.1\r\n\r\n"
        )
        answer = await asyncio.wait_for(reader.read(200), 5)
        assert answer.startswith(b"HTTP/1.1 400"), framing
        writer.close()
    assert len(gateway.scripted.heads) == before


async def test_head_that_trickles_in_or_grows_without_end_is_refused(gateway: Any) -> None:
    port = httpx.URL(gateway.url).port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    started = asyncio.get_running_loop().time()
    writer.write(b"GET /v1/things HTTP/1.1\r\n")
    for number in range(40):
        if reader.at_eof() or reader._buffer:  # type: ignore[attr-defined]
            break
        writer.write(b"x-%d: 1\r\n" % number)
        await asyncio.sleep(0.2)
    assert (await reader.read()).startswith(b"HTTP/1.1 408")
    assert asyncio.get_running_loop().time() - started < 8
    writer.close()

    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /v1/things HTTP/1.1\r\nx: " + b"a" * 200_000)
    assert (await reader.read(100)).startswith(b"HTTP/1.1 431")
    writer.close()
