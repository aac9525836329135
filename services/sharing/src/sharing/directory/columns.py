"""Columns of the directory's tables (household, person, income) as statements and DuckDB need them."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql

from sharing.directory.tables import DirectoryHousehold, DirectoryIncome, DirectoryPerson

_TABLES: Final[dict[str, Table]] = {
    owner: table.__table__  # type: ignore[union-attr]  # SQLModel adds it
    for owner, table in (("household", DirectoryHousehold), ("person", DirectoryPerson), ("income", DirectoryIncome))
}
# Needed to keep the copy, but not to compare.
_UNCOMPARED: Final = frozenset({"version", "token_revision", "token_key_id"})


def postgres_columns(owner: str) -> dict[str, str]:
    """Give the columns of `directory_<owner>` and their types, keys first."""
    columns = sorted(_TABLES[owner].columns, key=lambda column: not column.primary_key)
    return {column.name: column.type.compile(dialect=postgresql.dialect()) for column in columns}  # type: ignore[no-untyped-call]  # SQLAlchemy's


def duckdb_columns(owner: str) -> dict[str, str]:
    """Give the columns that a comparison reads, and their types in DuckDB; an array is its text, `{01,02}`."""
    return {
        name: "VARCHAR" if kind.endswith("[]") else kind
        for name, kind in postgres_columns(owner).items()
        if name not in _UNCOMPARED
    }
