"""The edge is one for the services' routes and the gateway's own: order of checks, sizes, times, addresses, ids."""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from contracts.id_numbers import check_digit
from promptly import promptly

FIRST = "99010119900101001"
NUMBER = FIRST + check_digit(FIRST)
FULL_WIDTH = NUMBER.translate({ord(sign): ord(sign) + 0xFEE0 for sign in "0123456789X"})
OWN = ["/v1/clients", "/v1/clients/nobody/rotate-secret", "/oauth2/token"]
SERVICES = ["/v1/things", "/v1/people"]


def resident_kib(pid: int) -> int:
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found.group(1))


async def talk(gateway: Any, *pieces: bytes, pause_s: float = 0.0, seconds: float = 15.0) -> bytes:
    """Send bytes with pauses; give all that is answered until the connection closes."""
    port = int(gateway.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def send() -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause_s)

    sending = asyncio.create_task(send())
    try:
        async with asyncio.timeout(seconds):
            answer = await reader.read()
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        writer.close()
    return answer


@pytest.mark.parametrize("path", OWN + SERVICES)
async def test_body_of_a_stranger_is_refused_before_it_fills_memory(gateway: Any, path: str) -> None:
    before = resident_kib(gateway.process.pid)

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100 * 16):
            yield b"x" * 65536

    async with httpx.AsyncClient(base_url=gateway.url, timeout=60) as http:
        try:
            answer = await http.post(path, content=endless(), headers={"Content-Type": "application/json"})
        except (httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError):
            pass  # cut before all of it was sent
        else:
            assert answer.status_code in (401, 413), answer.text
    assert resident_kib(gateway.process.pid) - before < 32 * 1024


@pytest.mark.parametrize("path", ["/v1/clients", "/v1/people"])
async def test_token_is_asked_for_before_the_body(gateway: Any, path: str) -> None:
    """Nothing of the body has come, and the answer is there."""
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 900\r\n"
    answer = await talk(gateway, f"{head}Connection: close\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 401"), answer[:200]


@pytest.mark.parametrize("path", ["/v1/clients", "/v1/people", "/v1/uploads/x"])
async def test_bodies_larger_than_allowed_are_refused_on_every_route(
    gateway: Any, http: httpx.AsyncClient, path: str
) -> None:
    method = "PUT" if "uploads" in path else "POST"
    headers = {"Content-Type": "application/json" if method == "POST" else "application/x-ndjson"}
    size = 2 * 1024 * 1024 if method == "POST" else 401 * 1024 * 1024
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {size}\r\n"
    head += f"Content-Type: {headers['Content-Type']}\r\nAuthorization: {http.headers['authorization']}\r\n\r\n"
    assert (await talk(gateway, head.encode())).startswith(b"HTTP/1.1 413")
    if method == "POST":

        async def chunks() -> AsyncIterator[bytes]:
            for _ in range(40):
                yield b" " * 65536

        answer = await http.request(method, path, headers=headers, content=chunks())
        assert (answer.status_code, answer.json()["code"]) == (413, "gateway.body.too_large")


@pytest.mark.parametrize("path", ["/v1/clients", "/v1/people", "/v1/uploads/x"])
async def test_trickling_body_is_ended_on_every_route(gateway: Any, path: str) -> None:
    """Each piece comes before the silence is too long, and yet the body would take a day."""
    token = await gateway.token("everything")
    method, kind = ("PUT", "application/x-ndjson") if "uploads" in path else ("POST", "application/json")
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: {kind}\r\n"
    pieces = [f"{head}Content-Length: 60000\r\nConnection: close\r\n\r\n".encode(), *[b" "] * 60]
    answer = await talk(gateway, *pieces, pause_s=0.3, seconds=15)
    assert answer.startswith(b"HTTP/1.1 408"), answer[:200]
    assert b"gateway.body.timeout" in answer


async def test_host_is_asked_for_once_and_never_believed(gateway: Any) -> None:
    none = await talk(gateway, b"GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n")
    two = await talk(gateway, b"GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n")
    assert none.startswith(b"HTTP/1.1 400")
    assert two.startswith(b"HTTP/1.1 400")
    for path in ("/v1/clients/", "/v1/audit/", "/docs/", "/v1/things/", "/oauth2/token/", "/problems/"):
        answer = await talk(gateway, f"GET {path} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n".encode())
        assert b"evil.example" not in answer, path
        assert answer.startswith(b"HTTP/1.1 404"), (path, answer[:100])


