"""Queries of policy gaps."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from alerts.directory import service as directory
from alerts.gaps.schemas import GapQuery
from alerts.gaps.tables import GapStep, PolicyGap
from servicekit.auth import Principal
from servicekit.db import any_of, array_text

# Findings that hold for a clue; what is owed already is left out: the month after shows it again.
_GROUNDS = f"""
SELECT c.id::text AS clue_id, c.household_id, c.area_code, c.risk_type, c.severity, c.state, s.rule_id, s.person_id,
    s.department, s.is_policy_gap
FROM clue c LEFT JOIN clue_source s
    ON s.clue_id = c.id AND NOT s.is_suppressed AND s.withdrawn_at IS NULL AND s.rule_id IS NOT NULL
WHERE c.id = {any_of("ids", "uuid")} ORDER BY c.id, s.id
"""
_WAITING = f"""
SELECT c.household_id, c.risk_type, g.department, g.rule_id, g.person_id
FROM policy_gap g JOIN clue c ON c.id = g.clue_id
WHERE c.household_id = {any_of("ids")} AND (g.state IN ('open', 'returned') OR c.id = {any_of("clues", "uuid")})
"""
_FOLLOWED = f"""
SELECT g.id::text AS id, coalesce(h.status, 'active') = 'active' AND EXISTS (
        SELECT FROM clue_source s WHERE s.clue_id = g.clue_id AND s.withdrawn_at IS NULL
          AND (g.rule_id IS NULL OR (s.rule_id = g.rule_id AND s.person_id IS NOT DISTINCT FROM g.person_id))
    ) AS stands,
    d.household_id IS DISTINCT FROM c.household_id AS is_joined
FROM policy_gap g JOIN clue c ON c.id = g.clue_id LEFT JOIN household h ON h.household_id = c.household_id
    LEFT JOIN duty d ON d.id = 'G01-' || g.id
WHERE c.household_id = {any_of("ids")} AND g.state <> 'closed' ORDER BY g.id
"""
# A grant that the department's own data contradict: of a month that began after it was said they show the same again.
# Of several grants of one thing the newest counts, and none while it is waited for.
_CONTRADICTED = f"""
SELECT DISTINCT ON (c.household_id, c.risk_type, g.department, g.rule_id, g.person_id) g.id::text AS id
FROM policy_gap g JOIN clue c ON c.id = g.clue_id
WHERE c.household_id = {any_of("ids")} AND g.state = 'closed' AND g.result = 'granted'
  AND EXISTS (
    SELECT FROM clue_source s WHERE s.household_id = c.household_id AND s.rule_id = g.rule_id
      AND s.person_id IS NOT DISTINCT FROM g.person_id AND s.withdrawn_at IS NULL AND NOT s.is_suppressed
      AND s.period > to_char(greatest(g.granted_on, g.answered_on), 'YYYY-MM'))
  AND NOT EXISTS (
    SELECT FROM policy_gap o JOIN clue k ON k.id = o.clue_id
    WHERE k.household_id = c.household_id AND k.risk_type = c.risk_type AND o.department = g.department
      AND o.rule_id = g.rule_id AND o.person_id IS NOT DISTINCT FROM g.person_id AND o.state IN ('open', 'returned'))
ORDER BY c.household_id, c.risk_type, g.department, g.rule_id, g.person_id, g.id DESC
"""
# Clues that were left to policy alone before anybody here opened gaps.
_ASTRAY = """
SELECT c.id::text AS id, c.household_id, c.area_code FROM clue c
WHERE c.state = 'confirmed_policy' AND c.ground_gone_at IS NULL
  AND NOT EXISTS (SELECT FROM policy_gap g WHERE g.clue_id = c.id)
  AND NOT EXISTS (SELECT FROM household h WHERE h.household_id = c.household_id AND h.status <> 'active')
  AND c.id > CAST(:after AS uuid)
