"""Revisions change a system that runs, beside the release before: the rules of docs/runbooks/upgrade.md, as a lint.

What is read is the SQL that `alembic upgrade --sql` emits, so that nothing hides behind a helper. The revisions of
the first release are exempt: there was nothing to disturb.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from types import ModuleType

import pytest

from servicekit import migrate

FIRST_RELEASE = {"registry": "0002", "sharing": "0003", "alerts": "0001", "gateway": "0001"}

# In this order, so that an apostrophe of a comment opens no string and two dashes of a string no comment.
_TOKEN = re.compile(r"--[^\n]*|'(?:[^']|'')*'|\$\$.*?\$\$|;|[^;'$-]+|[$-]", re.DOTALL)
_RUNNING = re.compile(r"^-- Running upgrade (\S*) -> (\S+)$", re.MULTILINE)
_CREATED = re.compile(r"^CREATE (?:UNLOGGED )?TABLE (?:IF NOT EXISTS )?(\w+)", re.IGNORECASE)
_ALTERED = re.compile(r"^ALTER TABLE (?:IF EXISTS )?(?:ONLY )?(\w+)", re.IGNORECASE)
_INDEXED = re.compile(r"^CREATE (?:UNIQUE )?INDEX (CONCURRENTLY )?.*? ON (?:ONLY )?(\w+)", re.IGNORECASE | re.DOTALL)
_VOLATILE = r"DEFAULT\s+(?:\(?\s*)?(?:clock_timestamp|gen_random_uuid|uuidv[47]|random|nextval)\s*\("
# What runs again after a cut-off build of an index must not mind.
_REPEATABLE = re.compile(
    r"^(CREATE (UNIQUE )?INDEX CONCURRENTLY|DROP INDEX CONCURRENTLY IF EXISTS|ALTER TABLE \w+ VALIDATE CONSTRAINT"
    r"|BEGIN|COMMIT|UPDATE alembic_version)",
    re.IGNORECASE,
)
_ON_EXISTING: tuple[tuple[str, str], ...] = (
    (r"\bADD (?:COLUMN )?(?!CONSTRAINT)(?:IF NOT EXISTS )?\w+ [^,]*\bNOT NULL\b(?![^,]*\bDEFAULT\b)", "not_null"),
    (rf"\bADD (?:COLUMN )?(?!CONSTRAINT)\w+ [^,]*{_VOLATILE}", "volatile_default"),
    (r"\bADD (?:COLUMN )?(?!CONSTRAINT)\w+ [^,]*\b(?:GENERATED ALWAYS AS \(|UNIQUE\b|PRIMARY KEY\b)", "rewrite"),
    (r"\bALTER (?:COLUMN )?\w+ (?:SET DATA )?TYPE\b", "type"),
    (r"\bSET NOT NULL\b", "not_null"),
    (r"\bADD (?:CONSTRAINT \w+ )?(?:CHECK|FOREIGN KEY)\b(?!.*\bNOT VALID\b)", "constraint"),
    (r"\bADD (?:CONSTRAINT \w+ )?(?:UNIQUE|PRIMARY KEY)\b(?!.*\bUSING INDEX\b)", "constraint"),
    (r"\bSET (?:LOGGED|UNLOGGED|TABLESPACE|WITHOUT OIDS)\b", "rewrite"),
)
_ANYWHERE: tuple[tuple[str, str], ...] = (
    (r"^DROP (?:TABLE|VIEW|MATERIALIZED VIEW|TYPE|FUNCTION|SCHEMA|SEQUENCE)\b", "drop"),
    (r"^DROP INDEX (?!CONCURRENTLY)", "drop_index"),
    (r"^ALTER TABLE .*\bDROP (?:COLUMN )?(?!CONSTRAINT|NOT NULL|DEFAULT|EXPRESSION|IDENTITY)\w+", "drop"),
    (r"^ALTER \w+ .*\bRENAME\b", "rename"),
    (r"^(?:LOCK|TRUNCATE|CLUSTER|REINDEX|VACUUM)\b", "lock"),
    (r"^SET (?:LOCAL |SESSION )?(?:lock_timeout|statement_timeout)\b", "timeout"),
)


def statements(sql: str) -> list[str]:
    """Split SQL at its semicolons, but not at those of strings and function bodies; comments are left out."""
    tokens = [token for token in _TOKEN.findall(sql) if not token.startswith("--")]
    pieces = "".join("\0" if token == ";" else token for token in tokens).split("\0")
    return [text for piece in pieces if (text := re.sub(r"\s+", " ", piece).strip())]


def faults(sql: str, *, may_contract: bool = False, may_fill: bool = False) -> set[str]:
    """Give the rules, by name, that the SQL of a revision breaks.

    Args:
        may_contract: The revision takes away what a release before has stopped using.
        may_fill: It fills a table that is known to be small.
    """
    all_statements = statements(sql)
    created = {match.group(1) for text in all_statements if (match := _CREATED.match(text))}
    found: set[str] = set()
    for text in all_statements:
        found |= {name for pattern, name in _ANYWHERE if re.search(pattern, text, re.IGNORECASE)}
        altered = _ALTERED.match(text)
        if altered and altered.group(1) not in created:
            found |= {name for pattern, name in _ON_EXISTING if re.search(pattern, text, re.IGNORECASE)}
        indexed = _INDEXED.match(text)
        if indexed and not indexed.group(1) and indexed.group(2) not in created:
            found.add("index")
        filled = re.match(r"(?:UPDATE|DELETE FROM) (?:ONLY )?(\w+)", text, re.IGNORECASE)
        if filled and filled.group(1) not in created | {"alembic_version"}:
            found.add("backfill")
    has_not_valid = {m.group(1) for text in all_statements if "NOT VALID" in text and (m := _ALTERED.match(text))}
    if any("VALIDATE CONSTRAINT" in text and (m := _ALTERED.match(text)) and m.group(1) in has_not_valid
           for text in all_statements):  # fmt: skip
        found.add("validate_together")
    if "CONCURRENTLY" in sql and not all(_REPEATABLE.match(text) for text in all_statements):
        found.add("concurrently_together")
    excused = {"drop", "drop_index", "rename"} if may_contract else set()
    return found - excused - ({"backfill"} if may_fill else set())


def revisions(service: str) -> Iterator[tuple[str, str, ModuleType]]:
    """Revision, its SQL and its module, for each after the first release."""
    sql = migrate.sql_of(service)
    parts = list(_RUNNING.finditer(sql))
    modules = {
        getattr(module, "revision"): module  # noqa: B009 - set by Alembic's convention
        for path in sorted(Path(str(files(service) / "migrations" / "versions")).glob("0*.py"))
        for module in [import_module(f"{service}.migrations.versions.{path.stem}")]
    }
    for place, part in enumerate(parts):
        ends = parts[place + 1].start() if place + 1 < len(parts) else len(sql)
        if part.group(2) > FIRST_RELEASE[service]:
            yield part.group(2), sql[part.end() : ends], modules[part.group(2)]


@pytest.mark.parametrize("service", FIRST_RELEASE)
def test_revisions_after_the_first_release_disturb_nobody(service: str) -> None:
    broken = {
        revision: found
        for revision, sql, module in revisions(service)
        if (found := faults(sql, may_contract=hasattr(module, "CONTRACTS"), may_fill=hasattr(module, "FILLS")))
    }
    assert broken == {}, "see docs/runbooks/upgrade.md"


def test_every_revision_is_looked_at_and_follows_the_one_before() -> None:
    for service in FIRST_RELEASE:
        pairs = [match.groups() for match in _RUNNING.finditer(migrate.sql_of(service))]
        assert [after for _, after in pairs] == [f"{number:04d}" for number in range(1, len(pairs) + 1)]
        assert all(before < after for before, after in pairs)


@pytest.mark.parametrize(
    ("planted", "rule"),
    [
        ("CREATE INDEX person_x_idx ON person (x);", "index"),
        ("CREATE UNIQUE INDEX x ON person (x) WHERE is_active;", "index"),
        ("DROP INDEX person_x_idx;", "drop_index"),
        ("ALTER TABLE person ADD COLUMN x text NOT NULL;", "not_null"),
        ("ALTER TABLE person ADD COLUMN y int, ADD COLUMN x text NOT NULL, ADD z text DEFAULT 'a';", "not_null"),
        ("ALTER TABLE person ADD COLUMN x uuid DEFAULT gen_random_uuid();", "volatile_default"),
        ("ALTER TABLE person ADD COLUMN x int GENERATED ALWAYS AS (y + 1) STORED;", "rewrite"),
        ("ALTER TABLE person ADD x int UNIQUE;", "rewrite"),
        ("ALTER TABLE person ALTER COLUMN x TYPE bigint;", "type"),
        ("ALTER TABLE person ALTER x SET NOT NULL;", "not_null"),
        ("ALTER TABLE person ADD CONSTRAINT c CHECK (x > 0);", "constraint"),
        ("ALTER TABLE person ADD FOREIGN KEY (x) REFERENCES y (id);", "constraint"),
        ("ALTER TABLE person ADD CONSTRAINT c UNIQUE (x);", "constraint"),
        ("ALTER TABLE person DROP COLUMN x;", "drop"),
        ("ALTER TABLE person ADD y int, DROP x;", "drop"),
        ("DROP TABLE person;", "drop"),
        ("ALTER TABLE person RENAME COLUMN x TO y;", "rename"),
        ("ALTER TABLE person RENAME TO people;", "rename"),
        ("LOCK TABLE person;", "lock"),
        ("-- somebody's index\nCREATE INDEX x ON person (x);", "index"),
        ("UPDATE person SET x = 1;", "backfill"),
        ("SET lock_timeout = 0;", "timeout"),
        (
            "ALTER TABLE p ADD CONSTRAINT c CHECK (x) NOT VALID; ALTER TABLE p VALIDATE CONSTRAINT c;",
            "validate_together",
        ),
        ("CREATE TABLE t (id int); CREATE INDEX CONCURRENTLY i ON person (x);", "concurrently_together"),
    ],
)
def test_planted_statement_is_caught(planted: str, rule: str) -> None:
    assert rule in faults(planted)


@pytest.mark.parametrize(
    "allowed",
    [
        "CREATE TABLE t (id int PRIMARY KEY, x text NOT NULL); CREATE INDEX t_x_idx ON t (x); UPDATE t SET x = 'a';",
        "ALTER TABLE person ADD COLUMN x text NOT NULL DEFAULT 'k1', ADD COLUMN y jsonb;",
        "ALTER TABLE person DROP CONSTRAINT c, ADD CONSTRAINT c CHECK (x) NOT VALID;",
        "DROP INDEX CONCURRENTLY IF EXISTS i; CREATE INDEX CONCURRENTLY i ON p (x);ALTER TABLE p VALIDATE CONSTRAINT c",
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DROP TABLE x; RETURN NULL; END $$;",
        "COMMENT ON TABLE t IS 'never DROP TABLE; or RENAME'; -- DROP TABLE t;\n",
    ],
)
def test_what_a_running_system_does_not_notice_is_allowed(allowed: str) -> None:
    assert faults(allowed) == set()


def test_a_contracting_revision_may_take_away_but_not_lock() -> None:
    assert faults("DROP TABLE old;", may_contract=True) == set()
    assert faults("LOCK TABLE old;", may_contract=True) == {"lock"}


def test_a_revision_that_fills_a_small_table_may_not_take_away() -> None:
    assert faults("UPDATE episode SET x = 1;", may_fill=True) == set()
    assert faults("UPDATE episode SET x = 1; DROP TABLE old;", may_fill=True) == {"drop"}
