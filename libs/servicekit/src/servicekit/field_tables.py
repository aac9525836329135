"""Table classes of fields that are declared once (contracts.fields)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import pydantic
from sqlalchemy import ARRAY, Computed, Numeric, Text
from sqlmodel import Field as SqlField

from contracts.fields import Field
from servicekit.tables import Base

_TYPES: dict[str, Any] = {"text": str, "code": str, "bool": bool, "date": date, "int": int}


def table_fields(name: str, fields: Iterable[Field]) -> Any:
    """Build the part of the registry's table class that holds these fields, each in its column."""
    return _part(name, ((field.column, field) for field in fields if field.kept != "sealed"))


def copied_fields(name: str, fields: Iterable[Field]) -> Any:
    """Build the part of another service's table class: the fields under the names of the event that brought them."""
    return _part(name, ((field.public_name, field) for field in fields))


def _part(name: str, fields: Iterable[tuple[str, Field]]) -> Any:
    columns: dict[str, Any] = {column: _declared(field) for column, field in fields}
    return pydantic.create_model(name, __base__=Base, **columns)


def _declared(field: Field) -> tuple[Any, Any]:
    if field.kind == "codes":
        return list[str], SqlField(sa_type=ARRAY(Text), nullable=False)
    if field.kind == "money":
        # The formula is in the migration; Computed only says that the database fills these.
        computed = (Computed("wage"),) if field.is_computed else ()
        if field.is_nullable:
            return Decimal | None, SqlField(default=None, sa_type=Numeric(14, 2))
        return Decimal, SqlField(sa_type=Numeric(14, 2), sa_column_args=computed, nullable=False)
    kind = _TYPES[field.kind]
    return (kind | None, None) if field.is_nullable else (kind, ...)
