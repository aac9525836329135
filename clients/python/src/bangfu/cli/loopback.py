"""Where the browser comes back after somebody signed in: an address of this machine, for one attempt (RFC 8252)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

PATH = "/callback"
_LINE_BYTES = 16 * 1024
_READ_S = 5.0
_PAGE = (
    '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>帮扶</title>'
    '<body style="font:1.2rem sans-serif;margin:4rem"><p>{zh}</p><p>{en}</p></body></html>'
)
_DONE = ("登录信息已送回,可以关闭本页,回到命令行。", "You may close this page and go back to the command.")
_NOT_OURS = ("这不是本次登录。", "This is not the sign-in that is waiting.")


@dataclass(frozen=True)
class Loopback:
    """A listener: `address` is where the browser is to come back; `answer` ends when it did."""

    address: str
    answer: asyncio.Future[Mapping[str, str]]


@contextlib.asynccontextmanager
async def listening(is_mine: Callable[[Mapping[str, str]], bool]) -> AsyncIterator[Loopback]:
    """Listen on a free port of this machine alone.

    Args:
        is_mine: Whether a request belongs to the attempt that is waited for; others change nothing.
    """
    answer: asyncio.Future[Mapping[str, str]] = asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        status, said = "400 Bad Request", _NOT_OURS
        with contextlib.suppress(OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            async with asyncio.timeout(_READ_S):
                line = (await reader.readuntil(b"\r\n")).decode("ascii")
            method, target, *_ = line.split(" ")
            parts = urlsplit(target)
            parameters = dict(parse_qsl(parts.query, keep_blank_values=True))
            if method == "GET" and parts.path == PATH and is_mine(parameters):
                status, said = "200 OK", _DONE
                if not answer.done():
                    answer.set_result(parameters)
        zh, en = said
        body = _PAGE.format(zh=zh, en=en).encode()
        head = (
            f"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
            "Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nConnection: close\r\n\r\n"
        )
        with contextlib.suppress(OSError):
            writer.write(head.encode() + body)
            await writer.drain()
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=_LINE_BYTES)
    try:
        port = server.sockets[0].getsockname()[1]
        yield Loopback(f"http://127.0.0.1:{port}{PATH}", answer)
    finally:
        server.close()
