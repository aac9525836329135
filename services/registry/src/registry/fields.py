"""How the values of fields go into the registry's columns, and come out of them as JSON. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from contracts.fields import Field
from contracts.vocabulary import Labelled


def json_fields(fields: Iterable[Field], alias: str) -> dict[str, str]:
    """Give the SQL expression of each field's value in JSON, by its public name; decimals are text."""
    return {field.public_name: f"{alias}.{field.column}{'::text' if field.kind == 'money' else ''}" for field in fields}


def stored(value: Any) -> Any:
    """Give a value as a column holds it: codes as text."""
    if isinstance(value, list):
        return [stored(item) for item in value]
    return value.value if isinstance(value, Labelled) else value
