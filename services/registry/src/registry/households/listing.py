"""The list of households, built as JSON by PostgreSQL: one index range, no objects in between."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.fields import HOUSEHOLD, INCOME, PERSON, announced, shown, titled
from contracts.vocabulary import Relation
from registry.area_path import path_of
from registry.fields import json_fields, shown_fields
from servicekit.auth import IN_ANY_GRID, Principal
from servicekit.db import Database, any_of, array_text
from servicekit.event_sql import Each, Fields, json_object
from servicekit.titles import TitlesIn

IN_GRID = "h.grid = :own_grid"
"""Condition over a household `h` for `Principal.area_clause`."""

_PERSON: Fields = {"id": "p.id", **shown_fields(shown(PERSON), "p")}
PERSON_JSON = json_object(_PERSON)
"""A person `p` as answers show a member."""

_HOUSEHOLD: Fields = {
    "id": "h.id",
    **shown_fields(shown(HOUSEHOLD), "h"),
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
_FOUND: Fields = {
    **_PERSON, "household_id": "h.id", "hh_no": "h.hh_no", "area_code": "h.village_code", "grid": "h.grid",
}  # fmt: skip

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
_GIVEN = f"""
SELECT convert_to(COALESCE(json_agg({json_object(_HOUSEHOLD)}), '[]'::json)::text, 'UTF8')
FROM household h WHERE h.id = {any_of("ids", "uuid")} AND {{sees}}"""
DETAIL = f"SELECT {json_object(_DETAIL)} FROM household h WHERE h.id = CAST(:id AS uuid)"
PERSONS = f"""
SELECT {json_object(_FOUND)}
FROM person p JOIN household h ON h.id = p.household_id
WHERE p.is_active AND (p.id_index = decode(:odd, 'hex') OR p.id_index_even = decode(:even, 'hex'))"""

_HEAD_TITLE = json_object({"id": "p.id", **shown_fields(titled(PERSON), "p")})
_HOUSEHOLD_TITLE: Fields = {
    "id": "h.id",
    **shown_fields(titled(HOUSEHOLD), "h"),
    "head": (
        f"(SELECT {_HEAD_TITLE} FROM person p WHERE p.household_id = h.id AND p.is_active"
        f" AND p.relation = '{Relation.HEAD}' ORDER BY p.ordinal, p.id LIMIT 1)"
    ),
}


_AREA_TITLE: Fields = {"code": "n.code", "path": path_of("n.code")}
TITLES = f"""
WITH seen AS MATERIALIZED (
    SELECT h.* FROM household h WHERE h.id = {any_of("households", "uuid")} AND {{of_household}}
), named AS (
    SELECT a.code FROM area a WHERE a.code = {any_of("areas")} AND {{of_area}}
    UNION SELECT village_code FROM seen
)
SELECT convert_to(json_build_object(
    'households', (SELECT COALESCE(json_agg({json_object(_HOUSEHOLD_TITLE)} ORDER BY h.id), '[]'::json) FROM seen h),
    'areas', (SELECT COALESCE(json_agg({json_object(_AREA_TITLE)} ORDER BY n.code), '[]'::json) FROM named n)
)::text, 'UTF8')"""


async def page(
    database: Database, conditions: Sequence[str], parameters: dict[str, Any], *, limit: int
) -> tuple[bytes, int, list[str] | None]:
    """Give a page as the JSON text of its items, their number, and the sort key of the last one.

    One row more than `limit` is looked at, so that the last page knows it is the last.
    """
    where = " AND ".join(conditions) or "true"
    [(items, count, last)] = await database.read(PAGE.format(where=where), parameters | {"limit": limit + 1})
    return items, count, last


async def given(database: Database, principal: Principal, household_ids: Sequence[str]) -> bytes:
    """Give those of these households that the caller covers, as the JSON text of `HouseholdOut`s in no order."""
    sees, parameters = principal.area_clause("h.village_code", IN_GRID)
    [(items,)] = await database.read(_GIVEN.format(sees=sees), {**parameters, "ids": array_text(household_ids)})
    return bytes(items)


async def one(session: AsyncSession, household_id: str) -> dict[str, Any] | None:
    """Give a household with members and incomes, or None."""
    result = await session.execute(text(DETAIL), {"id": household_id})
    found: dict[str, Any] | None = result.scalar()
    return found


async def persons_by_index(session: AsyncSession, odd: str | None, even: str | None) -> list[dict[str, Any]]:
    """Give the active persons with one of these blind indexes (hexadecimal), with their household."""
    result = await session.execute(text(PERSONS), {"odd": odd, "even": even})
    return list(result.scalars())


async def titles(database: Database, principal: Principal, wanted: TitlesIn) -> bytes:
    """Give the titles of those households and areas that the caller covers, as the JSON text of `TitlesOut`."""
    of_household, parameters = principal.area_clause("h.village_code", IN_GRID)
    of_area, _ = principal.area_clause("a.code", IN_ANY_GRID)  # with the same parameters
    asked = {"households": array_text(wanted.household_ids), "areas": array_text(wanted.area_codes)}
    query = TITLES.format(of_household=of_household, of_area=of_area)
    [(body,)] = await database.read(query, parameters | asked)
    return bytes(body)
