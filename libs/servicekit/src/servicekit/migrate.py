"""Alembic, driven from code: the scripts live inside each service's package and travel in its image."""

from __future__ import annotations

import time
from importlib.resources import files

from alembic import command, context
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError

# Another migrate job of the same database waits here instead of failing half way.
_MIGRATION_LOCK = 7_205_759_403


def upgrade(database_url: str, package: str, revision: str = "head") -> None:
    """Bring a service's database to `revision`."""
    command.upgrade(_config(database_url, package), revision)


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
    url = make_url(context.config.attributes["database_url"]).set(drivername="postgresql+psycopg")
    engine = create_engine(url, connect_args={"application_name": "bangfu-migrate"})
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _MIGRATION_LOCK})
        connection.execute(text("SET lock_timeout = '10s'"))
        connection.commit()
        context.configure(connection=connection, target_metadata=None, transaction_per_migration=True)
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()
