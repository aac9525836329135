"""Queries of targets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from alerts.targets.schemas import TargetQuery
from alerts.targets.tables import Target, TargetVersion
from servicekit.auth import Principal

_STATES = {
    "proposed": "t.proposed IS NOT NULL",
    "standing": "t.standing IS NOT NULL",
    "rejected": "t.proposed IS NULL AND t.standing IS NULL",
}
# What was never approved, and waits for nothing, stands in nobody's way.
_SAME = """
SELECT 1 FROM target t
WHERE t.area_code = :area_code AND t.indicator = :indicator AND t.measure = :measure AND t.against = :against
  AND t.against_series IS NOT DISTINCT FROM :against_series AND t.against_area IS NOT DISTINCT FROM :against_area
  AND t.against_years_back = :against_years_back
  AND t.first_on <= :last_on AND t.last_on >= :first_on
  AND (t.standing IS NOT NULL OR t.proposed IS NOT NULL)
LIMIT 1
"""


async def get(session: AsyncSession, target_id: str, *, lock: bool = False) -> Target | None:
    """Give a target, locked until the transaction ends if it is to be changed."""
    return await session.get(Target, target_id, with_for_update=lock, populate_existing=lock)


async def versions(session: AsyncSession, target_ids: Sequence[str]) -> dict[str, list[TargetVersion]]:
    """Give the versions of targets, each one's newest first."""
    found = await session.execute(
        select(TargetVersion)
        .where(col(TargetVersion.target_id).in_(target_ids))
        .order_by(col(TargetVersion.target_id), col(TargetVersion.version).desc())
    )
    of: dict[str, list[TargetVersion]] = {}
    for version in found.scalars():
        of.setdefault(version.target_id, []).append(version)
    return of


async def has_same(session: AsyncSession, target: Target) -> bool:
    """Tell whether there is another one of the same at that time; who asks is alone until the transaction ends."""
    name = f"target {target.area_code} {target.indicator}"
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})
    values = target.model_dump(
        include={
            "area_code", "indicator", "measure", "against", "against_series", "against_area", "against_years_back",
            "first_on", "last_on",
        }
    )  # fmt: skip
    return (await session.execute(text(_SAME), values)).first() is not None


async def page(
    session: AsyncSession, principal: Principal, wanted: TargetQuery, *, before: str | None, limit: int
) -> tuple[list[Target], int]:
    """Give targets of the caller's areas and department, the newest first, and how many there are."""
    scope, parameters = principal.within(wanted.area).area_clause("t.area_code")
    where, values = [scope], dict[str, Any](parameters)
    for name, department in (("own_department", principal.department), ("department", wanted.department)):
        if department is not None:
            where.append(f"t.department = :{name}")
            values[name] = department.value
    for name in ("indicator", "period"):
        value = getattr(wanted, name)
        if value is not None:
            where.append(f"t.{name} = :{name}")
            values[name] = value
    if wanted.state is not None:
        where.append(_STATES[wanted.state])
    condition = " AND ".join(where)
    number = await session.execute(text(f"SELECT count(*) FROM target t WHERE {condition}"), values)
    if before is not None:
        condition += " AND t.id < CAST(:before AS uuid)"
        values["before"] = before
    query = text(f"SELECT t.* FROM target t WHERE {condition} ORDER BY t.id DESC LIMIT :limit")
    found = await session.execute(select(Target).from_statement(query.bindparams(**values, limit=limit)))
    return list(found.scalars()), int(number.scalar_one())
