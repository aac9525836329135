"""What every feature's edge shares: the app's keys and settings, and cursors."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request

from registry.settings import IdentityKeys, RegistrySettings
from servicekit.paging import decode_cursor, not_ours


def _keys(request: Request) -> IdentityKeys:
    keys: IdentityKeys = request.app.state.keys
    return keys


def _settings(request: Request) -> RegistrySettings:
    settings: RegistrySettings = request.app.state.settings
    return settings


Keys = Annotated[IdentityKeys, Depends(_keys)]
Settings = Annotated[RegistrySettings, Depends(_settings)]


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
            raise not_ours() from None
    return read
