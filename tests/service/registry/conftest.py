"""Fixtures of the registry's tests: the app on a migrated database, a client, callers, a small county."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from registry.app import create_app
from registry.settings import RegistrySettings
from servicekit.db import Database

sys.path.insert(0, str(Path(__file__).parent))  # the helpers beside this file

from registry_world import ALL_SCOPES, AREAS, COUNTY, KEYS, send

Headers = Callable[..., dict[str, str]]
SetPolicy = Callable[[str, dict[str, Any]], Awaitable[httpx.Response]]


@pytest.fixture(scope="module")
def settings(registry_database: Database, test_issuers: list[Any], tmp_path_factory: Any) -> RegistrySettings:
    return RegistrySettings.model_validate(
        {
            "mode": "embedded",
            "database_url": registry_database.url,
            "bus_url": "embedded:unused",
            "issuers": test_issuers,
            "data_dir": tmp_path_factory.mktemp("registry"),
            "unmask_per_minute": 3,
            **KEYS,
        }
    )


@pytest.fixture(scope="module")
def app(settings: RegistrySettings) -> FastAPI:
    return create_app(settings)


@pytest.fixture(scope="module")
def headers(token: Callable[..., str]) -> Headers:
    """Authorization of a caller: headers(areas=[...], scopes=[...], client_id=...)."""

    def make(*, scopes: Any = ALL_SCOPES, areas: Any = (COUNTY,), **more: Any) -> dict[str, str]:
        return {"Authorization": f"Bearer {token(scopes=list(scopes), areas=list(areas), **more)}"}

    return make


@pytest.fixture(scope="module")
def county(headers: Headers) -> dict[str, str]:
    """A caller of the whole county with every scope."""
    return headers()


@pytest.fixture
def set_policy(client: httpx.AsyncClient, county: dict[str, str], headers: Headers) -> SetPolicy:
    """Propose a region's profile and have a second one confirm it; give the answer that shows it on its day."""

    async def agreed(region: str, body: dict[str, Any]) -> httpx.Response:
        url = f"/v1/policy-profiles/{region}"
        proposed = await client.put(url, json=body, headers=county)
        assert proposed.status_code == 202, proposed.text
        said = {"agrees": True, "note": "与文件核对一致"}
        decision = f"/v1/policy-proposals/{proposed.json()['id']}/decision"
        confirmed = await client.post(decision, json=said, headers=headers(client_id="second"))
        assert confirmed.status_code == 200, confirmed.text
        return await client.get(url, params={"on": body["effective_from"]}, headers=county)

    return agreed


@pytest.fixture(scope="module")
async def client(app: FastAPI, make_client: Any, county: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the registry, whose areas are registered."""
    async with make_client(app) as opened:
        done = await send(opened, AREAS.encode(), county, kind="text/csv", path="/v1/areas/import")
        assert done.json()["state"] == "done", done.text
        yield opened
