"""How a problem is written outside of a route."""

from __future__ import annotations

import orjson
from starlette.types import Send

from gateway.headers import Headers
from servicekit.problems import MEDIA_TYPE, Problem


async def write_problem(send: Send, problem: Problem, headers: Headers) -> None:
    """Send a problem as a whole response."""
    body = orjson.dumps(problem.document())
    fields: Headers = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        *((name.lower().encode(), value.encode()) for name, value in problem.headers.items()),
        *headers,
    ]
    await send({"type": "http.response.start", "status": problem.status, "headers": fields})
    await send({"type": "http.response.body", "body": body, "more_body": False})
