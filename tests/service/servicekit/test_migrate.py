"""Whoever waits for a migration sees it happen and changes nothing."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
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


def test_a_migration_gives_way_to_whoever_holds_the_table_and_tries_again(postgres: EmbeddedPostgres) -> None:
    """Nobody waits behind it for longer than its lock timeout; see docs/runbooks/upgrade.md."""
    url = postgres.create_database(f"lock_{new_id().replace('-', '')[-12:]}")
    migrate.upgrade(url, "registry", "0002")
    with psycopg.connect(url) as holder:
        holder.execute("SELECT count(*) FROM person")  # an open transaction, as a long report would have
        job = threading.Thread(target=migrate.upgrade, args=(url, "registry"), kwargs={"lock_timeout_s": 0.2})
        job.start()
        longest_s = 0.0
        for _ in range(15):
            began = time.monotonic()
            with psycopg.connect(url, autocommit=True) as other:
                other.execute("SELECT count(*) FROM person")
            longest_s = max(longest_s, time.monotonic() - began)
            time.sleep(0.1)
        assert job.is_alive()
        assert longest_s < 10, "behind a migration that waits without end it would not come at all"
    job.join(timeout=60)
    assert migrate.is_current(url, "registry")


def test_two_migrate_jobs_at_once_do_the_work_once(postgres: EmbeddedPostgres) -> None:
    url = postgres.create_database(f"race_{new_id().replace('-', '')[-12:]}")
    work = f"from servicekit import migrate; migrate.upgrade({url!r}, 'registry')"
    jobs = [subprocess.Popen([sys.executable, "-c", work]) for _ in range(3)]
    assert [job.wait(timeout=90) for job in jobs] == [0, 0, 0]
    assert migrate.is_current(url, "registry")
