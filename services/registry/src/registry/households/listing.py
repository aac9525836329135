"""The list of households, built as JSON by PostgreSQL: one index range, no objects in between."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.fields import HOUSEHOLD, INCOME, PERSON, announced, shown
from registry.fields import json_fields
from servicekit.db import Database
from servicekit.event_sql import Each, Fields, json_object

_PERSON: Fields = {"id": "p.id", **json_fields(shown(PERSON), "p")}
_HOUSEHOLD: Fields = {
    "id": "h.id",
    **json_fields(shown(HOUSEHOLD), "h"),
    "version": "h.version",
    "updated_at": "h.updated_at",
    "members": Each(_PERSON, "person p WHERE p.household_id = h.id AND p.is_active", "p.ordinal, p.id"),
}
_DETAIL: Fields = {
    **_HOUSEHOLD,
    "incomes": Each(
        json_fields(announced(INCOME), "i"),
        "income i WHERE i.household_id = h.id AND i.superseded_at IS NULL",
        "i.year DESC",
    ),
}
_FOUND: Fields = {**_PERSON, "household_id": "h.id", "hh_no": "h.hh_no", "area_code": "h.village_code"}

# The page is chosen first, by the index alone; members are fetched for its rows only.
PAGE = f"""
WITH chosen AS MATERIALIZED (
    SELECT h.* FROM household h WHERE {{where}} ORDER BY h.village_code, h.id LIMIT :limit
), shown AS (
    SELECT * FROM chosen ORDER BY village_code, id LIMIT :limit - 1
)
SELECT convert_to(COALESCE((SELECT json_agg({json_object(_HOUSEHOLD)} ORDER BY h.village_code, h.id)
                            FROM shown h), '[]'::json)::text, 'UTF8'),
       (SELECT count(*) FROM chosen),
       (SELECT ARRAY[s.village_code, s.id::text] FROM shown s ORDER BY s.village_code DESC, s.id DESC LIMIT 1)"""
DETAIL = f"SELECT {json_object(_DETAIL)} FROM household h WHERE h.id = CAST(:id AS uuid)"
PERSONS = f"""
SELECT {json_object(_FOUND)}
FROM person p JOIN household h ON h.id = p.household_id
WHERE p.is_active AND (p.id_index = decode(:odd, 'hex') OR p.id_index_even = decode(:even, 'hex'))"""


async def page(
    database: Database, conditions: Sequence[str], parameters: dict[str, Any], *, limit: int
) -> tuple[bytes, int, list[str] | None]:
    """Give a page as the JSON text of its items, their number, and the sort key of the last one.

    One row more than `limit` is looked at, so that the last page knows it is the last.
    """
    where = " AND ".join(conditions) or "true"
    [(items, count, last)] = await database.read(PAGE.format(where=where), parameters | {"limit": limit + 1})
    return items, count, last


async def one(session: AsyncSession, household_id: str) -> dict[str, Any] | None:
    """Give a household with members and incomes, or None."""
    result = await session.execute(text(DETAIL), {"id": household_id})
    found: dict[str, Any] | None = result.scalar()
    return found


async def persons_by_index(session: AsyncSession, odd: str | None, even: str | None) -> list[dict[str, Any]]:
    """Give the active persons with one of these blind indexes (hexadecimal), with their household."""
    result = await session.execute(text(PERSONS), {"odd": odd, "even": even})
    return list(result.scalars())
