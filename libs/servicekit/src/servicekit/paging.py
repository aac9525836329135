"""Keyset pages: constant time at any depth, stable while rows are added."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import orjson
from fastapi import Query
from pydantic import BaseModel

from servicekit.problems import FieldError, InvalidInput

ItemT = TypeVar("ItemT")

Kind = str | int | UUID | datetime

Limit = Annotated[int, Query(ge=1, le=200, description="items a page")]
Cursor = Annotated[str | None, Query(max_length=512, description="next_cursor of the page before")]


class Page(BaseModel, Generic[ItemT]):
    """A page of a list; `next_cursor` is null on the last one."""

    items: list[ItemT]
    next_cursor: str | None = None


def encode_cursor(values: Sequence[Any]) -> str:
    """Pack the sort key of a page's last row (JSON scalars)."""
    return base64.urlsafe_b64encode(orjson.dumps(list(values), default=str)).decode().rstrip("=")


def read_cursor(text: str | None, *kinds: type[Kind], parameter: str = "cursor") -> list[Any] | None:
    """Unpack a cursor whose values have these kinds, in this order; None without one.

    A UUID is given as text, an instant as an aware datetime.

    Args:
        parameter: Of the query, which the problem points at.

    Raises:
        InvalidInput: if it is not one of ours.
    """
    if text is None:
        return None
    try:
        values = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if not isinstance(values, list) or len(values) != len(kinds):
            raise not_ours(parameter)
        return [_READERS[kind](value) for value, kind in zip(values, kinds, strict=True)]
    except (ValueError, OverflowError) as error:
        raise not_ours(parameter) from error


def _text(value: object) -> str:
    if not isinstance(value, str) or "\x00" in value:
        raise ValueError("no text")
    return value


def _number(value: object) -> int:
    if type(value) is not int or not 0 <= value < 2**63:
        raise ValueError("no number")
    return value


def _instant(value: object) -> datetime:
    at = datetime.fromisoformat(_text(value))
    if at.tzinfo is None:
        raise ValueError("no zone")
    return at


_READERS: dict[type[Kind], Callable[[object], Any]] = {
    str: _text,
    int: _number,
    UUID: lambda value: str(UUID(_text(value))),
    datetime: _instant,
}


def not_ours(parameter: str = "cursor") -> InvalidInput:
    """Give what a cursor that is none of ours is answered with."""
    pointer = FieldError(pointer=f"query:{parameter}", code="cursor", detail="use what the page before said")
    return InvalidInput("the cursor is not valid", errors=[pointer])
