"""Anchors in another system: a chain that was made anew, or cut off, shows against them."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import uvicorn
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.audit.anchors import Anchors
from gateway.audit.rules import mac_key
from gateway.audit.service import seal_pending
from gateway.settings import GatewaySettings
from servicekit.embedded.ports import free_port

TOKEN = "a-token-of-the-other-system"


class Store:
    """A web folder that keeps what it got first."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.url = ""
        self.is_away = False

    async def serve(self, request: Request) -> Response:
        if self.is_away:
            return Response(status_code=503)
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return Response(status_code=401)
        name = request.path_params["name"]
        if request.method == "GET":
            found = self.objects.get(name)
            return Response(found, 200 if found else 404)
        if request.headers.get("if-none-match") == "*" and name in self.objects:
            return Response(status_code=412)
        self.objects[name] = await request.body()
        return Response(status_code=201)


@pytest.fixture
async def elsewhere() -> AsyncIterator[Store]:
    store, port = Store(), free_port()
    store.url = f"http://127.0.0.1:{port}/anchors"
    app = Starlette(routes=[Route("/anchors/{name}", store.serve, methods=["GET", "PUT"])])
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None))
    task = asyncio.create_task(server.serve())
    async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(retries=20)) as waiting:
        await waiting.get(f"{store.url}/none")
    yield store
    server.should_exit = True
    await task


def key_of(gateway: Any) -> bytes:
    settings = GatewaySettings(
        mode="embedded", database_url=gateway.database.url, bus_url="embedded:unused", issuer=gateway.url,
        key_encryption_key=gateway.key_encryption_key,
    )  # fmt: skip
    return mac_key(settings.keyring("key_encryption_key").current)


async def verified(gateway: Any, store: Store) -> dict[str, Any]:
    environment = gateway.environment | {"GATEWAY_AUDIT_ANCHOR_URL": store.url, "GATEWAY_AUDIT_ANCHOR_TOKEN": TOKEN}
    command = [sys.executable, "-m", "gateway", "verify-audit"]

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)

    done = await asyncio.to_thread(run)
    return dict(json.loads(done.stdout)) | {"status": done.returncode}


async def sealed(gateway: Any, http: httpx.AsyncClient, store: Store) -> int:
    assert (await http.get("/v1/people")).status_code == 200
    anchors = Anchors(store.url, TOKEN)
    written = await seal_pending(gateway.database, key_of(gateway), anchors=anchors)
    await anchors.close()
    return written


async def tamper(gateway: Any, *statements: str) -> None:
    async with gateway.database.transaction() as session:
        for statement in ("ALTER TABLE audit_seal DISABLE TRIGGER USER", *statements,
                          "ALTER TABLE audit_seal ENABLE TRIGGER USER"):  # fmt: skip
            await session.execute(text(statement))


async def test_a_verification_reads_the_anchors_of_the_other_system(
    gateway: Any, http: httpx.AsyncClient, elsewhere: Store
) -> None:
    assert await sealed(gateway, http, elsewhere) >= 1
    found = await verified(gateway, elsewhere)
    assert (found["status"], found["anchors"]) == (0, 1)


async def test_seals_that_were_cut_off_have_an_anchor_elsewhere(
    gateway: Any, http: httpx.AsyncClient, elsewhere: Store
) -> None:
    await sealed(gateway, http, elsewhere)
    await tamper(
        gateway,
        "CREATE TABLE cut_off AS SELECT * FROM audit_seal ORDER BY seq DESC LIMIT 1",
        "DELETE FROM audit_seal WHERE seq IN (SELECT seq FROM cut_off)",
    )
    found = await verified(gateway, elsewhere)
    await tamper(gateway, "INSERT INTO audit_seal SELECT * FROM cut_off", "DROP TABLE cut_off")
    assert (found["status"], found["fault"]) == (1, "seals_cut_off")
    assert (await verified(gateway, elsewhere))["status"] == 0


async def test_a_seal_that_was_made_anew_differs_from_its_anchor(
    gateway: Any, http: httpx.AsyncClient, elsewhere: Store
) -> None:
    await sealed(gateway, http, elsewhere)
    name = max(elsewhere.objects)
    kept = elsewhere.objects[name]
    elsewhere.objects[name] = json.dumps(json.loads(kept) | {"hash": "0" * 64}).encode()
    assert (await verified(gateway, elsewhere))["fault"] == "anchor_differs"
    elsewhere.objects[name] = kept


async def test_a_store_that_is_away_or_has_the_object_stops_no_sealing(
    gateway: Any, http: httpx.AsyncClient, elsewhere: Store
) -> None:
    elsewhere.is_away = True
    assert await sealed(gateway, http, elsewhere) >= 1
    elsewhere.is_away = False
    assert elsewhere.objects == {}
    assert await sealed(gateway, http, elsewhere) >= 1, "the next seal holds the one that could not be sent"
    assert (await verified(gateway, elsewhere))["anchors"] == 1
