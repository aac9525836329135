"""How the fields of contracts.fields stand in the registry's tables, and come out of them as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import pydantic
from sqlalchemy import ARRAY, Computed, Numeric, Text
from sqlmodel import Field as SqlField
from sqlmodel import SQLModel

from contracts.fields import Field
from contracts.vocabulary import Labelled

_TYPES: dict[str, Any] = {
    "text": str, "code": str, "codes": list[str], "bool": bool, "date": date, "money": Decimal, "int": int,
}  # fmt: skip


def table_fields(name: str, fields: Iterable[Field], base: type[SQLModel]) -> Any:
    """Build the part of a table class that holds these fields, each in its column."""
    columns: dict[str, Any] = {field.column: _declared(field) for field in fields if field.kept != "sealed"}
    return pydantic.create_model(name, __base__=base, **columns)


def _declared(field: Field) -> tuple[Any, Any]:
    if field.kind == "codes":
        return list[str], SqlField(sa_type=ARRAY(Text), nullable=False)
    if field.kind == "money":
        # The formula is in the migration; Computed only says that the database fills these.
        computed = (Computed("wage"),) if field.is_computed else ()
        return Decimal, SqlField(sa_type=Numeric(16, 2), sa_column_args=computed, nullable=False)
    kind = _TYPES[field.kind]
    return (kind | None, None) if field.is_nullable else (kind, ...)


def json_fields(fields: Iterable[Field], alias: str) -> dict[str, str]:
    """Give the SQL expression of each field's value in JSON, by its public name; decimals are text."""
    return {field.public_name: f"{alias}.{field.column}{'::text' if field.kind == 'money' else ''}" for field in fields}


def stored(value: Any) -> Any:
    """Give a value as a column holds it: codes as text."""
    if isinstance(value, list):
        return [stored(item) for item in value]
    return value.value if isinstance(value, Labelled) else value
