"""Fixtures of the whole suite: one PostgreSQL a run, one database a service and test module, one issuer."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from psycopg import sql

from servicekit import clock, migrate
from servicekit.bus.embedded import EmbeddedBus
from servicekit.db import Database
from servicekit.embedded.postgres import EmbeddedPostgres
from servicekit.ids import new_id
from serving import TEST_ISSUERS, IssuerForTests, serve_app


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """One PostgreSQL 18 for the run; without fsync, because its data are thrown away."""
    root = Path(tempfile.mkdtemp(prefix="bangfu-tests-"))
    server = EmbeddedPostgres(root, durable=False)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(root, ignore_errors=True)


@pytest.fixture(scope="session")
def service_database_url(postgres: EmbeddedPostgres) -> Callable[[str], str]:
    """Give the URL of a fresh, migrated database of a service: a copy, because migrating takes half a second."""
    password = new_id()
    templates: dict[str, str] = {}

    def create(service: str) -> str:
        if service not in templates:
            template = f"template_{service}"
            migrate.upgrade(postgres.create_database(template, role=template, password=password), service)
            templates[service] = template
        name, template = f"{service}_{new_id().replace('-', '')[-12:]}", templates[service]
        with psycopg.connect(postgres.url(), autocommit=True) as connection:
            copy = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}")
            connection.execute(copy.format(*map(sql.Identifier, (name, template, template))))
        return postgres.url(name, user=template, password=password)

    return create


def _database_fixture(service: str) -> Any:
    @pytest.fixture(scope="module", name=f"{service}_database")
    async def database(service_database_url: Callable[[str], str]) -> AsyncIterator[Database]:
        opened = Database(service_database_url(service), service=service)
        yield opened
        await opened.dispose()

    return database


registry_database = _database_fixture("registry")
sharing_database = _database_fixture("sharing")
alerts_database = _database_fixture("alerts")
gateway_database = _database_fixture("gateway")


@pytest.fixture(scope="session")
def issuer() -> IssuerForTests:
    """The issuer that the apps under test trust."""
    return IssuerForTests()


@pytest.fixture(scope="session")
def test_issuers() -> list[Any]:
    """`settings.issuers` for apps under test."""
    return list(TEST_ISSUERS)


@pytest.fixture(scope="session")
def token(issuer: IssuerForTests) -> Callable[..., str]:
    """Mint bearer tokens: token(scopes=[...], department="EDU", areas=[...])."""
    return issuer.token


@pytest.fixture(scope="session")
def make_client(issuer: IssuerForTests) -> Callable[[FastAPI], AbstractAsyncContextManager[httpx.AsyncClient]]:
    """Serve an app over ASGI: `async with make_client(app) as client`."""
    return lambda app: serve_app(app, issuer)


@pytest.fixture(scope="module")
async def bus(postgres: EmbeddedPostgres) -> AsyncIterator[EmbeddedBus]:
    """An empty embedded bus."""
    opened = EmbeddedBus(postgres.create_database(f"bus_{new_id().replace('-', '')[-12:]}"), client="tests")
    await opened.start()
    yield opened
    await opened.close()


@pytest.fixture
def move_clock(tmp_path: Path) -> Iterator[Callable[[float], None]]:
    """Move the business clock by seconds from real time, for this test."""
    path = tmp_path / "clock.json"

    def move(offset_s: float) -> None:
        path.write_text(f'{{"offset_s": {offset_s}}}')
        clock.use_clock_file(path)

    yield move
    clock.use_clock_file(None)


@pytest.fixture(scope="session")
def kafka_address() -> str:
    """host:port of the Apache Kafka that `make test-kafka` started."""
    address = os.environ.get("BANGFU_KAFKA")
    if not address:
        if os.environ.get("CI") == "true":
            pytest.fail("BANGFU_KAFKA is not set: in CI the Kafka half may not be skipped")
        pytest.skip("no Apache Kafka here: run `make test-kafka`")
    return address
