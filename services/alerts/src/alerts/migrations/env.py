"""Alembic entry point of the alerts database."""

from servicekit.migrate import run_env

run_env()
