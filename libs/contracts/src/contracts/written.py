"""Where a value is read from: requests are strict JSON, a line of a file is as a department's program wrote it. Pure.

Programs that write NDJSON from a sheet or a database give a year as text and an amount as a number, or the other way
round. Both are unambiguous, so a file may hold either; nothing else is converted, and a request keeps to its schema.
"""

from __future__ import annotations

from typing import Final

from pydantic import ValidationInfo

OF_A_FILE: Final = "file"
"""Validation context of a line of a file."""


def is_of_a_file(info: ValidationInfo) -> bool:
    """Tell whether a value stands in a line of a file."""
    return info.context == OF_A_FILE


def whole(value: object, info: ValidationInfo) -> object:
    """Give the whole number that plain digits of a file write; anything else as it is."""
    if isinstance(value, str) and is_of_a_file(info) and value.isascii() and value.isdecimal() and len(value) <= 18:
        return int(value)
    return value
