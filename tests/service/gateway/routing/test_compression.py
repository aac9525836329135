"""Answers are compressed at the edge for who asks, and for nobody else; events are not, and services never see it."""

from __future__ import annotations

import gzip
from typing import Any

import httpx
import pytest

NAMES = ",".join(f"0199a5c0-0000-7000-8000-{number:012d}" for number in range(100))
PLAIN = {"Accept-Encoding": "identity"}


async def raw(http: httpx.AsyncClient, path: str, headers: dict[str, str], **params: Any) -> Any:
    """Give an answer and its bytes on the wire."""
    async with http.stream("GET", path, headers=headers, params=params) as answer:
        return answer, b"".join([piece async for piece in answer.aiter_raw()])


async def test_a_long_answer_is_compressed_for_who_takes_it_and_says_the_same(http: httpx.AsyncClient) -> None:
    plain, whole = await raw(http, "/v1/people-lists", PLAIN, names=NAMES)
    packed, wire = await raw(http, "/v1/people-lists", {"Accept-Encoding": "br, gzip"}, names=NAMES)
    assert (plain.status_code, packed.status_code) == (200, 200)
    assert "content-encoding" not in plain.headers
    assert (packed.headers["content-encoding"], packed.headers["vary"]) == ("gzip", "Accept-Encoding")
    assert gzip.decompress(wire) == whole
    assert len(wire) < len(whole) / 4
    assert packed.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("accepted", ["gzip;q=0", "identity", "br"])
async def test_who_does_not_take_gzip_gets_none(http: httpx.AsyncClient, accepted: str) -> None:
    answer, _ = await raw(http, "/v1/people-lists", {"Accept-Encoding": accepted}, names=NAMES)
    assert "content-encoding" not in answer.headers


async def test_a_short_answer_is_sent_as_it_is_and_the_service_never_hears_of_it(http: httpx.AsyncClient) -> None:
    answer = await http.get("/v1/things", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in answer.headers
    assert "accept-encoding" not in answer.json()["headers"]


async def test_the_gateways_own_answers_are_compressed_too(http: httpx.AsyncClient) -> None:
    answer = await http.get("/openapi.json", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.json()["openapi"].startswith("3.")


async def test_events_and_files_are_left_as_they_are(http: httpx.AsyncClient) -> None:
    async with http.stream("GET", "/v1/events", headers={"Accept-Encoding": "gzip"}) as answer:
        assert "content-encoding" not in answer.headers
        assert (await anext(answer.aiter_raw())).startswith(b"id: 0\n")
    file, wire = await raw(http, "/v1/downloads", {"Accept-Encoding": "gzip"}, size=100_000)
    assert ("content-encoding" not in file.headers, len(wire)) == (True, 100_000)
