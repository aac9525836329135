"""The proxy between real processes: streams, limits, faults."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import os
import re
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

MEGABYTE = 1024 * 1024
NDJSON = {"Content-Type": "application/x-ndjson"}


def peak_bytes(pid: int) -> int:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found.group(1)) * 1024


def forget_peak(pid: int) -> None:
    Path(f"/proc/{pid}/clear_refs").write_text("5")


async def zeros(megabytes: int) -> AsyncIterator[bytes]:
    block = bytes(MEGABYTE)
    for _ in range(megabytes):
        yield block


async def test_small_answer_comes_through_with_the_callers_identity(gateway: Any, http: httpx.AsyncClient) -> None:
    answer = await http.get("/v1/things", params={"area": "990101101000"})
    assert answer.status_code == 200
    assert answer.json()["client_id"] == "everything"
    assert answer.json()["area"] == "990101101000"
    assert re.fullmatch(r'"read";r=\d+;t=\d+', answer.headers["ratelimit"])
    assert answer.headers["ratelimit-policy"] == '"read";q=6000;w=10'
    assert answer.headers["x-request-id"]


async def test_trace_and_request_id_are_carried_and_hop_by_hop_fields_are_not(http: httpx.AsyncClient) -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    answer = await http.get(
        "/v1/things",
        headers={
            "traceparent": trace,
            "X-Request-Id": "request-0001",
            "Connection": "X-Secret-Hop",
            "X-Secret-Hop": "1",
            "TE": "trailers",
            "X-Forwarded-For": "10.0.0.1",
            "Forwarded": "for=10.0.0.1",
            "Cookie": "a=b",
        },
    )
    seen = answer.json()["headers"]
    assert seen["traceparent"].startswith("00-4bf92f3577b34da6a3ce929d0e0e4736-")
    assert seen["traceparent"] != trace
    assert seen["x-request-id"] == answer.headers["x-request-id"] == "request-0001"
    assert not {"x-secret-hop", "te", "x-forwarded-for", "forwarded", "cookie"} & set(seen)


async def test_unknown_route_is_a_problem_and_undeclared_operations_are_not_routed(http: httpx.AsyncClient) -> None:
    for path in ("/v1/nothing", "/v1/undeclared", "/v1/things/1/2/3"):
        answer = await http.get(path)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == "gateway.route.unknown"
        assert answer.json()["trace_id"]
    wrong = await http.delete("/v1/things")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET, POST")


@pytest.mark.parametrize("path", ["/v1//things", "/v1/things/../people", "/v1/things/%2e%2e/people", "/v1/a%5Cb"])
async def test_tricky_paths_are_refused(gateway: Any, path: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", httpx.URL(gateway.url).port)
    writer.write(f"GET {path} HTTP/1.1\r\nhost: gateway\r\nconnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"gateway.path.refused" in answer


async def test_id_number_in_a_url_is_refused_and_not_repeated(http: httpx.AsyncClient) -> None:
    """ASVS 14.2.1; the number is synthetic (province 99)."""
    from servicekit.identity import check_digit

    number = "99010119900101001"
    number += check_digit(number)
    for url in (f"/v1/people/{number}", f"/v1/people?id_no={number}"):
        answer = await http.get(url)
        assert answer.status_code == 400
        assert answer.json()["code"] == "url.id_number"
        assert number not in answer.text


async def test_large_upload_arrives_whole_in_flat_memory(gateway: Any, http: httpx.AsyncClient) -> None:
    await http.put("/v1/uploads/warm", content=zeros(5), headers=NDJSON)
    forget_peak(gateway.process.pid)
    before = peak_bytes(gateway.process.pid)
    answer = await http.put("/v1/uploads/large", content=zeros(200), headers=NDJSON)
    assert answer.status_code == 200
    assert answer.json()["size"] == 200 * MEGABYTE
    assert answer.json()["sha256"] == hashlib.sha256(bytes(200 * MEGABYTE)).hexdigest()
    assert peak_bytes(gateway.process.pid) - before < 20 * MEGABYTE


async def test_upload_with_a_length_keeps_it(http: httpx.AsyncClient) -> None:
    body = os.urandom(3 * MEGABYTE)
    answer = await http.put("/v1/uploads/known", content=body, headers=NDJSON)
    assert answer.json()["length"] == str(len(body))
    assert answer.json()["sha256"] == hashlib.sha256(body).hexdigest()


async def test_large_download_arrives_whole_in_flat_memory(gateway: Any, http: httpx.AsyncClient) -> None:
    forget_peak(gateway.process.pid)
    before = peak_bytes(gateway.process.pid)
    size = 0
    async with http.stream("GET", "/v1/downloads", params={"size": 200 * MEGABYTE}) as answer:
        async for chunk in answer.aiter_raw():
            size += len(chunk)
    assert size == 200 * MEGABYTE
    assert peak_bytes(gateway.process.pid) - before < 20 * MEGABYTE


async def test_slow_reader_does_not_fill_the_gateway(gateway: Any, http: httpx.AsyncClient) -> None:
    forget_peak(gateway.process.pid)
    before = peak_bytes(gateway.process.pid)
    async with http.stream("GET", "/v1/downloads", params={"size": 100 * MEGABYTE}) as answer:
        stream = answer.aiter_raw()
        await anext(stream)
        await asyncio.sleep(1)
    assert peak_bytes(gateway.process.pid) - before < 20 * MEGABYTE


async def test_json_over_its_limit_is_refused_declared_or_not(gateway: Any, http: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 64 * 1024

    json_type = {"Content-Type": "application/json"}
    declared = await http.post("/v1/things", content=b" " * (MEGABYTE + 1), headers=json_type)
    assert (declared.status_code, declared.json()["code"]) == (413, "gateway.body.too_large")
    chunked = await http.post("/v1/things", content=endless(), headers=json_type)
    assert (chunked.status_code, chunked.json()["code"]) == (413, "gateway.body.too_large")
    assert chunked.json()["limit_bytes"] == MEGABYTE


async def test_type_and_encoding_are_refused_unless_the_route_declares_them(http: httpx.AsyncClient) -> None:
    wrong_type = await http.put("/v1/uploads/x", content=b"{}", headers={"Content-Type": "application/json"})
    assert (wrong_type.status_code, wrong_type.json()["code"]) == (415, "gateway.body.type")
    packed = gzip.compress(b'{"a": 1}\n')
    passed = await http.put("/v1/uploads/x", content=packed, headers=NDJSON | {"Content-Encoding": "gzip"})
    assert passed.json() == passed.json() | {"encoding": "gzip", "size": len(packed)}
    for encoding in ("br", "gzip, gzip", "deflate"):
        refused = await http.put("/v1/uploads/x", content=packed, headers=NDJSON | {"Content-Encoding": encoding})
        assert (refused.status_code, refused.json()["code"]) == (415, "gateway.body.encoding")
        assert refused.headers["accept-encoding"] == "gzip, zstd"
    on_json = await http.post(
        "/v1/things", content=packed, headers={"Content-Type": "application/json", "Content-Encoding": "gzip"}
    )
    assert (on_json.status_code, on_json.json()["code"]) == (415, "gateway.body.encoding")


async def test_slow_service_is_a_504_and_a_silent_one_is_cut(http: httpx.AsyncClient) -> None:
    assert (await http.get("/v1/slow", params={"seconds": 0.3})).status_code == 200
    late = await http.get("/v1/slow", params={"seconds": 10})
    assert (late.status_code, late.json()["code"]) == (504, "gateway.upstream.timeout")


async def test_long_upload_is_not_taken_for_silence(http: httpx.AsyncClient) -> None:
    async def trickle() -> AsyncIterator[bytes]:
        for _ in range(8):
            yield b"a" * 1000
            await asyncio.sleep(0.5)  # 4 s in all, the answer may take 3 s

    answer = await http.put("/v1/uploads/slow", content=trickle(), headers=NDJSON)
    assert answer.json()["size"] == 8000


@pytest.mark.usefixtures("restored_upstream")
async def test_service_killed_while_answering_cuts_the_answer_visibly(gateway: Any, http: httpx.AsyncClient) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        await http.get("/v1/dying")
    gateway.upstream.stop(signal.SIGKILL)
    away = await http.get("/v1/things")
    assert (away.status_code, away.json()["code"]) == (503, "gateway.upstream.unreachable")
    assert int(away.headers["retry-after"]) >= 1
    gateway.upstream.start()
    for _ in range(300):
        if (await http.get("/v1/things")).status_code == 200:
            break
        await asyncio.sleep(0.1)
    else:
        pytest.fail("the gateway did not find the service again")


async def test_events_pass_as_they_happen_and_a_leaving_client_is_noticed(
    gateway: Any, http: httpx.AsyncClient, eventually: Any
) -> None:
    async with http.stream("GET", "/v1/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        started = asyncio.get_running_loop().time()
        lines = answer.aiter_lines()
        seen = 0
        async for line in lines:
            seen += line.startswith("data:")
            if seen == 3:
                break
        assert asyncio.get_running_loop().time() - started < 5
        assert (await http.get("/v1/listeners")).json() == {"listeners": 1}

    async def gone() -> bool:
        return bool((await http.get("/v1/listeners")).json() == {"listeners": 0})

    await eventually(gone, "the end of the stream at the service", 5)


async def test_silent_event_stream_outlives_the_idle_timeout(gateway: Any, http: httpx.AsyncClient) -> None:
    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter, __: bytes) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n: hello\n\n")
        await asyncio.sleep(4)
        writer.write(b"data: late\n\n")
        await writer.drain()
        raise ConnectionError

    gateway.scripted.script = script
    assert "data: late" in (await http.get("/v1/scripted/quiet")).text


ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


async def test_safe_request_is_repeated_once_when_the_connection_dies_unanswered(
    gateway: Any, http: httpx.AsyncClient
) -> None:
    calls = 0

    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter, __: bytes) -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise ConnectionError
        writer.write(ANSWER)

    gateway.scripted.script = script
    assert (await http.get("/v1/scripted/again")).text == "ok"
    assert calls == 2


async def test_request_with_a_body_is_never_sent_twice(gateway: Any, http: httpx.AsyncClient) -> None:
    calls = 0

    async def script(_: asyncio.StreamReader, __: asyncio.StreamWriter, ___: bytes) -> None:
        nonlocal calls
        calls += 1
        raise ConnectionError

    gateway.scripted.script = script
    for method in ("POST", "PUT"):
        answer = await http.request(method, "/v1/scripted/once", json={})
        assert (answer.status_code, answer.json()["code"]) == (502, "gateway.upstream.failed")
    assert calls == 2


async def test_early_refusal_reaches_a_client_that_is_still_sending(http: httpx.AsyncClient) -> None:
    answer = await http.put("/v1/refused-uploads", content=zeros(20), headers=NDJSON)
    assert answer.status_code == 200
    assert answer.json() == {"answer": "the body was not read"}
    assert (await http.get("/v1/things")).status_code == 200


async def test_leaving_client_cancels_the_request_at_the_service(gateway: Any) -> None:
    token = await gateway.token("everything")
    reached, cut = asyncio.Event(), asyncio.Event()

    async def script(reader: asyncio.StreamReader, _: asyncio.StreamWriter, __: bytes) -> None:
        reached.set()
        if not await reader.read(1):
            cut.set()
        raise ConnectionError

    gateway.scripted.script = script
    _, writer = await asyncio.open_connection("127.0.0.1", httpx.URL(gateway.url).port)
    writer.write(b"GET /v1/scripted/wait HTTP/1.1\r\nhost: g\r\nauthorization: Bearer " + token.encode() + b"\r\n\r\n")
    await writer.drain()
    await asyncio.wait_for(reached.wait(), 5)
    writer.close()
    await asyncio.wait_for(cut.wait(), 2)


async def test_many_requests_at_once_share_few_connections(gateway: Any, http: httpx.AsyncClient) -> None:
    async def one(number: int) -> None:
        answer = await http.get(f"/v1/things/{number}")
        assert answer.json() == {"id": str(number)}

    for _ in range(3):
        await asyncio.gather(*(one(number) for number in range(100)))
