"""What a caller has already is not sent again: `If-None-Match` is answered with 304 (RFC 9110 §13.1.2).

A route that declares it has decided by then that the caller may read the thing now: who may not is told so, whatever
it has. A version is less than all that an answer shows: refused decisions, names and days stand beside it. So the tag
of such a GET is the version, where there is one, and a digest of what is shown; where something is to be changed
`servicekit.etags` compares the version alone.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from servicekit.etags import tagged

_OF_A_BODY = frozenset({b"content-type", b"content-length"})
_ETAG = b"etag"
_HAS = "has_copy"


async def _declared(
    request: Request,
    if_none_match: Annotated[
        str | None, Header(description="ETag of the copy that you have: 304 says that it is good")
    ] = None,
) -> None:
    request.scope["state"][_HAS] = if_none_match or ""


REVALIDATED: Any = Depends(_declared)
"""Declares that the answer of a GET has a tag to ask again with: `dependencies=[REVALIDATED]`."""

UNCHANGED: dict[int | str, dict[str, Any]] = {
    304: {"description": "您已有的内容仍然有效 / what you have is what there is"}
}
"""The answer that such a route may give besides: `responses=responses(...) | UNCHANGED`."""


class Revalidation:
    """ASGI middleware: tags the answers of routes that declare it, and leaves a body out that the caller has."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        held: Message | None = None

        async def send_tagged(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start":
                if message["status"] == 200 and _HAS in scope["state"]:
                    held = message
                    return
            elif held is not None:
                start, held = held, None
                if not message.get("more_body"):  # JSON is one piece
                    start, message = _answer(start, message, scope["state"][_HAS])
                await send(start)
            await send(message)

        await self._app(scope, receive, send_tagged)


def _answer(start: Message, body: Message, has: str) -> tuple[Message, Message]:
    """Give head and body with the tag, or 304 without a body where the caller has it."""
    digest = hashlib.blake2s(body.get("body", b""), digest_size=8).hexdigest()
    version = next((value for name, value in start["headers"] if name == _ETAG), b"")
    tag = tagged(version.decode("latin-1"), digest)
    headers = [*((name, value) for name, value in start["headers"] if name != _ETAG), (_ETAG, tag.encode())]
    if {each.strip().removeprefix("W/") for each in has.split(",")}.isdisjoint({tag, "*"}):
        return {**start, "headers": headers}, body
    kept = [pair for pair in headers if pair[0] not in _OF_A_BODY]
    return {**start, "status": 304, "headers": kept}, {**body, "body": b""}
