"""Keyset pages: constant time at any depth, stable while rows are added."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Annotated, Any, Generic, TypeVar

import orjson
from fastapi import Query
from pydantic import BaseModel

from servicekit.problems import FieldError, InvalidInput

ItemT = TypeVar("ItemT")

Limit = Annotated[int, Query(ge=1, le=200, description="items a page")]
Cursor = Annotated[str | None, Query(max_length=512, description="next_cursor of the page before")]


class Page(BaseModel, Generic[ItemT]):
    """A page of a list; `next_cursor` is null on the last one."""

    items: list[ItemT]
    next_cursor: str | None = None


def encode_cursor(values: Sequence[Any]) -> str:
    """Pack the sort key of a page's last row (JSON scalars)."""
    return base64.urlsafe_b64encode(orjson.dumps(list(values), default=str)).decode().rstrip("=")


def decode_cursor(text: str, length: int) -> list[Any]:
    """Unpack a cursor of `length` values.

    Raises:
        InvalidInput: if it is not one of ours.
    """
    try:
        values = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error) as error:
        raise not_ours() from error
    if not isinstance(values, list) or len(values) != length:
        raise not_ours()
    return values


def not_ours() -> InvalidInput:
    """Give what a cursor that is none of ours is answered with."""
    pointer = FieldError(pointer="query:cursor", code="cursor", detail="use next_cursor of the page before")
    return InvalidInput("the cursor is not valid", errors=[pointer])
