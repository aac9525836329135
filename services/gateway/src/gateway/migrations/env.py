"""Alembic runs this for every command."""

from servicekit.migrate import run_env

run_env()
