"""Shapes of text that every feature's bodies share; pure, so that rules may read the bodies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import StringConstraints

from contracts.fields.record import LINE

# As contracts.fields.record.LINE, with the line breaks and tabs of notes.
_NOTE = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"


def line_text(longest: int, shortest: int = 0) -> StringConstraints:
    """Text of one line, trimmed."""
    return StringConstraints(strip_whitespace=True, min_length=shortest, max_length=longest, pattern=LINE)


def note_text(longest: int, shortest: int = 0) -> StringConstraints:
    """Text that may have several lines, trimmed."""
    return StringConstraints(strip_whitespace=True, min_length=shortest, max_length=longest, pattern=_NOTE)


def storable(value: Any) -> Any:
    """Check that a free JSON value can be stored: no NUL and no half of a surrogate pair, in keys and values.

    Raises:
        ValueError: if it cannot.
    """
    if isinstance(value, str):
        if "\x00" in value:
            raise ValueError("text may not contain NUL")
        value.encode()  # a lone surrogate raises UnicodeEncodeError, which is a ValueError
    elif isinstance(value, Mapping):
        for key, item in value.items():
            storable(key)
            storable(item)
    elif isinstance(value, list):
        for item in value:
            storable(item)
    return value