ORDER BY c.id LIMIT :limit
"""
_UUIDS = ("id", "clue_id")
_OWN = ", ".join(f"g.{name}::text AS {name}" if name in _UUIDS else f"g.{name}" for name in PolicyGap.model_fields)
_SEEN = (
    f"{_OWN}, c.household_id, c.area_code, c.risk_type, c.severity,"
    " CASE g.state WHEN 'open' THEN 'G01-' || g.id WHEN 'returned' THEN 'G02-' || g.id END AS duty_id"
)


async def grounds(session: AsyncSession, clue_ids: Collection[str]) -> Sequence[Any]:
    """Give clues with the findings that hold for them, one row each; without any there is one row with nulls."""
    return (await session.execute(text(_GROUNDS), {"ids": array_text(sorted(clue_ids))})).all()


async def waiting(
    session: AsyncSession, household_ids: Collection[str], clue_ids: Collection[str]
) -> set[tuple[str, str, str, str | None, str | None]]:
    """Give what households wait for already, or had for these clues: household, risk, department, rule, person."""
    values = {"ids": array_text(sorted(household_ids)), "clues": array_text(sorted(clue_ids))}
    rows = (await session.execute(text(_WAITING), values)).all()
    return {(row.household_id, row.risk_type, row.department, row.rule_id, row.person_id) for row in rows}


async def followed(session: AsyncSession, household_ids: Collection[str]) -> Sequence[Any]:
    """Give the gaps of households that are not closed: `id`, `stands`, and `is_joined` where the household is not
    the one that their duty names."""
    return (await session.execute(text(_FOLLOWED), {"ids": array_text(sorted(household_ids))})).all()


async def contradicted(session: AsyncSession, household_ids: Collection[str]) -> list[str]:
    """Give the gaps of households that were granted, though the department's data of a later month show them again."""
    return list((await session.execute(text(_CONTRADICTED), {"ids": array_text(sorted(household_ids))})).scalars())


async def astray(session: AsyncSession, after: str, limit: int) -> Sequence[Any]:
    """Give clues (id, household, area) after an id that have no gap though they were left to policy alone."""
    return (await session.execute(text(_ASTRAY), {"after": after, "limit": limit})).all()


async def get(session: AsyncSession, gap_id: str) -> PolicyGap:
    """Give a gap that is known to be there, as it is now."""
    return await session.get_one(PolicyGap, gap_id, populate_existing=True)


async def seen(session: AsyncSession, gap_id: str) -> dict[str, Any] | None:
    """Give a gap with what its clue says of it; None when there is none."""
    result = await session.execute(
        text(f"SELECT {_SEEN} FROM policy_gap g JOIN clue c ON c.id = g.clue_id WHERE g.id = CAST(:id AS uuid)"),
        {"id": gap_id},
    )
    row = result.mappings().first()
    return dict(row) if row else None


async def steps(session: AsyncSession, gap_id: str) -> list[GapStep]:
    """Give what became of a gap, in order."""
    found = await session.execute(select(GapStep).where(GapStep.gap_id == gap_id).order_by(col(GapStep.version)))
    return list(found.scalars())


async def page(
    session: AsyncSession, principal: Principal, wanted: GapQuery, before: str | None, limit: int
) -> list[dict[str, Any]]:
    """Give gaps of the caller's areas and department, the newest first.

    Args:
        principal: The caller within `wanted.area`.
    """
    scope, parameters = principal.area_clause("c.area_code", directory.in_grid("c.household_id"))
    where, values = [scope], dict[str, Any](parameters)
    if principal.department is not None:
        where.append("g.department = :own_department")
        values["own_department"] = principal.department.value
    for column, value in (
        ("g.department", wanted.department),
        ("g.state", wanted.state),
        ("c.household_id", wanted.household),
    ):
        if value is not None:
            name = column[2:]
            where.append(f"{column} = :{name}")
            values[name] = value
    if before is not None:
        where.append("g.id < CAST(:before AS uuid)")
        values["before"] = before
    result = await session.execute(
        text(
            f"SELECT {_SEEN} FROM policy_gap g JOIN clue c ON c.id = g.clue_id WHERE {' AND '.join(where)}"
            " ORDER BY g.id DESC LIMIT :limit"
        ),
        values | {"limit": limit},
    )
    return [dict(row) for row in result.mappings()]
