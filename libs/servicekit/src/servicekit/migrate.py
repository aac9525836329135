"""Alembic, driven from code: the scripts live inside each service's package and travel in its image."""

from __future__ import annotations

from importlib.resources import files

from alembic import command, context
from alembic.config import Config
from sqlalchemy import create_engine, make_url, text

# Another migrate job of the same database waits here instead of failing half way.
_MIGRATION_LOCK = 7_205_759_403


def upgrade(database_url: str, package: str, revision: str = "head") -> None:
    """Bring a service's database to `revision`."""
    command.upgrade(_config(database_url, package), revision)


def downgrade(database_url: str, package: str, revision: str) -> None:
    """Take a service's database back to `revision`."""
    command.downgrade(_config(database_url, package), revision)


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
