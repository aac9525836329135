"""Which header fields cross the gateway, and how a forwarded request head is written."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

from contracts.id_numbers import carries_id_number

Headers = list[tuple[bytes, bytes]]

# RFC 9110 7.6.1: fields that belong to one connection.
_HOP_BY_HOP = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"proxy-authenticate", b"proxy-authorization"}
    | {b"te", b"trailer", b"transfer-encoding", b"upgrade"}
)
# What the gateway says itself, or what nobody outside may say to a service.
_NOT_TO_UPSTREAM = _HOP_BY_HOP | frozenset(
    {b"host", b"expect", b"content-length", b"x-request-id", b"traceparent", b"forwarded", b"x-real-ip"}
    | {b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-forwarded-prefix", b"cookie"}
    | {b"accept-encoding"}  # the audit reads answers: they are compressed behind it
)
_NOT_TO_CLIENT = _HOP_BY_HOP | frozenset(
    {b"server", b"date", b"x-request-id", b"ratelimit", b"ratelimit-policy", b"set-cookie"}
)

_TRACEPARENT = re.compile(rb"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def traceparent_of(given: bytes | None) -> bytes:
    """Give a W3C traceparent: a child span of the caller's trace, or a new trace."""
    if given is not None and _TRACEPARENT.fullmatch(given) and not carries_id_number(given[3:35].decode()):
        return given[:36] + os.urandom(8).hex().encode() + given[52:]
    return b"00-" + os.urandom(16).hex().encode() + b"-" + os.urandom(8).hex().encode() + b"-01"


def _named_by_connection(headers: Iterable[tuple[bytes, bytes]]) -> frozenset[bytes]:
    """Give the fields that `Connection` names: they are hop-by-hop too."""
    for name, value in headers:
        if name == b"connection":
            tokens = {token.strip().lower() for token in value.split(b",")}
            return frozenset(tokens - {b"keep-alive", b"close", b""})
    return frozenset()


def request_head(
    method: str,
    target: bytes,
    headers: Headers,
    *,
    host: bytes,
    request_id: bytes,
    traceparent: bytes,
    framing: bytes,
) -> bytes:
    """Write the head of the request to a service, end-to-end fields unchanged.

    Args:
        target: Path and query as the client sent them.
        framing: The line that says how long the body is, with its CRLF; empty without a body.
    """
    dropped = _NOT_TO_UPSTREAM
    named = _named_by_connection(headers)
    if named:
        dropped = dropped | named
    parts = [method.encode(), b" ", target, b" HTTP/1.1\r\nhost: ", host, b"\r\n"]
    for name, value in headers:
        if name not in dropped:
            parts += (name, b": ", value, b"\r\n")
    parts += (b"x-request-id: ", request_id, b"\r\ntraceparent: ", traceparent, b"\r\n", framing, b"\r\n")
    return b"".join(parts)


def response_headers(headers: Headers, own: Headers) -> Headers:
    """Give the fields of a service's answer that go to the client, followed by the gateway's own."""
    dropped = _NOT_TO_CLIENT
    named = _named_by_connection(headers)
    if named:
        dropped = dropped | named
    return [pair for pair in headers if pair[0] not in dropped] + own
