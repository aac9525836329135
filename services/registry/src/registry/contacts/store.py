"""Queries of visits and contacts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from registry.contacts.schemas import ContactOut
from servicekit.event_sql import Fields, json_object

_CONTACT: Fields = {name: f"c.{name}" for name in ContactOut.model_fields}


async def contacts(
    session: AsyncSession, conditions: Sequence[str], parameters: Mapping[str, Any]
) -> tuple[list[dict[str, Any]], int]:
    """Give contacts, newest told first, and how many there are in all; `:after` is an id or null, `:limit` a number."""
    source = f"contact c JOIN household h ON h.id = c.household_id WHERE {' AND '.join(conditions)}"
    count = await session.execute(text(f"SELECT count(*) FROM {source}"), dict(parameters))
    rows = await session.execute(
        text(
            f"SELECT {json_object(_CONTACT)} FROM {source}"
            " AND (CAST(:after AS uuid) IS NULL OR c.id < CAST(:after AS uuid)) ORDER BY c.id DESC LIMIT :limit"
        ),
        dict(parameters),
    )
    return list(rows.scalars()), int(count.scalar_one())
