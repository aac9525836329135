"""Money as the API takes and gives it: yuan as a decimal string with at most two digits behind the point."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema

from contracts.written import is_of_a_file


def _text(value: object, info: ValidationInfo) -> object:
    # A JSON number is a binary fraction: 0.1 + 0.2 is not what a ledger says. Of a file, its shortest text is meant.
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool) and is_of_a_file(info):
        value = str(value)
    if isinstance(value, str):
        try:
            return Decimal(value)
        except InvalidOperation:
            pass
    raise ValueError('an amount is a string of yuan with at most two decimals, such as "12600.00"')


Money = Annotated[
    Decimal,
    Field(ge=0, max_digits=14, decimal_places=2),
    BeforeValidator(_text),  # after the bounds: those of a schema of its own are Python's, a fifth of an import
    WithJsonSchema({"type": "string", "pattern": r"^\d{1,12}(\.\d{1,2})?$", "examples": ["12600.00"]}),
]
"""Not negative, below 1,000,000,000,000 yuan."""
