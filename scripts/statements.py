"""The SQL that is made from the records of fields, as readers and `git diff` see it (docs/statements)."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from registry.households import changes, listing, snapshot
from registry.imports import sql
from registry.imports.prepare import HOUSEHOLD_COLUMNS, INCOME_COLUMNS, PERSON_COLUMNS
from registry.reconciliation import sql as reconciliation
from servicekit.event_sql import json_object
from servicekit.sql import listed
from sharing.directory import store
from sharing.directory.tables import duckdb_columns


def statements() -> Iterator[tuple[str, str, str]]:
    """Give `(file name, what it does, SQL)` of each statement; braces stand for what the caller puts in."""
    announced = f"SELECT {json_object(snapshot.ANNOUNCED)}\nFROM household h WHERE h.id IN ({{source}})"
    yield (
        "registry-announce",
        "What the event of a household says (outbox.add_select).",
        announced,
    )
    yield "registry-remember", "Households as they were, before a change.", changes.REMEMBER
    yield "registry-list", "A page of the list of households.", listing.PAGE
    yield "registry-detail", "One household with members and incomes.", listing.DETAIL
    yield "registry-find-person", "Persons by the blind index of a number.", listing.PERSONS
    for table, columns in (("household", HOUSEHOLD_COLUMNS), ("person", PERSON_COLUMNS), ("income", INCOME_COLUMNS)):
        yield f"import-copy-{table}", "Rows of a file.", f"COPY {table} (\n        {listed(columns)}\n) FROM STDIN"
    yield "import-insert-households", "New households out of staging.", sql.INSERT_HOUSEHOLDS
    yield "import-update-households", "Known households out of staging.", sql.UPDATE_HOUSEHOLDS
    yield "import-insert-persons", "New persons out of staging.", sql.INSERT_PERSONS
    yield "import-update-persons", "Known persons out of staging.", sql.UPDATE_PERSONS
    yield "import-supersede-incomes", "Incomes that a file changes.", sql.SUPERSEDE_INCOMES
    yield "import-insert-incomes", "Incomes out of staging.", sql.INSERT_INCOMES
    for owner, compared in (
        ("household", reconciliation.OF_HOUSEHOLDS),
        ("person", reconciliation.OF_PERSONS),
        ("income", reconciliation.OF_INCOMES),
    ):
        yield f"reconcile-{owner}", "In what register and export differ.", compared
    yield "directory-upsert", "Snapshots into the directory of sharing.", store.UPSERT
    for owner in ("household", "person", "income"):
        copied = f"SELECT {listed(duckdb_columns(owner))}\nFROM directory_{owner}"
        yield f"directory-copy-{owner}", "The directory for a comparison.", copied


def files() -> dict[str, str]:
    """Give the files of docs/statements by name."""
    return {f"{name}.sql": f"-- {what}\n{textwrap.dedent(text).strip()}\n" for name, what, text in statements()}
