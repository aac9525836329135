"""The role that serves owns nothing of the record, and the verification says so."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.audit.rules import mac_key
from gateway.audit.service import SharedRole, require_separate_role, seal_pending
from gateway.settings import GatewaySettings
from servicekit import migrate
from servicekit.db import Database
from servicekit.embedded.postgres import EmbeddedPostgres
from servicekit.ids import new_id


@pytest.fixture
def separate(postgres: EmbeddedPostgres) -> tuple[str, str]:
    """A migrated database: the owner's URL, the service's URL."""
    name = f"gateway_{new_id()[-10:]}"
    owner = postgres.create_database(name, role=f"{name}_owner", password="owner-of-a-test")
    serving = postgres.admit(name, role=f"{name}_app", owner=f"{name}_owner", password="app-of-a-test")
    migrate.upgrade(owner, "gateway")
    migrate.grant(owner, "gateway", f"{name}_app")
    return owner, serving


async def test_production_refuses_a_role_that_could_change_the_record(separate: tuple[str, str]) -> None:
    owner, serving = (Database(url, service="gateway") for url in separate)
    try:
        with pytest.raises(SharedRole, match="GATEWAY_MIGRATION_DATABASE_URL"):
            await require_separate_role(owner)
        await require_separate_role(serving)
    finally:
        await owner.dispose()
        await serving.dispose()


async def test_a_running_system_serves_as_roles_that_own_nothing(
    separate: tuple[str, str], gateway: Any, tmp_path: Path
) -> None:
    """The gateway's own worker seals and its command verifies, as the role that only reads and adds."""
    _, serving = separate
    database = Database(serving, service="gateway")
    key = mac_key(GatewaySettings(
        mode="embedded", database_url=serving, bus_url="embedded:unused", issuer=gateway.url,
        key_encryption_key=gateway.key_encryption_key,
    ).keyring("key_encryption_key").current)  # fmt: skip
    try:
        async with database.transaction() as session:
            from sqlalchemy import text

            entry = {"id": new_id(), "client_id": "x", "issuer": "", "department": None, "method": "GET", "route": "/",
                     "scope": "", "purpose": "", "object_path": "/", "source": "", "request_id": "x"}  # fmt: skip
            await session.execute(
                text("SELECT audit_append(CAST(:entries AS json), '[]')"), {"entries": json.dumps([entry])}
            )
        assert await seal_pending(database, key, anchor_file=str(tmp_path / "anchors.jsonl")) == 1
    finally:
        await database.dispose()
    found = await asyncio.to_thread(_verify, gateway.environment | {"GATEWAY_DATABASE_URL": serving})
    assert found.returncode == 0, found.stdout + found.stderr
    assert json.loads(found.stdout)["role"] == "separate"


def _verify(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gateway", "verify-audit", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


async def test_a_verification_says_how_many_anchors_it_had(
    gateway: Any, http: httpx.AsyncClient, tmp_path: Path, eventually: Callable[..., Any]
) -> None:
    anchors = tmp_path / "anchors.jsonl"
    key = mac_key(GatewaySettings(
        mode="embedded", database_url=gateway.database.url, bus_url="embedded:unused", issuer=gateway.url,
        key_encryption_key=gateway.key_encryption_key,
    ).keyring("key_encryption_key").current)  # fmt: skip
    assert (await http.get("/v1/people")).status_code == 200
    written = await seal_pending(gateway.database, key, anchor_file=str(anchors))
    without = await asyncio.to_thread(_verify, gateway.environment)
    assert json.loads(without.stdout)["anchors"] == 0
    assert "no anchors were given" in without.stderr
    held = await asyncio.to_thread(_verify, gateway.environment, "--anchors", str(anchors))
    assert json.loads(held.stdout)["anchors"] == written
    assert json.loads(held.stdout)["role"] == "shared", "this test's gateway runs as the owner, and it is said"
