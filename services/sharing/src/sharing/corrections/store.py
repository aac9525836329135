"""Queries of corrections."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from servicekit.auth import Principal
from sharing.corrections.schemas import CorrectionQuery
from sharing.corrections.tables import Correction

_OPEN = "state = 'open'"
_SEEN = """
SELECT c.*, f.rule_id, f.period, f.household_id, f.person_id, f.area_code,
    ARRAY(SELECT d.id FROM delivery d WHERE d.id = ANY(f.deliveries) AND d.dataset = c.dataset
          ORDER BY d.commit_seq) AS deliveries
FROM correction c JOIN finding f USING (finding_id)
"""
# Corrected, if the department has delivered for the place since it was asked; else something else took the ground away:
# another department's data, the policy, the register.
_CLOSE = """
UPDATE correction c SET closed_at = :at, changed_at = :at, version = c.version + 1,
    state = CASE WHEN f.withdrawn_by <> 'register' AND EXISTS (
        SELECT FROM delivery d WHERE d.dataset = c.dataset AND d.state = 'committed'
          AND coalesce(d.decided_at, d.closed_at) > c.asked_at
          AND d.area_code IN (SELECT rpad(left(f.area_code, n), 12, '0') FROM unnest(ARRAY[2, 4, 6, 9, 12]) AS n)
    ) THEN 'corrected' ELSE 'moot' END
FROM finding f WHERE c.state = 'open' AND f.finding_id = c.finding_id AND f.withdrawn_at IS NOT NULL
RETURNING c.id
"""
# The newest month after the finding's that was compared as a whole with data that the department delivered since it
# was asked, of which nothing was missing, and to which the rule was applied: it no longer says the same of household
# and person.
_CLOSE_OUTGROWN = """
WITH later AS (
    SELECT c.id, max(t.period) AS period
    FROM correction c JOIN finding f USING (finding_id)
    JOIN delivery d ON d.dataset = c.dataset AND d.state = 'committed' AND d.period > f.period
        AND coalesce(d.decided_at, d.closed_at) > c.asked_at
        AND d.area_code IN (SELECT rpad(left(f.area_code, n), 12, '0') FROM unnest(ARRAY[2, 4, 6, 9, 12]) AS n)
    JOIN township_coverage t ON t.area_code = rpad(left(f.area_code, 9), 12, '0') AND t.period > f.period
        AND t.told_at > coalesce(d.decided_at, d.closed_at) AND t.rules -> f.rule_id ->> 'status' <> 'not_evaluated'
        AND NOT EXISTS (
            SELECT FROM jsonb_to_recordset(t.rules -> f.rule_id -> 'gaps') AS g (dataset text, is_blocking bool)
            WHERE g.is_blocking OR g.dataset = c.dataset)
    WHERE c.state = 'open' AND f.withdrawn_at IS NULL
    GROUP BY c.id
)
UPDATE correction c SET closed_at = :at, changed_at = :at, version = c.version + 1, state = 'corrected'
FROM later, finding f
WHERE c.id = later.id AND c.state = 'open' AND f.finding_id = c.finding_id AND NOT EXISTS (
    SELECT FROM finding g WHERE g.household_id = f.household_id AND g.rule_id = f.rule_id AND g.period = later.period
      AND g.person_id IS NOT DISTINCT FROM f.person_id AND g.withdrawn_at IS NULL)
RETURNING c.id
"""


async def add(session: AsyncSession, correction: Correction) -> bool:
    """Keep a new correction; tell whether there was no open one of its finding and dataset."""
    added = await session.execute(
        insert(Correction)
        .values(**correction.model_dump())
        .on_conflict_do_nothing(index_elements=["finding_id", "dataset"], index_where=text(_OPEN))
        .returning(col(Correction.id))
    )
    return added.first() is not None


async def open_id(session: AsyncSession, correction: Correction) -> str | None:
    """Give the open correction of the same finding and dataset."""
    found = await session.execute(
        select(Correction.id).where(
            col(Correction.finding_id) == correction.finding_id,
            col(Correction.dataset) == correction.dataset,
            text(_OPEN),
        )
    )
    return found.scalar_one_or_none()


async def lock(session: AsyncSession, correction_id: str) -> Correction:
    """Give a correction that is known to be there, locked until the transaction ends."""
    return await session.get_one(Correction, correction_id, with_for_update=True, populate_existing=True)


async def seen(session: AsyncSession, correction_id: str) -> dict[str, Any] | None:
    """Give a correction with what its finding says of it; None when there is none."""
    found = await session.execute(text(f"{_SEEN} WHERE c.id = :id"), {"id": correction_id})
    row = found.mappings().first()
    return dict(row) if row else None


async def page(
    session: AsyncSession, principal: Principal, wanted: CorrectionQuery, before: str | None, limit: int
) -> list[dict[str, Any]]:
    """Give corrections of the caller's areas and department, the newest first.

    Args:
        principal: The caller within `wanted.area`.
    """
    scope, parameters = principal.area_clause("f.area_code")
    where, values = [scope], dict[str, Any](parameters)
    for condition, name, value in (
        ("c.department = :own_department", "own_department", principal.department and principal.department.value),
        ("c.department = :department", "department", wanted.department and wanted.department.value),
        ("c.dataset = :dataset", "dataset", wanted.dataset),
        ("c.state = :state", "state", wanted.state),
        ("f.household_id = :household_id", "household_id", wanted.household_id),
        ("c.finding_id = :finding_id", "finding_id", wanted.finding_id),
        ("c.changed_at >= :changed_since", "changed_since", wanted.changed_since),
        ("c.id < :before", "before", before),
    ):
        if value is not None:
            where.append(condition)
            values[name] = value
    found = await session.execute(
        text(f"{_SEEN} WHERE {' AND '.join(where)} ORDER BY c.id DESC LIMIT :limit"), values | {"limit": limit}
    )
    return [dict(row) for row in found.mappings()]


async def close_withdrawn(session: AsyncSession, at: datetime) -> int:
    """Close open corrections whose finding was withdrawn; give how many."""
    return len((await session.execute(text(_CLOSE), {"at": at})).all())


async def close_outgrown(session: AsyncSession, at: datetime) -> int:
    """Close open corrections that a later month of the department does not bear out; give how many."""
    return len((await session.execute(text(_CLOSE_OUTGROWN), {"at": at})).all())
