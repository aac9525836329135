"""Statements on rights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.gateway import ClientChanged
from servicekit import areas
from servicekit.db import Database

_UPSERT = """
INSERT INTO client_right AS r (client_id, version, is_active, department, scopes, area_lows, area_highs)
VALUES (:client_id, :version, :is_active, :department, :scopes, :lows, :highs)
ON CONFLICT (client_id) DO UPDATE SET version = excluded.version, is_active = excluded.is_active,
    department = excluded.department, scopes = excluded.scopes, area_lows = excluded.area_lows,
    area_highs = excluded.area_highs
WHERE r.version <= excluded.version
"""
_ALL = "SELECT client_id, is_active, department, scopes, area_lows, area_highs FROM client_right"


async def upsert(session: AsyncSession, clients: Sequence[ClientChanged]) -> None:
    """Keep the newest of each client."""
    for client in clients:
        ranges = [areas.range_of(root) for root in client.areas]
        await session.execute(
            text(_UPSERT),
            client.model_dump(include={"client_id", "version", "is_active", "department", "scopes"})
            | {"lows": [low for low, _ in ranges], "highs": [high for _, high in ranges]},
        )


async def all_rights(database: Database) -> Sequence[Any]:
    """Give every client's rights."""
    return await database.read(_ALL, {})
