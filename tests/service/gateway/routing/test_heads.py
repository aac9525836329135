"""Heads that two readers could read in two ways are refused, whole and with one answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .test_edge import NUMBER, talk


def head(target: str, *fields: str, method: str = "GET", version: str = "1.1", host: str | None = "x") -> bytes:
    hosts = [] if host is None else [f"Host: {host}"]
    lines = [f"{method} {target} HTTP/{version}", *hosts, "Connection: close", *fields]
    return "".join(f"{line}\r\n" for line in lines).encode() + b"\r\n"


def code_of(answer: bytes) -> tuple[int, str]:
    status = int(answer[9:12])
    return status, json.loads(answer.partition(b"\r\n\r\n")[2])["code"]


@pytest.fixture
async def authorization(gateway: Any) -> str:
    return f"Authorization: Bearer {await gateway.token('everything')}"


@pytest.mark.parametrize(
    "field",
    [
        "Content-Type: text/csv",
        "Idempotency-Key: b",
        "Last-Event-ID: 2",
        "X-Request-Id: two",
        "Authorization: Bearer x",
    ],
)
async def test_a_field_that_decides_something_is_sent_once(gateway: Any, authorization: str, field: str) -> None:
    first = field.partition(":")[0] + ": a"
    fields = [field] if field.startswith("Authorization") else [first, field]
    status, code = code_of(await talk(gateway, head("/v1/things", authorization, *fields)))
    assert (status, code) in ((400, "gateway.head.malformed"), (401, "token_invalid"))


@pytest.mark.parametrize("host", ["", "a b", "a@b", "a,b", "http://a", "x:999999", NUMBER + "/"])
async def test_a_host_is_an_address(gateway: Any, host: str) -> None:
    assert code_of(await talk(gateway, head("/livez", host=host))) == (400, "gateway.host.refused")
    for good in ("gateway.example:8080", "[::1]:8080", "127.0.0.1", "svc_name"):
        assert (await talk(gateway, head("/livez", host=good))).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("version", ["2.0", "1.2", "0.9"])
async def test_another_version_is_no_request(gateway: Any, version: str) -> None:
    assert code_of(await talk(gateway, head("/livez", version=version))) == (400, "gateway.head.malformed")


@pytest.mark.parametrize("path", ["/v1%2fthings", "/v1/things%2F..%2fpeople", "/v1%5Cthings", "/%76%31%2fclients"])
async def test_an_encoded_separator_is_none(gateway: Any, authorization: str, path: str) -> None:
    """Whoever stands in front decides by the path as it was sent."""
    assert code_of(await talk(gateway, head(path, authorization))) == (400, "gateway.path.refused")


async def test_a_head_in_one_read_is_judged_like_one_in_many(gateway: Any, authorization: str) -> None:
    long = head("/v1/things", authorization, "X-Long: " + "x" * 70_000)
    many = head("/v1/things", authorization, *(f"X-{number}: a" for number in range(300)))
    assert code_of(await talk(gateway, long)) == (431, "gateway.head.too_large")
    assert code_of(await talk(gateway, many)) == (431, "gateway.head.too_large")


async def test_a_tunnel_is_refused_without_an_error(gateway: Any) -> None:
    before = gateway.process.log.read_text().count("Traceback")
    for target in ("evil.example:443", "/v1/things", "*"):
        assert code_of(await talk(gateway, head(target, method="CONNECT"))) == (400, "gateway.head.malformed")
    assert gateway.process.log.read_text().count("Traceback") == before


async def test_many_wishes_for_another_protocol_in_one_read_are_all_served(gateway: Any) -> None:
    wish = b"GET /livez HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"
    answer = await talk(gateway, wish * 300 + head("/livez"), seconds=30)
    assert answer.count(b"HTTP/1.1 200") == 301


async def test_a_trailer_is_no_header(gateway: Any, authorization: str) -> None:
    """It comes after the head was looked at, and would pass every check unseen."""
    chunked = head("/v1/things", authorization, "Content-Type: application/json", "Transfer-Encoding: chunked",
                   method="POST")  # fmt: skip
    trailers = f"0\r\nAuthorization: Bearer x\r\nX-Trailed: {NUMBER}\r\nHost: b\r\n\r\n".encode()
    body = b'c\r\n{"name":"n"}\r\n'
    for pieces in ((chunked + body + trailers,), (chunked, body, trailers)):
        answer = await talk(gateway, *pieces, pause_s=0.2)
        assert answer.startswith(b"HTTP/1.1 201"), answer[:300]
        assert NUMBER not in gateway.process.log.read_text()
