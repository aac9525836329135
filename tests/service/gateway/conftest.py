"""A running gateway: its own process, PostgreSQL, a service in another process, and a scripted one in this."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import sys
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.access.service import BootstrapClient, bootstrap
from servicekit.db import Database
from servicekit.embedded.ports import free_port
from serving import TEST_ISSUER, IssuerForTests

sys.path.insert(0, str(Path(__file__).parent))  # the helpers beside this file

from gateway_processes import Process, until
from people_issuer import APP, PeopleIssuerForTests

UPSTREAM_APP = Path(__file__).with_name("upstream_app.py")
COUNTY = "990101000000"
ALL_SCOPES = ["things:read", "things:write", "people:read", "people:write", "clients:manage", "audit:read"]


Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter, bytes], Awaitable[None]]


@dataclass
class ScriptedUpstream:
    """A service that answers with exactly the bytes a test wants. `requests` keeps what the gateway sent."""

    port: int
    script: Script | None = None
    issuer: IssuerForTests = field(default_factory=IssuerForTests)
    jwks_reads: int = 0
    heads: list[bytes] = field(default_factory=list)
    connections: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                if head.startswith((b"GET /openapi.json", b"GET /jwks.json")):
                    is_jwks = head.startswith(b"GET /jwks")
                    self.jwks_reads += is_jwks
                    body = json.dumps(self.issuer.jwks.as_dict(private=False) if is_jwks else self.document()).encode()
                    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n")
                    writer.write(b"content-length: %d\r\n\r\n" % len(body) + body)
                    await writer.drain()
                    continue
                self.heads.append(head)
                assert self.script is not None
                await self.script(reader, writer, head)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    @staticmethod
    def document() -> dict[str, Any]:
        access = {"scopes": ["things:read"], "purpose": "tests", "classes": ["S2"]}
        write = {"scopes": ["things:write"], "purpose": "tests", "classes": ["S2"]}
        answers = {"200": {"description": "answer"}}
        return {
            "openapi": "3.1.0",
            "info": {"title": "scripted", "version": "1"},
            "paths": {
                "/v1/scripted/{what}": {
                    "parameters": [{"name": "what", "in": "path", "required": True, "schema": {"type": "string"}}],
                    "get": {"x-bangfu-access": access, "responses": answers},
                    "post": {"x-bangfu-access": write, "responses": answers},
                    "put": {"x-bangfu-access": write, "responses": answers},
                },
                "/v1/undeclared": {"get": {"responses": answers}},
                "/v1/education-only": {
                    "get": {"x-bangfu-access": access | {"departments": ["EDU"]}, "responses": answers}
                },
            },
        }


@dataclass
class Gateway:
    """The gateway under test."""

    url: str
    process: Process
    upstream: Process
    upstream_url: str
    scripted: ScriptedUpstream
    database: Database
    key_encryption_key: str
    environment: dict[str, str]
    secrets: dict[str, str] = field(default_factory=dict)

    async def client(
        self,
        client_id: str,
        *,
        scopes: list[str],
        department: str | None = None,
        areas: list[str] | None = None,
        grants: list[str] | None = None,
    ) -> str:
        """Register a client; give its secret."""
        given = BootstrapClient(
            client_id=client_id,
            scopes=scopes,
            department=department,
            areas=[COUNTY] if areas is None else areas,
            grants=grants or [],
        )
        async with self.database.transaction() as session:
            secret = await bootstrap(session, given, rotate=True)
        assert secret is not None
        self.secrets[client_id] = secret
        return secret

    async def token(self, client_id: str, scope: str | None = None) -> str:
        """Get a token as any client would."""
        form = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})
        async with httpx.AsyncClient(base_url=self.url) as http:
            answer = await http.post("/oauth2/token", data=form, auth=(client_id, self.secrets[client_id]))
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])


@pytest.fixture(scope="session")
async def scripted() -> AsyncIterator[ScriptedUpstream]:
    upstream = ScriptedUpstream(free_port())
    server = await asyncio.start_server(upstream.serve, "127.0.0.1", upstream.port, limit=1 << 20)
    yield upstream
    server.close()


@pytest.fixture(scope="session")
async def people_issuer() -> AsyncIterator[PeopleIssuerForTests]:
    issuer = PeopleIssuerForTests(free_port())
    server = await asyncio.start_server(issuer.serve, "127.0.0.1", issuer.port)
    yield issuer
    server.close()


@pytest.fixture(scope="session")
async def gateway(
    service_database_url: Callable[[str], str],
    scripted: ScriptedUpstream,
    people_issuer: PeopleIssuerForTests,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Gateway]:
    """One gateway for all modules here: a process takes seconds to start, and tests use clients of their own."""
    database = Database(service_database_url("gateway"), service="gateway")
    folder = tmp_path_factory.mktemp("gateway")
    port, upstream_port = free_port(), free_port()
    url, upstream_url = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{upstream_port}"
    key = b64encode(secrets.token_bytes(32)).decode()
    replica_key = secrets.token_urlsafe(32)
    environment = os.environ | {
        "GATEWAY_MODE": "embedded",
        "GATEWAY_PORT": str(port),
        "GATEWAY_DATABASE_URL": database.url,
        "GATEWAY_BUS_URL": f"embedded:{database.url}",
        "GATEWAY_ISSUER": url,
        "GATEWAY_UPSTREAMS": json.dumps({"demo": upstream_url, "scripted": f"http://127.0.0.1:{scripted.port}"}),
        "GATEWAY_KEY_ENCRYPTION_KEY": key,
        "GATEWAY_ROUTES_REFRESH_S": "1",
        "GATEWAY_REPLICA_KEY": replica_key,
        "GATEWAY_SOLE_GRANTERS": '["everything"]',
        "GATEWAY_ISSUERS": json.dumps(
            [
                {"issuer": TEST_ISSUER, "jwks_url": f"http://127.0.0.1:{scripted.port}/jwks.json"},
                {"issuer": "https://away.test", "jwks_url": "http://127.0.0.1:1/jwks.json"},
            ]
        ),
        "GATEWAY_PEOPLE_ISSUERS": json.dumps(
            [
                {"issuer": people_issuer.url, "client_ids": [APP], "acr_values": ["2"]},
                {"issuer": "http://127.0.0.1:1/away", "client_ids": [APP]},
            ]
        ),
        "GATEWAY_HEAD_TIMEOUT_S": "2",
        "GATEWAY_AUDIT_REFUSALS_PER_MINUTE": "300",
        "GATEWAY_READ_IDLE_TIMEOUT_S": "3",
        "GATEWAY_ANSWER_TIMEOUT_S": "3",
        "GATEWAY_BODY_IDLE_TIMEOUT_S": "2",
        "GATEWAY_BODY_GRACE_S": "2",
        "GATEWAY_MAX_REQUESTS_PER_CLIENT": "100",
        "GATEWAY_MAX_CONNECTIONS_PER_SOURCE": "256",
        "GATEWAY_UPLOAD_LIMIT_BYTES": str(400 * 1024 * 1024),
    }
    upstream = Process(
        [sys.executable, str(UPSTREAM_APP), str(upstream_port), url, replica_key],
        dict(os.environ),
        folder / "upstream.log",
    )
    process = Process([sys.executable, "-m", "gateway", "api"], environment, folder / "gateway.log")
    upstream.start()
    process.start()
    running = Gateway(url, process, upstream, upstream_url, scripted, database, key, environment)

    async def ready() -> bool:
        assert process.running is not None
        assert process.running.poll() is None, process.log.read_text()
        async with httpx.AsyncClient() as http:
            return (await http.get(f"{url}/readyz")).status_code == 200

    try:
        await until(ready, f"readiness of the gateway ({process.log})", 120)
        await running.client("everything", scopes=ALL_SCOPES, grants=["*"])
        yield running
    finally:
        process.stop()
        upstream.stop(signal.SIGKILL)
        await database.dispose()


@pytest.fixture
async def http(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    """A client with every scope over the county."""
    token = await gateway.token("everything")
    async with httpx.AsyncClient(
        base_url=gateway.url, headers={"Authorization": f"Bearer {token}"}, timeout=30
    ) as client:
        yield client


@pytest.fixture
async def restored_upstream(gateway: Gateway) -> AsyncIterator[None]:
    """Start the service again after a test that killed it."""
    yield
    gateway.upstream.stop(signal.SIGKILL)
    gateway.upstream.start()

    async def ready() -> bool:
        async with httpx.AsyncClient() as http:
            return (await http.get(f"{gateway.upstream_url}/livez")).status_code == 200

    await until(ready, "return of the service", 60)


@pytest.fixture
def eventually() -> Callable[..., Awaitable[None]]:
    """Wait until something holds."""
    return until
