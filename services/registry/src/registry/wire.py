"""Shapes of text and cursors that every feature's edge shares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic import StringConstraints

from servicekit.paging import decode_cursor
from servicekit.problems import FieldError, InvalidInput

# PostgreSQL keeps no NUL, and nobody needs the other control characters but line breaks and tabs in notes.
_LINE = r"^[^\x00-\x1f\x7f]*$"
_NOTE = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"


def line_text(longest: int, shortest: int = 0) -> StringConstraints:
    """Text of one line, trimmed."""
    return StringConstraints(strip_whitespace=True, min_length=shortest, max_length=longest, pattern=_LINE)


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


def read_cursor(cursor: str | None, *kinds: type[UUID] | type[int] | type[str]) -> list[Any] | None:
    """Read a cursor whose values have these kinds; None without one.

    Raises:
        InvalidInput: if it is not one of ours.
    """
    if cursor is None:
        return None
    values = decode_cursor(cursor, len(kinds))
    read: list[Any] = []
    for value, kind in zip(values, kinds, strict=True):
        try:
            if kind is UUID:
                read.append(str(UUID(str(value))))
            elif (kind is int and isinstance(value, int) and 0 <= value < 2**31) or (
                kind is str and isinstance(value, str) and value.isalnum() and value.isascii()
            ):
                read.append(value)
            else:
                raise ValueError
        except ValueError:
            pointer = FieldError(pointer="query:cursor", code="cursor", detail="use next_cursor of the page before")
            raise InvalidInput("the cursor is not valid", errors=[pointer]) from None
    return read
