"""The database edge: reads without a transaction, and what a pooled connection may bring along."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import psycopg
import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import create_engine, inspect, make_url, text
from sqlalchemy.util import greenlet_spawn

from servicekit import changes, conflicts, keys, outward
from servicekit.db import Database, is_transient, raw
from servicekit.indicators import tables as indicators
from servicekit.tables import metadata_of


@pytest.fixture
async def single(database: Database) -> AsyncIterator[Database]:
    """A database with one pooled connection, so that each use gets what the one before left."""
    opened = Database(database.url, service="registry", pool_size=1)
    yield opened
    await opened.dispose()


async def backend(database: Database) -> int:
    """The process id of the pooled connection."""
    return int((await database.read("SELECT pg_backend_pid()"))[0][0])


async def is_atomic(database: Database) -> bool:
    """Tell whether a transaction that fails leaves nothing."""
    with contextlib.suppress(ZeroDivisionError):
        async with database.transaction() as session:
            await session.execute(text("INSERT INTO effect VALUES ('x', '990101101201', 1)"))
            raise ZeroDivisionError
    return await database.read("SELECT count(*) FROM effect") == [(0,)]


async def test_a_read_takes_the_parameters_of_text_and_gives_bytes_as_they_are(single: Database) -> None:
    rows = await single.read("SELECT :n + 1, '%'::text, convert_to(:name, 'UTF8')", {"n": 41, "name": "张"})
    assert rows == [(42, "%", "张".encode())]


async def test_a_read_and_a_transaction_share_a_connection_and_not_its_mode(single: Database) -> None:
    process = await backend(single)
    assert await is_atomic(single)
    assert await backend(single) == process


async def test_after_a_read_that_failed_a_transaction_still_is_one(single: Database) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero):
        await single.read("SELECT 1 / 0")
    assert await is_atomic(single)


async def test_a_connection_that_comes_back_amid_a_transaction_is_not_used_again(single: Database) -> None:
    process = await backend(single)
    borrowed = await single.engine.raw_connection()
    await borrowed.driver_connection.execute("INSERT INTO effect VALUES ('x', '990101101201', 1)")  # type: ignore[union-attr]
    await greenlet_spawn(borrowed.close)
    assert await single.read("SELECT count(*) FROM effect") == [(0,)]
    assert await backend(single) != process


async def test_a_lost_connection_is_a_passing_failure_and_the_next_read_goes_through(
    single: Database, database: Database
) -> None:
    process = await backend(single)
    async with database.transaction() as session:
        await (await raw(session)).execute("SELECT pg_terminate_backend(%s, 2000)", (process,))
    with pytest.raises(psycopg.OperationalError) as lost:
        await backend(single)
    assert is_transient(lost.value)
    assert await backend(single) != process


async def test_the_table_classes_of_the_kit_say_what_its_migrations_make(database: Database) -> None:
    engine = create_engine(make_url(database.url).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        for part in (keys, conflicts, changes, indicators):
            part.create(Operations(MigrationContext.configure(connection)))
        conflicts.add_settling(Operations(MigrationContext.configure(connection)))
        changes.create_grids(Operations(MigrationContext.configure(connection)))
        connection.execute(text(outward.HOLD))
        inspector = inspect(connection)
        made = {
            name: {column["name"]: column["nullable"] for column in inspector.get_columns(name)}
            for name in inspector.get_table_names()
        }
    engine.dispose()
    declared = {
        table.name: {column.name: column.nullable for column in table.columns}
        for table in metadata_of("servicekit").sorted_tables
    }
    assert {name: made[name] for name in declared} == declared
    assert set(made) - set(declared) == {"effect"}
