"""Queries of areas."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from sharing.places.rules import KnownArea
from sharing.places.tables import KnownAreaRow

# What ended and went on elsewhere, and where: a few villages a year, whatever the number of areas.
_CHANGED = """
SELECT k.area_code, k.valid_from, k.valid_to, k.successors FROM known_area k
WHERE cardinality(k.successors) > 0
    OR EXISTS (SELECT FROM known_area e WHERE k.area_code = ANY (e.successors))
"""


async def take(session: AsyncSession, areas: Sequence[KnownArea]) -> None:
    """Keep areas as they are now."""
    rows = [
        {"area_code": each.code, "valid_from": each.valid_from, "valid_to": each.valid_to,
         "successors": list(each.successors)}
        for each in {area.code: area for area in areas}.values()
    ]  # fmt: skip
    if rows:
        statement = insert(KnownAreaRow).values(rows)
        told = {name: statement.excluded[name] for name in ("valid_from", "valid_to", "successors")}
        await session.execute(statement.on_conflict_do_update(index_elements=["area_code"], set_=told))


async def changed(session: AsyncSession) -> dict[str, KnownArea]:
    """Give the areas that ended with successors, and their successors, by code."""
    found = await session.execute(text(_CHANGED))
    return {code: KnownArea(code, first, last, tuple(after)) for code, first, last, after in found}


async def ended(session: AsyncSession, codes: Sequence[str], today: date) -> list[str]:
    """Give those of some areas that are there no more."""
    found = await session.execute(
        select(KnownAreaRow.area_code).where(
            col(KnownAreaRow.area_code).in_(list(codes)), col(KnownAreaRow.valid_to) < today
        )
    )
    return list(found.scalars())
