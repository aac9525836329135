"""A service's role works with its database and cannot change what it recorded: no evidence is kept by the accused."""

from __future__ import annotations

from importlib import import_module

import psycopg
import pytest
from psycopg import sql

from servicekit import migrate
from servicekit.embedded.postgres import EmbeddedPostgres
from servicekit.ids import new_id

SERVICES = ("registry", "sharing", "alerts", "gateway")


@pytest.fixture(scope="module", params=SERVICES)
def roles(request: pytest.FixtureRequest, postgres: EmbeddedPostgres) -> tuple[str, str, str]:
    """A migrated database: service, the owner's URL, the service's URL."""
    service = request.param
    name = f"roles_{service}_{new_id()[-8:]}"
    owner = postgres.create_database(name, role=f"{name}_owner", password="owner-of-a-test")
    serving = postgres.admit(name, role=f"{name}_app", owner=f"{name}_owner", password="app-of-a-test")
    migrate.upgrade(owner, service)
    for _ in range(2):  # every migration grants again
        migrate.grant(owner, service, f"{name}_app")
    return service, owner, serving


def refused(url: str, *statements: str) -> None:
    for statement in statements:
        with psycopg.connect(url, autocommit=True) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)


def test_the_service_cannot_change_delete_or_switch_off_its_evidence(roles: tuple[str, str, str]) -> None:
    service, _, url = roles
    for table in import_module(f"{service}.migrations").EVIDENCE:
        with psycopg.connect(url) as connection:
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() is not None
            columns = "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_identity = 'NO'"
            column, *_ = (name for (name,) in connection.execute(columns, [table]))
            may_add = connection.execute("SELECT has_table_privilege(%s, 'INSERT')", [table]).fetchone()
        assert may_add == (True,)
        refused(
            url,
            f"UPDATE {table} SET {column} = {column}",
            f"DELETE FROM {table}",
            f"TRUNCATE {table}",
            f"SELECT * FROM {table} FOR UPDATE",
            f"ALTER TABLE {table} DISABLE TRIGGER ALL",
            f"ALTER TABLE {table} ADD COLUMN x int",
            f"DROP TABLE {table}",
            f"CREATE TRIGGER x AFTER INSERT ON {table} EXECUTE FUNCTION suppress_redundant_updates_trigger()",
            f"ALTER TABLE {table} OWNER TO CURRENT_USER",
        )


def test_the_service_cannot_change_the_schema_or_its_version(roles: tuple[str, str, str]) -> None:
    _, owner, url = roles
    refused(
        url,
        "DROP SCHEMA public CASCADE",
        "CREATE TABLE public.x (y int)",
        "UPDATE alembic_version SET version_num = '0000'",
        f"DROP DATABASE {psycopg.conninfo.conninfo_to_dict(owner)['dbname']}",
        f"SET ROLE {psycopg.conninfo.conninfo_to_dict(owner)['user']}",
        "SET session_replication_role = replica",
    )


def test_the_service_reads_and_writes_everything_else(roles: tuple[str, str, str]) -> None:
    service, _, url = roles
    evidence = set(import_module(f"{service}.migrations").EVIDENCE) | {"alembic_version"}
    with psycopg.connect(url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in tables:
            for right in ("SELECT", "INSERT", "UPDATE", "DELETE"):
                has = connection.execute("SELECT has_table_privilege(%s, %s)", [table, right]).fetchone()
                may = {"SELECT", "INSERT"} if table != "alembic_version" else {"SELECT"}
                assert has == (table not in evidence or right in may,), (table, right)
        connection.execute("CREATE TEMP TABLE t (x int)")
        sequences = connection.execute("SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'").fetchall()
        for (sequence,) in sequences:
            connection.execute(sql.SQL("SELECT nextval({})").format(sql.Literal(f"public.{sequence}")))


def test_a_database_that_the_service_owned_is_taken_over_by_its_owner(postgres: EmbeddedPostgres) -> None:
    name = f"older_{new_id()[-8:]}"
    migrate.upgrade(postgres.create_database(name, role=f"{name}_app", password="app-of-a-test"), "gateway")
    owner = postgres.create_database(name, role=f"{name}_owner", password="owner-of-a-test")
    serving = postgres.admit(name, role=f"{name}_app", owner=f"{name}_owner", password="app-of-a-test")
    migrate.upgrade(owner, "gateway")
    migrate.grant(owner, "gateway", f"{name}_app")
    refused(serving, "DELETE FROM audit_entry", "ALTER TABLE audit_entry DISABLE TRIGGER USER", "DROP TABLE audit_seal")
