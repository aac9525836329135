"""The receivers that the guide shows, in three languages, against what is really sent to them."""

from __future__ import annotations

import asyncio
import shutil
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from webhook_bench import Bench

from alerts.subscriptions import signing
from servicekit.embedded.ports import free_port

SHOWN = Path(__file__).resolve().parents[4] / "docs" / "receivers"
COMMANDS = {
    "python": [sys.executable, str(SHOWN / "receiver.py")],
    "node": ["node", str(SHOWN / "receiver.mjs")],
    "java": ["java", str(SHOWN / "Receiver.java")],
}
STRANGER = "whsec_" + "QUJD" * 8


@dataclass
class Running:
    """A receiver that runs as its reader would run it."""

    url: str
    process: asyncio.subprocess.Process

    async def events(self, count: int) -> list[dict[str, Any]]:
        """Give the next events that it printed."""
        assert self.process.stdout is not None
        found = []
        async with asyncio.timeout(30):
            while len(found) < count:
                found.append(orjson.loads(await self.process.stdout.readline()))
        return found

    async def says_nothing(self) -> bool:
        assert self.process.stdout is not None
        try:
            async with asyncio.timeout(0.5):
                return not await self.process.stdout.readline()
        except TimeoutError:
            return True


@asynccontextmanager
async def running(language: str, port: int, secrets: list[str]) -> AsyncIterator[Running]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *COMMANDS[language], str(port), stdin=pipe, stdout=pipe, stderr=pipe, limit=1 << 20
    )
    assert process.stdin is not None
    assert process.stderr is not None
    process.stdin.write(" ".join(secrets).encode() + b"\n")
    process.stdin.close()
    try:
        async with asyncio.timeout(60):
            while b"listening" not in (line := await process.stderr.readline()):
                assert line, f"{language} ended"
        yield Running(f"http://127.0.0.1:{port}/hook", process)
    finally:
        process.kill()
        await process.wait()


async def post(url: str, secrets: list[str], message_id: str, at: datetime, body: bytes, **changes: str) -> int:
    headers = signing.headers(secrets, message_id, at, body) | changes
    async with httpx.AsyncClient(timeout=30) as http:
        return (await http.post(url, content=body, headers=headers)).status_code


@pytest.mark.parametrize("language", COMMANDS)
async def test_the_receiver_of_the_guide_takes_what_is_genuine_once_and_nothing_else(
    bench: Bench, language: str
) -> None:
    """Signature, tolerance, deduplication by id, a quick 2xx, and two secrets while one is rotated."""
    if shutil.which(COMMANDS[language][0]) is None:
        pytest.skip(f"{language} is not on this machine")
    port = free_port()
    subscription = await bench.subscribe(f"http://127.0.0.1:{port}/hook")
    async with running(language, port, [STRANGER, subscription["secret"]]) as receiver:
        unsigned = {"webhook-signature": "v1,", "content-type": "application/json"}
        # The first request of a Java process may take longer than the bench's sender waits.
        assert await post(receiver.url, [STRANGER], "first", datetime.now(UTC), b"{}", **unsigned) == 401
        for _ in range(2):
            await bench.publish()
        await bench.sender.settle()
        told = await receiver.events(2)
        assert [item["state"] for item in await bench.deliveries(subscription)] == ["delivered", "delivered"]
        first = min(event["data"]["position"] for event in told)  # of two households: in either order
        replayed = await bench.client.post(
            f"/v1/subscriptions/{subscription['id']}/replay",
            json={"after": first - 1},
            headers=bench.headers("subscriptions:manage", "alerts:read"),
        )
        assert replayed.json()["queued"] == 2
        await bench.sender.settle()
        assert {item["state"] for item in await bench.deliveries(subscription)} == {"delivered"}
        assert await receiver.says_nothing(), "an event that came before is taken, and not acted on again"
        now, secret = datetime.now(UTC), subscription["secret"]
        body = orjson.dumps(told[0] | {"id": "another"})
        old = datetime.fromtimestamp(time.time() - 301, UTC)
        assert await post(receiver.url, [secret], "another", old, body) == 401, "too old"
        assert await post(receiver.url, ["whsec_" + "REVG" * 8], "another", now, body) == 401, "another's secret"
        tampered = signing.headers([secret], "another", now, body)["webhook-signature"]
        changed = body.replace(b"another", b"changed")
        assert await post(receiver.url, [secret], "another", now, changed, **{"webhook-signature": tampered}) == 401
        assert await post(receiver.url, [secret], "a" * 10, now, b"x" * 20_001) == 413
        assert await receiver.says_nothing()
        assert await post(receiver.url, ["whsec_" + "REVG" * 8, secret], "another", now, body) == 204, "one is enough"
        assert [event["id"] for event in await receiver.events(1)] == ["another"]


@pytest.mark.parametrize("language", COMMANDS)
async def test_the_receiver_of_the_guide_verifies_a_key_pair_by_the_public_key(bench: Bench, language: str) -> None:
    """`v1a`: what another key signed, a changed body and the public key used as a shared secret are refused."""
    if shutil.which(COMMANDS[language][0]) is None:
        pytest.skip(f"{language} is not on this machine")
    port = free_port()
    subscription = await bench.subscribe(f"http://127.0.0.1:{port}/hook", signature="v1a")
    public = subscription["public_key"]
    private, now, body = signing.new_secret(signing.Signature.ED25519), datetime.now(UTC), b'{"id": "x", "data": {}}'
    async with running(language, port, [signing.public_key(private) or "", public]) as receiver:
        strange = signing.new_secret(signing.Signature.ED25519)
        assert await post(receiver.url, [strange], "x", now, body) == 401, "another's key"
        assert await post(receiver.url, ["whsec_" + public.removeprefix("whpk_")], "x", now, body) == 401, "no secret"
        real = signing.headers([private], "x", now, body)["webhook-signature"]
        assert await post(receiver.url, [private], "x", now, body + b" ", **{"webhook-signature": real}) == 401
        for cut in ("v1a,", real[:-8], "v1a,!!"):
            assert await post(receiver.url, [private], "x", now, body, **{"webhook-signature": cut}) == 401, cut
        household = await bench.publish()
        await bench.sender.settle()
        (event,) = await receiver.events(1)
        assert event["data"]["household_id"] == household
        assert [item["state"] for item in await bench.deliveries(subscription)] == ["delivered"]
