"""A request as it comes in: what its head says, and what can be refused from that alone."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

from gateway.access.service import Caller
from gateway.headers import Headers, traceparent_of
from gateway.routing import problems
from gateway.routing.rules import Decision, Route, decide
from gateway.settings import GatewaySettings
from servicekit import auth
from servicekit.problems import Problem
from servicekit.tracing import request_id_of

_ENCODINGS = frozenset({"gzip", "zstd"})
_LONGEST_LENGTH = 15  # digits
MAX_HEAD_BYTES = 64 * 1024
_MOST_FIELDS = 200
_VERSIONS = frozenset({"1.0", "1.1"})
_HOST = re.compile(rb"(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
# What decides something and is one value: of two, gateway and service could each believe another.
_SINGLE = frozenset(
    {b"content-type", b"idempotency-key", b"last-event-id", b"x-request-id", b"traceparent", b"content-disposition"}
)


class Incoming:
    """What the proxy reads out of a request head, in one pass over the fields.

    `fault` is the problem of fields that decide something and are given twice or contradict each other.
    """

    __slots__ = (
        "authorization",
        "caller_traceparent",
        "content_encoding",
        "content_length",
        "content_type",
        "fault",
        "has_body",
        "is_chunked",
        "request_id",
        "traceparent",
    )

    def __init__(self, headers: Headers, http_version: str) -> None:
        self.authorization: bytes | None = None
        self.content_length = 0
        self.content_type = ""
        self.content_encoding = ""
        self.is_chunked = False
        fault: Problem | None = None
        request_id = traceparent = None
        has_length = False
        hosts = size = 0
        single: set[bytes] = set()
        for name, value in headers:
            size += len(name) + len(value) + 4
            if name in _SINGLE:
                if name in single:
                    fault = problems.HeadMalformed(f"send one {name.decode()} field")
                single.add(name)
            if name == b"authorization":
                if self.authorization is not None:
                    fault = auth.InvalidToken("send one Authorization field")
                self.authorization = value
            elif name == b"content-length":
                if has_length or not value.isdigit() or len(value) > _LONGEST_LENGTH:
                    fault = problems.BodyFraming("Content-Length is not one number")
                else:
                    self.content_length = int(value)
                has_length = True
            elif name == b"transfer-encoding":
                if value.strip().lower() != b"chunked":
                    fault = problems.BodyFraming("the only Transfer-Encoding taken is chunked")
                self.is_chunked = True
            elif name == b"content-type":
                self.content_type = value.partition(b";")[0].strip().lower().decode("latin-1")
            elif name == b"content-encoding":
                # A second field means a list, and lists of codings are refused below as one unknown coding.
                text = value.strip().lower().decode("latin-1")
                self.content_encoding = f"{self.content_encoding}, {text}" if self.content_encoding else text
            elif name == b"host":
                hosts += 1
                if _HOST.fullmatch(value) is None:
                    fault = problems.HostRefused("the Host field is no address")
            elif name == b"x-request-id":
                request_id = value
            elif name == b"traceparent":
                traceparent = value
        self.request_id = request_id_of(request_id)
        self.caller_traceparent = traceparent
        self.traceparent = traceparent_of(traceparent)
        if hosts > 1 or (hosts == 0 and http_version != "1.0"):
            fault = problems.HostRefused("HTTP/1.1 needs exactly one Host field")
        if has_length and self.is_chunked:
            fault = problems.BodyFraming("Content-Length and Transfer-Encoding exclude each other")
        if http_version not in _VERSIONS:
            fault = problems.HeadMalformed("HTTP/1.1 is spoken here")
        # The parser judges a head that comes in several reads; one that came in a single read is judged here.
        if size > MAX_HEAD_BYTES or len(headers) > _MOST_FIELDS:
            fault = problems.HeadTooLarge(f"a head has at most {MAX_HEAD_BYTES} bytes and {_MOST_FIELDS} fields")
        self.fault = fault
        self.has_body = self.is_chunked or self.content_length > 0


def check_body(route: Route, request: Incoming, settings: GatewaySettings) -> None:
    """Refuse a body that the route does not take, as far as its head tells.

    Raises:
        BodyUnexpected, BodyTypeRefused, BodyEncodingRefused, BodyTooLarge.
    """
    if not request.has_body:
        return
    if route.method in ("GET", "HEAD", "DELETE"):
        raise problems.BodyUnexpected(f"a {route.method} takes no body here")
    if route.media_types and request.content_type not in route.media_types and "*/*" not in route.media_types:
        raise problems.BodyTypeRefused(
            "this route takes " + ", ".join(sorted(route.media_types)),
            headers={"Accept": ", ".join(sorted(route.media_types))},
        )
    if request.content_encoding not in ("", "identity"):
        is_upload = request.content_type in settings.upload_types
        accepted = route.encodings or (_ENCODINGS if is_upload else frozenset())
        if request.content_encoding not in accepted:
            raise problems.BodyEncodingRefused(
                "the Content-Encoding is not taken here",
                headers={"Accept-Encoding": ", ".join(sorted(accepted)) or "identity"},
            )
    limit = body_limit(route, request, settings)
    if request.content_length > limit:
        raise problems.BodyTooLarge(f"the limit is {limit} bytes", limit_bytes=limit)


def body_limit(route: Route, request: Incoming, settings: GatewaySettings) -> int:
    """Give the most bytes that a body of this type may have; little from somebody who showed no token."""
    if not route.access.scopes:
        return settings.public_limit_bytes
    is_upload = request.content_type in settings.upload_types
    return settings.upload_limit_bytes if is_upload else settings.json_limit_bytes


def decide_query(caller: Caller, route: Route, query: bytes) -> Decision:
    """Decide a request with each `area` of its query; the first refusal counts."""
    principal = caller.principal
    department = str(principal.department) if principal.department else None
    areas: list[str | None] = [None]
    # An encoded name (%61rea) reaches the service as `area` just the same.
    if b"area" in query or b"%" in query:
        given = [value for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True) if name == "area"]
        areas = list(given) or areas
    decision = decide(principal.scopes, department, principal.areas, route.access, areas[0])
    for area in areas[1:]:
        if not decision.is_allowed:
            break
        decision = decide(principal.scopes, department, principal.areas, route.access, area)
    return decision