async def test_what_never_becomes_a_request_is_a_problem_with_ids_in_the_log(gateway: Any) -> None:
    broken = await talk(gateway, b"NONSENSE\r\n\r\n")
    late = await talk(gateway, b"GET / HTTP/1.1\r\nHost:")
    large = await talk(gateway, b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 70_000)
    for answer, status, code in (
        (broken, 400, "gateway.head.malformed"),
        (late, 408, "gateway.head.timeout"),
        (large, 431, "gateway.head.too_large"),
    ):
        head, _, body = answer.partition(b"\r\n\r\n")
        document = json.loads(body)
        assert (document["status"], document["code"]) == (status, code)
        assert f"HTTP/1.1 {status}".encode() in head
        assert document["trace_id"] in gateway.process.log.read_text()


async def test_every_answers_ids_are_in_the_log(
    gateway: Any, http: httpx.AsyncClient, eventually: Callable[..., Any]
) -> None:
    answers = [
        await http.get("/v1/things"),
        await http.get("/v1/clients"),
        await http.get("/v1/nothing"),
        await http.get("/problems"),
        await http.get("/v1/things", headers={"Authorization": "Bearer x.y.z"}),
        await http.post("/v1/clients", json={}),
        await http.delete("/v1/things"),
    ]
    wanted = {(answer.headers["x-request-id"], answer.headers["traceparent"].split("-")[1]) for answer in answers}

    async def logged() -> bool:
        whole = gateway.process.log.read_text().rpartition("\n")[0]
        lines = [json.loads(line) for line in whole.splitlines() if line.startswith("{")]
        return wanted <= {(line.get("request_id"), line.get("trace_id")) for line in lines}

    await eventually(logged, f"lines of {wanted}")


@pytest.mark.parametrize("written", [NUMBER, FULL_WIDTH, f"{NUMBER[:6]}-{NUMBER[6:14]}-{NUMBER[14:]}", f"SFZ{NUMBER}x"])
async def test_id_numbers_enter_by_no_url_and_no_header(gateway: Any, http: httpx.AsyncClient, written: str) -> None:
    for path in ("/v1/things", "/v1/clients", "/problems", "/v1/people"):
        for query in ({"area": written}, {written: "x"}):
            answer = await http.get(path, params=query)
            assert (answer.status_code, answer.json()["code"]) == (400, "url.id_number"), path
        encoded = "".join(f"%{byte:02X}" for byte in written.encode())
        answer = await http.get(httpx.URL(f"{gateway.url}{path}?hh_no={encoded}"))
        assert answer.status_code == 400, path
    assert (await http.get(f"/v1/things/{written}")).json()["code"] == "url.id_number"
    as_bytes = written.encode()
    for kept in ("Idempotency-Key", "If-Match", "Last-Event-ID", "Content-Disposition"):
        answer = await http.get("/v1/things", headers={kept: as_bytes})
        assert (answer.status_code, answer.json()["code"]) == (400, "header.id_number"), kept
        assert (await http.get("/v1/clients", headers={kept: as_bytes})).status_code == 400
    passed = {"User-Agent": as_bytes, "tracestate": b"a=" + as_bytes, "X-Other": as_bytes, "Referer": as_bytes}
    answer = await http.get("/v1/things", headers=passed | {"X-Request-Id": as_bytes})
    assert answer.status_code == 200
    assert NUMBER not in answer.text
    assert written not in answer.text
    assert written not in answer.headers["x-request-id"]
    assert NUMBER not in gateway.process.log.read_text()


async def test_trace_that_spells_an_id_number_is_not_continued(gateway: Any, http: httpx.AsyncClient) -> None:
    digits = NUMBER if NUMBER.isdigit() else "990101199001010019"
    trace = f"00-{digits.ljust(32, '0')}-00f067aa0ba902b7-01"
    for path in ("/v1/things", "/v1/clients"):
        answer = await http.get(path, headers={"traceparent": trace})
        assert digits not in answer.headers["traceparent"]


async def test_one_client_does_not_take_all_places(gateway: Any, eventually: Callable[..., Any]) -> None:
    """The share is 100 here: what one client asks beyond it is refused, another client's request goes on."""
    await gateway.client("greedy", scopes=["things:read"])
    await gateway.client("modest", scopes=["things:read"])
    greedy, modest = await gateway.token("greedy"), await gateway.token("modest")
    enough = asyncio.Event()
    answers: list[int] = []
    async with httpx.AsyncClient(base_url=gateway.url, timeout=60, limits=httpx.Limits(max_connections=200)) as http:

        async def listen() -> None:
            async with http.stream("GET", "/v1/events", headers={"Authorization": f"Bearer {greedy}"}) as answer:
                answers.append(answer.status_code)
                await enough.wait()

        running = [asyncio.create_task(listen()) for _ in range(130)]
        try:

            async def all_answered() -> bool:
                return len(answers) == 130

            await eventually(all_answered, "an answer to each", 60)
            other = await http.get("/v1/things", headers={"Authorization": f"Bearer {modest}"})
            assert other.status_code == 200
        finally:
            enough.set()
            await asyncio.gather(*running)
    assert (answers.count(200), answers.count(429)) == (100, 30)


