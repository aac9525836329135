"""One running system for the tests that only talk to it; tests that kill processes start their own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest

from bangfu_local.embedded import EmbeddedSystem, standard_clients


@pytest.fixture(scope="session")
async def running_system(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedSystem]:
    """Four services, their workers and PostgreSQL; the business clock stands in November 2026."""
    async with EmbeddedSystem(
        tmp_path_factory.mktemp("system") / "data", clock_start=datetime(2026, 11, 10, 1, tzinfo=UTC), durable=False
    ) as started:
        await started.ensure_clients(standard_clients())
        yield started


@pytest.fixture(scope="session")
async def gateway(running_system: EmbeddedSystem) -> AsyncIterator[httpx.AsyncClient]:
    """A plain HTTP client for the gateway: what a department's own program would use."""
    async with httpx.AsyncClient(base_url=running_system.gateway_url, timeout=30) as client:
        yield client


async def token_of(system: EmbeddedSystem, gateway: httpx.AsyncClient, client_id: str) -> str:
    """Log a client in; give its access token."""
    login = (client_id, system.secrets.clients[client_id])
    response = await gateway.post("/oauth2/token", data={"grant_type": "client_credentials"}, auth=login)
    assert response.status_code == 200, response.text
    return str(response.json()["access_token"])
