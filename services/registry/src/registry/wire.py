"""Cursors that every feature's edge shares."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from servicekit.paging import decode_cursor
from servicekit.problems import FieldError, InvalidInput


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
