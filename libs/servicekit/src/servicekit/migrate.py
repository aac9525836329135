"""Alembic, driven from code: the scripts live inside each service's package and travel in its image.

The role that migrates owns the database; the service's own role may read and write, and of evidence (`EVIDENCE` of each
service's `migrations`) read and add only: who is accused must not be able to tidy up.

A migration runs beside the release before it (docs/runbooks/upgrade.md). It never waits long for a lock, because
everybody who comes later would wait behind it: it gives way, and tries again.
"""

from __future__ import annotations

import io
import time
from importlib import import_module
from importlib.resources import files

from alembic import command, context
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg.errors import LockNotAvailable
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from servicekit.locks import Lock

# Another migrate job of the same database waits here instead of failing half way.
# A statement that waits for a lock holds up everybody behind it: two seconds are noticed by nobody.
LOCK_TIMEOUT_S = 2.0
_PAUSE_S = 1.0


def upgrade(
    database_url: str,
    package: str,
    revision: str = "head",
    *,
    lock_timeout_s: float = LOCK_TIMEOUT_S,
    give_up_after_s: float = 600.0,
) -> None:
    """Bring a service's database to `revision`; a second job of the same database waits and then has nothing to do.

    A revision that does not get its lock within `lock_timeout_s` is rolled back and tried again, for
    `give_up_after_s` in all; those before it stay done.

    Raises:
        sqlalchemy.exc.OperationalError: a lock could not be had in time, or the database is away.
    """
    config = _config(database_url, package)
    config.attributes["lock_timeout_s"] = lock_timeout_s
    ends_s = time.monotonic() + give_up_after_s
    while True:
        try:
            return command.upgrade(config, revision)
        except OperationalError as error:
            if not isinstance(error.orig, LockNotAvailable) or time.monotonic() >= ends_s:
                raise
            time.sleep(_PAUSE_S)


def role_of(database_url: str) -> str:
    """Give the role that a URL connects as."""
    return make_url(database_url).username or ""


def grant(database_url: str, package: str, role: str) -> None:
    """Let a service's role work with what the owner's migrations made; again and again the same.

    Args:
        database_url: The owner's.
        role: The service's own. Nothing is done if it is the owner: then nothing can be kept from it.
    """
    evidence = import_module(f"{package}.migrations").EVIDENCE
    engine = create_engine(make_url(database_url).set(drivername="postgresql+psycopg"), poolclass=NullPool)
    with engine.begin() as connection:
        if connection.execute(text("SELECT current_user = :role"), {"role": role}).scalar_one():
            return
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": int(Lock.MIGRATION)})
        name = connection.dialect.identifier_preparer.quote(role)
        connection.execute(
            text(
                f"GRANT USAGE ON SCHEMA public TO {name};"
                f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name};"
                f"GRANT SELECT, USAGE, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {name};"
                + "".join(f"REVOKE UPDATE, DELETE ON {table} FROM {name};" for table in evidence)
                + f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {name}"
            )
        )
    engine.dispose()


def sql_of(package: str, revisions: str = "head") -> str:
    """Give the SQL that `upgrade` would run, without a database; `0002:head` for some revisions only."""
    config = _config("postgresql://", package)
    config.output_buffer = io.StringIO()
    command.upgrade(config, revisions, sql=True)
    return config.output_buffer.getvalue()


def downgrade(database_url: str, package: str, revision: str) -> None:
    """Take a service's database back to `revision`."""
    command.downgrade(_config(database_url, package), revision)


def is_current(database_url: str, package: str) -> bool:
    """Tell whether a service's database is at this version's newest revision, or at one that only newer code knows.

    Raises:
        sqlalchemy.exc.OperationalError: the database cannot be reached.
    """
    scripts = ScriptDirectory.from_config(_config(database_url, package))
    engine = create_engine(make_url(database_url).set(drivername="postgresql+psycopg"))
    try:
        with engine.connect() as connection:
            found = MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()
    known = {script.revision for script in scripts.walk_revisions()}
    return found is not None and (found == scripts.get_current_head() or found not in known)


def wait(database_url: str, package: str, *, timeout_s: float, poll_s: float = 1.0) -> bool:
    """Wait until `is_current`, changing nothing; tell whether it came true within `timeout_s`."""
    ends_s = time.monotonic() + timeout_s
    while True:
        try:
            if is_current(database_url, package):
                return True
        except OperationalError:
            pass  # a database that is still starting is waited for, too
        if time.monotonic() >= ends_s:
            return False
        time.sleep(poll_s)


def _config(database_url: str, package: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(files(package) / "migrations"))
    config.attributes["database_url"] = database_url
    return config


def run_env() -> None:
    """Body of every `migrations/env.py`."""
    attributes = context.config.attributes
    if context.is_offline_mode():
        context.configure(dialect_name="postgresql", transaction_per_migration=True)
        with context.begin_transaction():
            context.run_migrations()
        return
    url = make_url(attributes["database_url"]).set(drivername="postgresql+psycopg")
    # NullPool: the connection ends here whatever happens, and its advisory lock with it.
    engine = create_engine(url, connect_args={"application_name": "bangfu-migrate"}, poolclass=NullPool)
    with engine.connect() as connection:
        # Asked for again and again, not waited for: a waiting statement has a snapshot, which the other job's
        # CREATE INDEX CONCURRENTLY would wait for in its turn.
        while not connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": int(Lock.MIGRATION)}).scalar():
            connection.rollback()
            time.sleep(_PAUSE_S)
        timeout_ms = round(attributes.get("lock_timeout_s", LOCK_TIMEOUT_S) * 1000)
        connection.execute(text(f"SET lock_timeout = {timeout_ms}"))
        connection.commit()
        context.configure(connection=connection, target_metadata=None, transaction_per_migration=True)
        with context.begin_transaction():
            context.run_migrations()
