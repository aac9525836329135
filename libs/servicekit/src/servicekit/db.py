"""The database edge: one transaction a request or an event batch, committed here and nowhere else."""

from __future__ import annotations

import asyncio
import functools
import itertools
import math
import time
from collections.abc import AsyncIterator, Coroutine, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import psycopg
from fastapi import Depends, Request
from psycopg.pq import TransactionStatus
from psycopg.rows import tuple_row
from sqlalchemy import Engine, event, make_url, text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.util import greenlet_spawn

from servicekit import telemetry
from servicekit.failpoints import failpoint_async
from servicekit.sql import any_of as any_of
from servicekit.storage import is_disk_full

_TRUSTED_S = 1.0
_DRIVER = "driver"
_COPY_BYTES = 1 << 20

# A peer that vanished without a word (power, cable, firewall) is noticed within about twenty seconds: without
# these, Linux waits a quarter of an hour for an acknowledgement, and for ever for an answer.
NOTICE_SILENCE: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}


class Database:
    """A service's database: a pool of psycopg connections behind SQLAlchemy sessions.

    Sessions carry the service's name, which the outbox uses as the source of events.
    """

    def __init__(self, url: str, *, service: str, pool_size: int = 8, lock_timeout_s: float = 0.0) -> None:
        """Connect lazily to `postgresql://user:password@host:port/database`.

        Args:
            lock_timeout_s: Longest wait of a statement of a session for a lock, 0 for as long as it takes. Who is
                asked over HTTP rather says "come back" than nothing.
        """
        self.service = service
        self.url = url
        sqlalchemy_url = make_url(url).set(drivername="postgresql+psycopg")
        self.engine = create_async_engine(
            sqlalchemy_url,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_timeout=10,
            pool_use_lifo=True,  # the warm ones again and again: their plans are cached, and they need no ping
            pool_reset_on_return=None,  # what borrows a connection ends its transaction; `_watch_connections` looks
            connect_args={
                "application_name": f"bangfu-{service}",
                "options": f"-c lock_timeout={round(lock_timeout_s * 1000)}",
                **NOTICE_SILENCE,
            },
        )
        _watch_connections(self.engine.sync_engine)
        telemetry.watch_pool(service, self.engine.sync_engine.pool, limit=2 * pool_size)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False, info={"service": service})

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Open a session in a transaction: committed on success, rolled back on any error."""
        async with self._sessions() as session, session.begin():
            yield session

    async def read(self, query: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Run one statement that only reads, and give its rows.

        A statement sees one snapshot, so it needs no transaction around it: one round trip instead of three, and
        none of a session's work. What is asked again and again is prepared by psycopg.

        Args:
            query: Written as for `sqlalchemy.text`, with `:name` for parameters. A text that varies from call to call
                would fill the caches.
        """
        borrowed = await self.engine.raw_connection()
        try:
            connection = _psycopg_of(borrowed.driver_connection)
            await connection.set_autocommit(True)
            # In binary form: as text, bytes would travel as twice as many digits.
            cursor = await connection.execute(_for_psycopg(query), parameters, binary=True)
            await connection.set_autocommit(False)
            return await cursor.fetchall()
        finally:
            await greenlet_spawn(borrowed.close)

    async def ping(self) -> None:
        """Raise unless a query goes through."""
        async with self.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def connect_raw(self, *, autocommit: bool = True) -> psycopg.AsyncConnection[Any]:
        """Open a connection outside the pool, for LISTEN and session-level locks. The caller closes it."""
        return await psycopg.AsyncConnection.connect(
            self.url, autocommit=autocommit, application_name=f"bangfu-{self.service}", **NOTICE_SILENCE
        )

    async def dispose(self) -> None:
        """Close the pool."""
        await self.engine.dispose()


def _watch_connections(engine: Engine) -> None:
    """Have a connection that was idle prove that it lives, and take none back that is amid a transaction.

    `pool_pre_ping` asks every time, which was a fifth of a short request; a connection that was just used is
    alive but for a failure within the second, and that is told as one (503, and the client comes back).
    """

    @event.listens_for(engine, "checkin")
    def note(connection: Any, record: ConnectionPoolEntry) -> None:
        record.info["used_at"] = time.monotonic()
        if connection is not None and not _is_at_rest(_psycopg_of(connection.driver_connection)):
            record.invalidate()  # nobody may go on with what another began

    @event.listens_for(engine, "checkout")
    def prove(connection: Any, record: ConnectionPoolEntry, _: Any) -> None:
        if time.monotonic() - record.info.get("used_at", math.inf) < _TRUSTED_S:
            return
        try:
            engine.dialect.do_ping(connection)
        except psycopg.Error as error:
            raise InvalidatePoolError from error  # it and all others of its age are opened anew


def _is_at_rest(connection: psycopg.AsyncConnection[Any]) -> bool:
    return connection.pgconn.transaction_status == TransactionStatus.IDLE and not connection.autocommit


async def _request_transaction(request: Request) -> AsyncIterator[AsyncSession]:
    database: Database = request.app.state.database
    async with database.transaction() as session:
        yield session
        await failpoint_async("request.handled")
    await failpoint_async("request.committed")


async def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


Db = Annotated[Database, Depends(_database)]
"""The service's database, for a route that reads with `Database.read` or opens transactions of its own."""

# scope="function": the commit happens before the response leaves, so a failed commit is an error and not a 2xx.
Tx = Annotated[AsyncSession, Depends(_request_transaction, scope="function")]


