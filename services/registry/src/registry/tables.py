"""The registry's own metadata, shared by the table classes of its features."""

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
