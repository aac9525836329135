"""A small service of the kit's own: messaging tables and a household table, on either bus."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import create_engine, make_url, text

from servicekit import messaging_tables
from servicekit.bus.embedded import EmbeddedBus
from servicekit.bus.kafka import KafkaBus
from servicekit.bus.port import EventBus
from servicekit.db import Database
from servicekit.embedded.postgres import EmbeddedPostgres
from servicekit.ids import new_id


@pytest.fixture
async def database(postgres: EmbeddedPostgres) -> AsyncIterator[Database]:
    """A fresh database with the messaging tables and one table to have effects in."""
    url = postgres.create_database(f"kit_{new_id().replace('-', '')[-12:]}")
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        messaging_tables.create(Operations(MigrationContext.configure(connection)))
        connection.execute(text("CREATE TABLE effect (event_id text, area_code text, seen int)"))
    engine.dispose()
    opened = Database(url, service="registry")
    yield opened
    await opened.dispose()


@pytest.fixture(params=["embedded", pytest.param("kafka", marks=pytest.mark.kafka)])
async def any_bus(request: pytest.FixtureRequest, postgres: EmbeddedPostgres) -> AsyncIterator[EventBus]:
    """Both adapters: what holds for one must hold for the other."""
    opened: Any
    if request.param == "embedded":
        opened = EmbeddedBus(postgres.create_database(f"bus_{new_id().replace('-', '')[-12:]}"), client="tests")
    else:
        opened = KafkaBus(request.getfixturevalue("kafka_address"), client="tests")
    await opened.start()
    yield opened
    await opened.close()


@pytest.fixture
async def topic(any_bus: EventBus) -> str:
    """A topic nobody else uses."""
    name = f"test.{new_id()}"
    if isinstance(any_bus, KafkaBus):
        await any_bus.ensure_topics([name, f"{name}.dlq"], partitions=3)
    return name