async def raw(session: AsyncSession) -> psycopg.AsyncConnection[Any]:
    """Give the session's psycopg connection: the same transaction, with COPY and server-side cursors."""
    driver: psycopg.AsyncConnection[Any] | None = session.info.get(_DRIVER)
    if driver is None:  # a session lives as long as its transaction: `Database.transaction`
        fairy = await (await session.connection()).get_raw_connection()
        driver = session.info[_DRIVER] = _psycopg_of(fairy.driver_connection)
    return driver


# Any: a row is what the factory makes of it.
async def execute(
    session: AsyncSession, query: str, parameters: Mapping[str, Any] | None = None, *, row_factory: Any = tuple_row
) -> psycopg.AsyncCursor[Any]:
    """Run a statement in the session's transaction, past SQLAlchemy.

    For what runs with every event and every push: such a statement costs a quarter. Objects that the session holds
    are not flushed before it.

    Args:
        query: As for `Database.read`.
    """
    cursor = (await raw(session)).cursor(row_factory=row_factory)
    return await cursor.execute(_for_psycopg(query), parameters)


@functools.lru_cache(maxsize=1024)
def _for_psycopg(query: str) -> str:
    """Give the same statement with psycopg's placeholders."""
    dialect = PGDialect_psycopg()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
    return str(text(query).compile(dialect=dialect))


def _psycopg_of(driver: object) -> psycopg.AsyncConnection[Any]:
    if not isinstance(driver, psycopg.AsyncConnection):
        raise TypeError(f"expected a psycopg connection, got {type(driver).__name__}")
    return driver


async def copy_rows(session: AsyncSession, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """COPY `rows`, cells by column, into `table` within the session's transaction.

    All rows name the same columns in the same order. `table` and columns are identifiers of our own code, never input.
    """
    waiting = iter(rows)
    first = next(waiting, None)
    if first is None:
        return
    connection = await raw(session)
    async with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({', '.join(first)}) FROM STDIN") as copy,
    ):
        for row in itertools.chain([first], waiting):
            await copy.write_row(tuple(row.values()))


async def copy_out(session: AsyncSession, query: str, parameters: Mapping[str, Any] | None, file: Path) -> None:
    """COPY the rows of a query to a CSV file without a header, in constant memory.

    Args:
        query: As for `execute`.
    """
    statement = f"COPY ({_for_psycopg(query)}) TO STDOUT (FORMAT csv)"

    async def copy_all() -> None:
        with file.open("wb", buffering=_COPY_BYTES) as out:
            async with (await raw(session)).cursor() as cursor, cursor.copy(statement, parameters) as copy:
                async for block in copy:
                    out.write(block)

    await _to_the_end(copy_all())


async def copy_in(session: AsyncSession, table: str, columns: Sequence[str], file: Path) -> None:
    """COPY a CSV file without a header into `table` within the session's transaction, in constant memory.

    `table` and `columns` are identifiers of our own code, never input.
    """
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT csv)"

    async def copy_all() -> None:
        with file.open("rb") as rows:
            async with (await raw(session)).cursor() as cursor, cursor.copy(statement) as copy:
                while block := rows.read(_COPY_BYTES):
                    await copy.write(block)

    await _to_the_end(copy_all())


async def _to_the_end(copying: Coroutine[Any, Any, None]) -> None:
    """Be cancelled after a COPY, not in it: psycopg may leave the connection there, where no rollback gets through."""
    task = asyncio.ensure_future(copying)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise


async def copy_text(session: AsyncSession, table: str, columns: Sequence[str], rows: Sequence[str]) -> None:
    """COPY rows that are in PostgreSQL's text form already into `table` within the session's transaction.

    An element of `rows` may hold several rows. `table` and `columns` are identifiers of our own code, never input.
    """
    if not rows:
        return
    connection = await raw(session)
    async with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy,
    ):
        await copy.write("\n".join(rows) + "\n")


def copy_cell(value: str | None) -> str:
    """Give a value in the text form of COPY."""
    if value is None:
        return "\\N"
    return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def array_text(items: Iterable[str]) -> str:
    """Give an array in PostgreSQL's text form, for COPY and for `CAST(:ids AS text[])`.

    The driver's own dump of a list looks at every element several times; at a batch of hundreds it was a tenth of
    the work.
    """
    listed = list(items)
    plain = "".join(listed)
    if "\\" in plain or '"' in plain:
        listed = [item.replace("\\", "\\\\").replace('"', '\\"') for item in listed]
    return '{"' + '","'.join(listed) + '"}' if listed else "{}"


def unstorable(error: BaseException) -> str | None:
    """Give the SQLSTATE when PostgreSQL refused a value itself (class 22: NUL, malformed uuid), else None.

    The last wall behind the schemas: such a value came from the caller, whatever route it took.
    """
    cause: BaseException | None = error.orig if isinstance(error, DBAPIError) else error
    return (cause.sqlstate or "22000") if isinstance(cause, psycopg.DataError) else None


def is_transient(error: BaseException) -> bool:
    """Tell whether the world, not the statement, is at fault: the database gone or out of connections, a full disk."""
    cause: BaseException | None = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, psycopg.errors.QueryCanceled):
        return False
    return is_disk_full(cause) or isinstance(
        cause,
        psycopg.OperationalError  # includes AdminShutdown, CannotConnectNow, TooManyConnections, DiskFull
        | psycopg.errors.DeadlockDetected
        | psycopg.errors.SerializationFailure
        | psycopg.InterfaceError
        | PoolTimeout
        | ConnectionError
        | TimeoutError,
    )
