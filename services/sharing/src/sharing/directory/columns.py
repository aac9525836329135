"""Columns of the directory's tables: keys, tokens, and the fields that rules need of household, person and income."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from contracts.fields import HOUSEHOLD, INCOME, PERSON, Field, compared

_POSTGRES: Final = {
    "text": "text", "code": "text", "codes": "text[]", "bool": "boolean", "date": "date", "money": "numeric",
    "int": "int",
}  # fmt: skip
# As a CSV of PostgreSQL has them: an array is its text, `{01,02}`.
_DUCKDB: Final = {
    "text": "VARCHAR", "code": "VARCHAR", "codes": "VARCHAR", "bool": "BOOLEAN", "date": "DATE",
    "money": "DECIMAL(14, 2)", "int": "INTEGER",
}  # fmt: skip

_KEYS: Final[Mapping[str, Mapping[str, str]]] = {
    "household": {"household_id": "text", "version": "bigint", "token_revision": "int"},
    "person": {
        "household_id": "text", "person_id": "text", "id_token": "text", "person_token": "text", "token_key_id": "text",
    },
    "income": {"household_id": "text"},
}  # fmt: skip
_FIELDS: Final[Mapping[str, tuple[Field, ...]]] = {
    "household": compared(HOUSEHOLD), "person": compared(PERSON), "income": compared(INCOME),
}  # fmt: skip

# Needed to keep the copy, but not to compare.
_UNCOMPARED: Final = frozenset({"version", "token_revision", "token_key_id"})


def postgres_columns(owner: str) -> dict[str, str]:
    """Give the columns of `directory_<owner>` (household, person, income) and their types, in order."""
    return {**_KEYS[owner], **{field.public_name: _POSTGRES[field.kind] for field in _FIELDS[owner]}}


def duckdb_columns(owner: str) -> dict[str, str]:
    """Give the columns of `directory_<owner>` that a comparison reads, and their types in DuckDB, in order."""
    keys = {name: "VARCHAR" for name in _KEYS[owner] if name not in _UNCOMPARED}
    return {**keys, **{field.public_name: _DUCKDB[field.kind] for field in _FIELDS[owner]}}
