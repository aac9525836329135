"""Whoever waits for a migration sees it happen and changes nothing."""

from __future__ import annotations

from collections.abc import Callable

import psycopg

from servicekit import migrate
from servicekit.embedded.postgres import EmbeddedPostgres
from servicekit.ids import new_id


def test_waiting_ends_when_another_process_has_migrated(postgres: EmbeddedPostgres) -> None:
    url = postgres.create_database(f"wait_{new_id().replace('-', '')[-12:]}")
    assert not migrate.wait(url, "registry", timeout_s=0)
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)
    migrate.upgrade(url, "registry", "0001")
    assert not migrate.is_current(url, "registry"), "half way is not there"
    migrate.upgrade(url, "registry")
    assert migrate.wait(url, "registry", timeout_s=0)


def test_a_schema_newer_than_this_version_is_good_enough(service_database_url: Callable[[str], str]) -> None:
    """N-1 starts beside N: revisions only add until nobody needs the old shape."""
    url = service_database_url("registry")
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    assert migrate.is_current(url, "registry")


def test_a_database_that_does_not_answer_is_not_migrated() -> None:
    assert not migrate.wait("postgresql://nobody:unused@127.0.0.1:1/none", "registry", timeout_s=0.2, poll_s=0.1)
