"""Answers are compressed at the edge, for clients that ask for it: behind it the audit reads them as they are.

One who may watch the wire and have a victim's program repeat requests with texts of his choice could guess a secret
from lengths (BREACH). No request here carries a credential by itself: there are no cookies, and a page of another
origin cannot add a bearer token.
"""

from __future__ import annotations

from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.headers import Headers

_LEAST_BYTES = 1024  # below, the answer is one packet in either form
_PACKED = ("application/octet-stream", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
_LEVEL = 4  # of JSON a tenth of the bytes more than 9 leaves, in a third of the time


class Compression:
    """ASGI middleware: gzip for who accepts it; a stream of events is left as it is. Others pass at no cost."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._compressing = GZipMiddleware(
            app,
            minimum_size=_LEAST_BYTES,
            compresslevel=_LEVEL,
            exclude_content_types=(*DEFAULT_EXCLUDED_CONTENT_TYPES, *_PACKED),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        is_asked = scope["type"] == "http" and accepts_gzip(scope["headers"])
        await (self._compressing if is_asked else self._app)(scope, receive, send)


def accepts_gzip(headers: Headers) -> bool:
    """Tell whether the client takes gzip (RFC 9110 §12.5.3): named, and not with a weight of nothing."""
    for name, value in headers:
        if name == b"accept-encoding":
            for part in value.split(b","):
                coding, _, weight = part.partition(b";")
                if coding.strip().lower() == b"gzip":
                    return weight.replace(b" ", b"").lower().rstrip(b"0.") != b"q="
    return False
