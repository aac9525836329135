"""Alembic entry; everything is in servicekit."""

from servicekit.migrate import run_env

run_env()
