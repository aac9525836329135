"""Queries of notices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from registry.notices.tables import Notice, NoticePrint

_EPISODES = """
SELECT e.id::text AS episode_id, e.household_id::text AS household_id, e.state, e.category, e.identified_on,
    e.eliminated_on, h.village_code, v.name AS village, p.id::text AS head_id, p.name_masked AS head, p.birth_date,
    (SELECT count(*) FROM person m WHERE m.household_id = h.id AND m.is_active) AS persons
FROM episode e JOIN household h ON h.id = e.household_id
LEFT JOIN area v ON v.code = h.village_code AND v.valid_to IS NULL
LEFT JOIN person p ON p.household_id = h.id AND p.is_active AND p.relation = 'head'
WHERE e.id = ANY(CAST(:ids AS uuid[])) AND {reach}
"""
STATES = {
    "posted": "n.withdrawn_at IS NULL AND n.last_on >= :today",
    "over": "n.withdrawn_at IS NULL AND n.last_on < :today",
    "withdrawn": "n.withdrawn_at IS NOT NULL",
}


async def episodes(
    session: AsyncSession, ids: Sequence[str], reach: str, values: dict[str, Any]
) -> dict[str, dict[str, Any]]:
    """Give those of the episodes that the caller reaches, by id, with what a notice may say of their households."""
    found = await session.execute(text(_EPISODES.format(reach=reach)), values | {"ids": list(ids)})
    return {row["episode_id"]: dict(row) for row in found.mappings()}


async def notice(session: AsyncSession, notice_id: UUID, *, lock: bool = False) -> Notice | None:
    """Give a notice, or None."""
    return await session.get(Notice, notice_id, with_for_update=lock or None, populate_existing=True)


async def prints(session: AsyncSession, notice_id: UUID) -> list[NoticePrint]:
    """Give who was given the page of a notice, the first first."""
    found = select(NoticePrint).where(NoticePrint.notice_id == notice_id).order_by(col(NoticePrint.id))
    return list((await session.execute(found)).scalars())


async def page(session: AsyncSession, conditions: Sequence[str], values: dict[str, Any]) -> list[Notice]:
    """Give notices, newest first."""
    statement = text(f"SELECT n.* FROM notice n WHERE {' AND '.join(conditions)} ORDER BY n.id DESC LIMIT :limit")
    found = await session.execute(statement, values)
    return [Notice.model_validate(dict(row)) for row in found.mappings()]
