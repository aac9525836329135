"""Facts as JSON, the way findings and statuses carry them."""

from __future__ import annotations

from collections.abc import Mapping

from sharing.catalogue.service import ValueType


def json_sql(columns: Mapping[str, tuple[str, str, ValueType]]) -> str:
    """Write the expression for a JSON object: name -> (table, column, type). Money, ratios and dates are texts."""
    members = ", ".join(_member(name, *column) for name, column in columns.items())
    return f"CAST(json_object({members}) AS VARCHAR)"


def _member(name: str, table: str, column: str, kind: ValueType) -> str:
    value = f'{table}."{column}"'
    if kind in (ValueType.MONEY, ValueType.DATE):
        value = f"CAST({value} AS VARCHAR)"
    elif kind is ValueType.RATIO:
        value = f"rtrim(rtrim(CAST({value} AS VARCHAR), '0'), '.')"
    return f"'{name}', {value}"
