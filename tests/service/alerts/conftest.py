"""Fixtures of the alerts service's tests: the app, a client, callers."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from alerts.app import create_app
from alerts.settings import AlertsSettings
from servicekit.db import Database

sys.path.insert(0, str(Path(__file__).parent))  # the helpers beside this file

from alerts_world import COUNTY, SECRET_KEY, World
from webhook_bench import bench, receiver

__all__ = ["bench", "receiver"]


@pytest.fixture
async def world(alerts_database: Database) -> World:
    """The module's database."""
    return World(alerts_database)


@pytest.fixture(scope="module")
def settings(alerts_database: Database, test_issuers: list[Any]) -> AlertsSettings:
    """Settings of an embedded alerts service on the module's database."""
    return AlertsSettings.model_validate(
        {
            "mode": "embedded",
            "database_url": alerts_database.url,
            "bus_url": "embedded:unused",
            "issuers": test_issuers,
            "secret_key": SECRET_KEY,
            "directory_patience_s": 0,
        }
    )


@pytest.fixture(scope="module")
def app(settings: AlertsSettings) -> FastAPI:
    """The alerts API."""
    return create_app(settings)


@pytest.fixture(scope="module")
async def client(app: FastAPI, make_client: Callable[[FastAPI], Any]) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the API over ASGI."""
    async with make_client(app) as opened:
        yield opened


Headers = Callable[..., dict[str, str]]


@pytest.fixture(scope="session")
def headers(token: Callable[..., str]) -> Headers:
    """Give request headers of a caller with scopes: headers("clues:read", areas=[TOWN])."""

    def make(
        *scopes: str,
        areas: Sequence[str] = (COUNTY,),
        client_id: str = "town-101",
        department: str | None = None,
        person: str | None = None,
        grid: str | None = None,
        **more: str,
    ) -> dict[str, str]:
        named = {name: value for name, value in (("person", person), ("grid", grid)) if value}
        bearer = token(scopes=scopes, areas=areas, client_id=client_id, department=department, **named)
        return {"Authorization": f"Bearer {bearer}", **more}

    return make
