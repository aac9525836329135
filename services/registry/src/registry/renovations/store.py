"""Queries of renovations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from registry.households.service import path_of
from registry.renovations.rules import RUNNING_SQL
from registry.renovations.tables import Renovation, RenovationStep, RenovationTarget

LATE = f"(r.due_on < :today AND r.stage IN ({RUNNING_SQL}))"
_COLUMNS = ", ".join(
    f"r.{name}" for name in Renovation.model_fields if name not in ("id", "household_id")
)  # fmt: skip
_FROM = "FROM renovation r JOIN household h ON h.id = r.household_id WHERE "
_SHOWN = f"""
SELECT CAST(r.id AS text) AS id, CAST(r.household_id AS text) AS household_id, h.village_code AS area_code,
    {LATE} AS is_late, {_COLUMNS}
{_FROM}"""
# What is further on has passed the stages before; what was cancelled counts nowhere.
_COUNTED = f"""
SELECT left(h.village_code, 9) || '000' AS area_code, r.kind, count(*) AS listed, count(r.approved_on) AS approved,
    count(r.started_on) AS started, count(r.finished_on) AS finished, count(r.accepted_on) AS accepted,
    count(*) FILTER (WHERE {LATE}) AS late, coalesce(sum(r.subsidy), 0) AS subsidy
{_FROM}r.year = :year AND r.cancelled_because IS NULL AND """
_TARGETS = """
SELECT DISTINCT ON (t.county_code) t.targets FROM renovation_target t
WHERE t.year = :year ORDER BY t.county_code, t.version DESC
"""
_PATHS = f"SELECT n.code, {path_of('n.code')} AS path FROM unnest(CAST(:codes AS text[])) AS n (code)"


async def page(
    session: AsyncSession, conditions: Sequence[str], values: Mapping[str, Any], *, today: date, limit: int
) -> Sequence[RowMapping]:
    """Give renovations `r` of households `h` as they are shown, in order of their ids (time-ordered)."""
    query = text(f"{_SHOWN}{' AND '.join(conditions)} ORDER BY r.id LIMIT :limit")
    return (await session.execute(query, {**values, "today": today, "limit": limit})).mappings().all()


async def total(session: AsyncSession, conditions: Sequence[str], values: Mapping[str, Any], *, today: date) -> int:
    """Count renovations `r` of households `h`."""
    query = text(f"SELECT count(*) {_FROM}{' AND '.join(conditions)}")
    used = {name: value for name, value in {**values, "today": today}.items() if f":{name}" in str(query)}
    return int((await session.execute(query, used)).scalar_one())


async def one(session: AsyncSession, renovation_id: UUID, *, lock: bool = False) -> Renovation | None:
    """Give a renovation, or None."""
    return await session.get(Renovation, renovation_id, with_for_update=lock or None, populate_existing=True)


async def is_known(session: AsyncSession, household_id: UUID, kind: str, year: int) -> bool:
    """Tell whether a household has one of a kind and year."""
    known = select(Renovation.id).where(
        Renovation.household_id == household_id, Renovation.kind == kind, Renovation.year == year
    )
    return (await session.execute(known)).first() is not None


async def steps(session: AsyncSession, renovation_id: UUID) -> list[RenovationStep]:
    """Give what became of a renovation, in order."""
    of_it = select(RenovationStep).where(RenovationStep.renovation_id == renovation_id)
    return list((await session.execute(of_it.order_by(col(RenovationStep.version)))).scalars())


async def counts(
    session: AsyncSession, condition: str, values: Mapping[str, Any], *, year: int, today: date
) -> Sequence[RowMapping]:
    """Count a year's renovations by township and kind."""
    query = text(f"{_COUNTED}{condition} GROUP BY 1, 2")
    return (await session.execute(query, {**values, "year": year, "today": today})).mappings().all()


async def targets_of(session: AsyncSession, county: str, year: int) -> RenovationTarget | None:
    """Give the newest targets of a county's year, or None."""
    newest = (
        select(RenovationTarget)
        .where(RenovationTarget.county_code == county, RenovationTarget.year == year)
        .order_by(col(RenovationTarget.version).desc())
        .limit(1)
    )
    return (await session.execute(newest)).scalars().first()


async def targets(session: AsyncSession, year: int) -> list[dict[str, dict[str, int]]]:
    """Give the targets of every county for a year."""
    return list((await session.execute(text(_TARGETS), {"year": year})).scalars())


async def paths(session: AsyncSession, codes: Sequence[str]) -> dict[str, list[str]]:
    """Give the names that lead to areas."""
    found = await session.execute(text(_PATHS), {"codes": list(codes)})
    return {row.code: row.path for row in found}
