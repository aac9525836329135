"""Queries of the four statuses."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from registry.guarantees.tables import GuaranteeClaim, GuaranteeStatus

# The household says which guarantees a visit found unsafe, for the rules: departments' data they read themselves.
_UNSAFE = """
UPDATE household SET unsafe_statuses = ARRAY(
    SELECT kind FROM guarantee_status s
    WHERE s.household_id = household.id AND s.superseded_at IS NULL AND NOT s.is_safe ORDER BY kind)
WHERE id = :id
"""

_TOLD = """
jsonb_to_recordset(CAST(:told AS jsonb)) AS t (household_id uuid, source text, kind text, department text,
    is_safe boolean, checked_on date, detail jsonb, at timestamptz)
"""
# A household that ended keeps the statuses that it had. Locked, because versions are counted.
_ACTIVE = f"""
SELECT id FROM household WHERE id IN (SELECT household_id FROM {_TOLD}) AND status = 'active' ORDER BY id
FOR NO KEY UPDATE
"""
_REPLACE = f"""
UPDATE guarantee_claim c SET superseded_at = t.at, withdrawn_at = CASE WHEN t.is_safe IS NULL THEN t.at END
FROM {_TOLD}
WHERE c.household_id = t.household_id AND c.source = t.source AND c.superseded_at IS NULL AND c.household_id = ANY(:ids)
"""
_CLAIM = f"""
INSERT INTO guarantee_claim
    (household_id, source, version, kind, department, is_safe, checked_on, detail, recorded_at)
SELECT t.household_id, t.source, 1 + (SELECT count(*) FROM guarantee_claim c
                                      WHERE c.household_id = t.household_id AND c.source = t.source),
    t.kind, t.department, t.is_safe, t.checked_on, t.detail, t.at
FROM {_TOLD}
WHERE t.is_safe IS NOT NULL AND t.household_id = ANY(:ids)
"""


async def record(
    session: AsyncSession, household_id: UUID, found: Mapping[str, Mapping[str, Any]], *, at: datetime, by: str
) -> None:
    """Write the next versions of the kinds.

    A check that happened before the current one is kept as superseded from the start: it was told late.

    Args:
        found: What was seen, as columns, by kind.
    """
    versions: dict[str, int] = {}
    current: dict[str, GuaranteeStatus] = {}
    for row in await history(session, household_id):
        versions[row.kind] = max(row.version, versions.get(row.kind, 0))
        if row.superseded_at is None:
            current[row.kind] = row
    late = {kind for kind in current.keys() & found.keys() if found[kind]["checked_on"] < current[kind].checked_on}
    for kind in current.keys() & found.keys() - late:
        current[kind].superseded_at = at
    await session.flush()  # before the next versions: one of a kind is current at any time
    session.add_all(
        GuaranteeStatus(
            household_id=household_id,
            kind=kind,
            version=versions.get(kind, 0) + 1,
            recorded_at=at,
            recorded_by=by,
            superseded_at=at if kind in late else None,
            **columns,
        )
        for kind, columns in found.items()
    )
    await session.flush()
    await session.execute(text(_UNSAFE), {"id": household_id})


async def history(session: AsyncSession, household_id: UUID) -> list[GuaranteeStatus]:
    """Give every version, newest first."""
    result = await session.execute(
        select(GuaranteeStatus)
        .where(GuaranteeStatus.household_id == household_id)
        .order_by(col(GuaranteeStatus.kind), col(GuaranteeStatus.version).desc())
    )
    return list(result.scalars())


async def claims(session: AsyncSession, household_id: UUID) -> list[GuaranteeClaim]:
    """Give every version of what departments' data say, newest first."""
    result = await session.execute(
        select(GuaranteeClaim)
        .where(GuaranteeClaim.household_id == household_id)
        .order_by(col(GuaranteeClaim.kind), col(GuaranteeClaim.source), col(GuaranteeClaim.version).desc())
    )
    return list(result.scalars())


async def take_claims(session: AsyncSession, told: Sequence[Mapping[str, Any]]) -> None:
    """Keep what departments' data say, one thing a household and source; `is_safe` of None takes it back.

    Args:
        told: Columns of the table as JSON knows them, with `at`: when it was said.
    """
    values: dict[str, Any] = {"told": json.dumps(list(told), ensure_ascii=False)}
    values["ids"] = [row.id for row in await session.execute(text(_ACTIVE), values)]
    await session.execute(text(_REPLACE), values)
    await session.execute(text(_CLAIM), values)