async def test_connections_of_one_address_are_bounded(gateway: Any, eventually: Callable[..., Any]) -> None:
    port = int(gateway.url.rpartition(":")[2])
    held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(258)]
    try:
        refused = 0
        for reader, _ in held:
            try:
                async with asyncio.timeout(0.02):
                    refused += (await reader.read(12)).startswith(b"HTTP/1.1 429")
            except TimeoutError:
                continue
        assert refused >= 2, "the limit is 256 here"
    finally:
        for _, writer in held:
            writer.close()

    async def there_is_room() -> bool:
        async with httpx.AsyncClient(base_url=gateway.url) as http:
            return (await http.get("/livez")).status_code == 200

    await eventually(there_is_room, "room for one more")


async def test_connection_of_a_service_is_not_used_again_after_it_failed(gateway: Any, http: httpx.AsyncClient) -> None:
    """A service that fails may close without saying so; the next client's request must not meet that."""

    async def script(_: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes) -> None:
        status = b"500 Internal Server Error" if b"/fails" in head else b"200 OK"
        writer.write(b"HTTP/1.1 " + status + b"\r\ncontent-length: 2\r\ncontent-type: application/json\r\n\r\n{}")
        await writer.drain()
        if b"/fails" in head:
            await asyncio.sleep(0.05)
            writer.close()

    gateway.scripted.script = script
    statuses = []
    for _ in range(15):
        assert (await http.get("/v1/scripted/fails")).status_code == 500
        statuses.append((await http.post("/v1/scripted/works")).status_code)
    assert set(statuses) == {200}


@pytest.mark.parametrize("change", [{"status": "disabled"}, {"scopes": ["things:write"]}, {"areas": ["990101101000"]}])
async def test_what_runs_is_ended_when_its_client_is_disabled(
    gateway: Any, http: httpx.AsyncClient, change: dict[str, Any]
) -> None:
    """A stream that was opened with the rights of before; and the reader sees a clean end, not a torn line."""

    async def ended(attempt: int) -> float:
        client_id = f"listener-{abs(hash(str(change))) % 10**8}-{attempt}"
        await gateway.client(client_id, scopes=["things:read"], department="EDU")
        bearer = {"Authorization": f"Bearer {await gateway.token(client_id)}"}
        async with httpx.AsyncClient(base_url=gateway.url, headers=bearer, timeout=30) as listener:
            async with listener.stream("GET", "/v1/events") as answer:
                assert answer.status_code == 200
                lines = answer.aiter_lines()
                await anext(lines)
                changed = await http.patch(f"/v1/clients/{client_id}", json=change, headers={"If-Match": "*"})
                assert changed.status_code == 200, changed.text
                began = time.monotonic()
                async with asyncio.timeout(20):
                    async for _ in lines:
                        pass
                took_s = time.monotonic() - began
            assert (await listener.get("/v1/things")).status_code == 401
        return took_s

    await promptly(ended, within_s=2)


async def read_until_cut(answer: httpx.Response, seconds: float) -> int:
    """Read slowly, so that the answer is under way for long; give what came before it was cut."""
    size = 0
    try:
        async with asyncio.timeout(seconds):
            async for piece in answer.aiter_raw(65_536):
                size += len(piece)
                await asyncio.sleep(0.01)
    except (httpx.RemoteProtocolError, httpx.ReadError):
        return size
    raise AssertionError("the export ended as if it were whole")


@pytest.mark.parametrize("change", ["disabled", "narrowed", "key"])
async def test_an_export_is_cut_when_the_rights_or_the_key_behind_it_go(
    gateway: Any, http: httpx.AsyncClient, change: str
) -> None:
    """Rights are looked at while it is sent: half an export is told as what it is, a connection that broke off."""
    client_id = f"exporter-{change}"
    await gateway.client(client_id, scopes=["things:read"], department="EDU")
    bearer = {"Authorization": f"Bearer {await gateway.token(client_id)}"}
    size = 4 * 1024 * 1024 * 1024
    async with (
        httpx.AsyncClient(base_url=gateway.url, headers=bearer, timeout=30) as reader,
        reader.stream("GET", "/v1/downloads", params={"size": size}) as answer,
    ):
        assert answer.status_code == 200
        if change == "key":
            command = (sys.executable, "-m", "gateway", "rotate-keys", "--revoke")
            revoking = await asyncio.create_subprocess_exec(*command, env=gateway.environment)
            assert await revoking.wait() == 0
        else:
            said = {"status": "disabled"} if change == "disabled" else {"areas": ["990101101000"]}
            changed = await http.patch(f"/v1/clients/{client_id}", json=said, headers={"If-Match": "*"})
            assert changed.status_code == 200, changed.text
        assert await read_until_cut(answer, 10) < size
