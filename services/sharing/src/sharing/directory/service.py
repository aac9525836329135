"""What other features read of the directory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from servicekit.db import array_text, copy_out
from servicekit.sql import listed
from sharing.directory import store
from sharing.directory.tables import duckdb_columns

# Tables of the directory as `export` writes them: name -> column -> its type in DuckDB, in order.
EXPORTED: Final[Mapping[str, Mapping[str, str]]] = {
    **{owner: duckdb_columns(owner) for owner in ("household", "person", "income")},
    # Tokens of a person under further keys, while the token key is being changed.
    "token": dict.fromkeys(("household_id", "person_id", "id_token", "person_token"), "VARCHAR"),
}


async def export(session: AsyncSession, folder: Path, households: Sequence[str] | None = None) -> None:
    """Copy the tables, or the rows of some households, to `<name>.csv` in `folder`: as they are, and unjoined."""
    only = "" if households is None else " WHERE household_id = ANY(CAST(:households AS text[]))"
    values = None if households is None else {"households": array_text(households)}
    for name, columns in EXPORTED.items():
        await copy_out(session, f"SELECT {listed(columns)} FROM directory_{name}{only}", values, folder / f"{name}.csv")


async def active_areas(session: AsyncSession, households: Sequence[str] | None = None) -> list[str]:
    """Give the villages of active households: all of them, or these."""
    return await store.active_areas(session, households)


async def all_areas(session: AsyncSession) -> list[str]:
    """Give the villages of all households, ended ones too."""
    return await store.all_areas(session)


async def id_tokens_of(session: AsyncSession, households: Sequence[str]) -> list[str]:
    """Give the ID tokens of the members of some households, under every key."""
    return await store.id_tokens_of(session, households)
