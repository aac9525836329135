"""The list of households, built as JSON by PostgreSQL: one index range, no objects in between."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from servicekit.db import Database

_MEMBERS = """(
    SELECT COALESCE(json_agg(json_build_object(
        'id', p.id, 'person_no', p.person_no, 'name', p.name_masked, 'id_no', p.id_no_masked,
        'birth_date', p.birth_date, 'sex', p.sex, 'relation', p.relation, 'labour', p.labour,
        'school_stage', p.school_stage, 'has_finished_compulsory', p.has_finished_compulsory,
        'health', p.health, 'relief', p.relief) ORDER BY p.ordinal, p.id), '[]'::json)
    FROM person p WHERE p.household_id = h.id AND p.is_active)"""

_FIELDS = f"""
    'id', h.id, 'hh_no', h.hh_no, 'area_code', h.village_code, 'group_name', h.group_name, 'hh_type', h.hh_type,
    'status', h.status, 'housing_tenure', h.housing_tenure, 'is_resettled', h.is_resettled, 'phone', h.phone_masked,
    'population', h.population, 'monitor_category', h.monitor_category, 'is_monitored', h.is_monitored,
    'open_risks', h.open_risks, 'last_negative_decision_on', h.last_negative_decision_on, 'version', h.version,
    'updated_at', h.updated_at, 'members', {_MEMBERS}"""

_INCOMES = """(
    SELECT COALESCE(json_agg(json_build_object(
        'year', i.year, 'net', i.net::text, 'per_capita_net', i.per_capita_net::text,
        'ref_per_capita', i.ref_per_capita::text, 'self_paid', i.self_paid::text) ORDER BY i.year DESC), '[]'::json)
    FROM income i WHERE i.household_id = h.id AND i.superseded_at IS NULL)"""


async def page(
    database: Database, conditions: Sequence[str], parameters: dict[str, Any], *, limit: int
) -> tuple[bytes, int, list[str] | None]:
    """Give a page as the JSON text of its items, their number, and the sort key of the last one.

    One row more than `limit` is looked at, so that the last page knows it is the last.
    """
    where = " AND ".join(conditions) or "true"
    [(items, count, last)] = await database.read(
        # The page is chosen first, by the index alone; members are fetched for its rows only.
        "WITH chosen AS MATERIALIZED (SELECT h.* FROM household h"
        f" WHERE {where} ORDER BY h.village_code, h.id LIMIT :limit),"
        " shown AS (SELECT * FROM chosen ORDER BY village_code, id LIMIT :limit - 1)"
        " SELECT convert_to(COALESCE((SELECT json_agg(json_build_object("
        f"{_FIELDS}) ORDER BY h.village_code, h.id) FROM shown h), '[]'::json)::text, 'UTF8'),"
        " (SELECT count(*) FROM chosen),"
        " (SELECT ARRAY[s.village_code, s.id::text] FROM shown s ORDER BY s.village_code DESC, s.id DESC"
        " LIMIT 1)",
        parameters | {"limit": limit + 1},
    )
    return items, count, last


async def one(session: AsyncSession, household_id: str) -> dict[str, Any] | None:
    """Give a household with members and incomes, or None."""
    result = await session.execute(
        text(
            f"SELECT json_build_object({_FIELDS}, 'incomes', {_INCOMES}) FROM household h"
            " WHERE h.id = CAST(:id AS uuid)"
        ),
        {"id": household_id},
    )
    found: dict[str, Any] | None = result.scalar()
    return found


async def persons_by_index(session: AsyncSession, odd: str | None, even: str | None) -> list[dict[str, Any]]:
    """Give the active persons with one of these blind indexes (hexadecimal), with their household."""
    result = await session.execute(
        text(
            "SELECT json_build_object('id', p.id, 'person_no', p.person_no, 'name', p.name_masked,"
            " 'id_no', p.id_no_masked, 'birth_date', p.birth_date, 'sex', p.sex, 'relation', p.relation,"
            " 'labour', p.labour, 'school_stage', p.school_stage,"
            " 'has_finished_compulsory', p.has_finished_compulsory, 'health', p.health, 'relief', p.relief,"
            " 'household_id', h.id, 'hh_no', h.hh_no, 'area_code', h.village_code)"
            " FROM person p JOIN household h ON h.id = p.household_id WHERE p.is_active"
            " AND (p.id_index = decode(:odd, 'hex') OR p.id_index_even = decode(:even, 'hex'))"
        ),
        {"odd": odd, "even": even},
    )
    return list(result.scalars())
