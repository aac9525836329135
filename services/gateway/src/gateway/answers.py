"""How a problem is written outside of a route."""

from __future__ import annotations

from http import HTTPStatus

import orjson
from starlette.types import Send

from gateway.headers import Headers
from servicekit.problems import MEDIA_TYPE, Problem


def problem_bytes(problem: Problem, headers: Headers) -> bytes:
    """Give a problem as the bytes of a whole answer, after which the connection is closed."""
    body = orjson.dumps(problem.document())
    phrase = HTTPStatus(problem.status).phrase.encode()
    head = [b"HTTP/1.1 %d %b" % (problem.status, phrase)]
    fields = [*_fields(problem, body, headers), (b"connection", b"close")]
    head += [name + b": " + value for name, value in fields]
    return b"\r\n".join((*head, b"", body))


async def write_problem(send: Send, problem: Problem, headers: Headers) -> None:
    """Send a problem as a whole response."""
    body = orjson.dumps(problem.document())
    fields = _fields(problem, body, headers)
    await send({"type": "http.response.start", "status": problem.status, "headers": fields})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _fields(problem: Problem, body: bytes, headers: Headers) -> Headers:
    return [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        *((name.lower().encode(), value.encode()) for name, value in problem.headers.items()),
        *headers,
    ]
