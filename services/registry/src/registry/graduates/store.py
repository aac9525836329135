"""Queries of graduates and their plans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from registry.graduates.tables import GraduatePlan

# Of a former poor household, young, and not at school any more.
_GRADUATES = """
person p JOIN household h ON h.id = p.household_id
LEFT JOIN LATERAL (
    SELECT g.made_on FROM graduate_plan g WHERE g.person_id = p.id ORDER BY g.version DESC LIMIT 1) plan ON true
WHERE p.is_active AND h.status = 'active' AND h.hh_type = '1' AND p.school_stage IS NULL
  AND p.education IN ('college', 'bachelor') AND p.birth_date > :born_after AND """
_ROW = """
SELECT p.id::text AS person_id, h.id::text AS household_id, h.hh_no, h.village_code AS area_code, h.grid, p.education,
    p.work_place, p.work_months, p.work_channel, plan.made_on AS planned_on FROM """


async def plans(session: AsyncSession, person_id: UUID) -> list[GraduatePlan]:
    """Give all revisions of a graduate's plan, newest first."""
    result = await session.execute(
        select(GraduatePlan).where(GraduatePlan.person_id == person_id).order_by(col(GraduatePlan.version).desc())
    )
    return list(result.scalars())


async def one(session: AsyncSession, conditions: Sequence[str], values: Mapping[str, Any]) -> Any:
    """Give a graduate, or None; `:born_after`."""
    found = await session.execute(text(f"{_ROW}{_GRADUATES}{' AND '.join(conditions)}"), dict(values))
    return found.mappings().one_or_none()


async def page(
    session: AsyncSession, conditions: Sequence[str], values: Mapping[str, Any]
) -> tuple[Sequence[Any], int]:
    """Give graduates by village, and how many there are; `:born_after`, `:after_area`, `:after` or null, `:limit`."""
    source = _GRADUATES + " AND ".join(conditions)
    count = await session.execute(text(f"SELECT count(*) FROM {source}"), dict(values))
    rows = await session.execute(
        text(
            f"{_ROW}{source} AND (CAST(:after AS uuid) IS NULL"
            " OR (h.village_code, p.id) > (:after_area, CAST(:after AS uuid)))"
            " ORDER BY h.village_code, p.id LIMIT :limit"
        ),
        dict(values),
    )
    return rows.mappings().all(), int(count.scalar_one())
