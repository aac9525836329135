"""Queries of the four statuses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from registry.guarantees.tables import GuaranteeStatus

# The household says which of its guarantees are not safe, for the rules.
_UNSAFE = """
UPDATE household SET unsafe_statuses = ARRAY(
    SELECT kind FROM guarantee_status s
    WHERE s.household_id = household.id AND s.superseded_at IS NULL AND NOT s.is_safe ORDER BY kind)
WHERE id = :id
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


async def current(session: AsyncSession, household_id: UUID) -> dict[str, bool]:
    """Give the current statuses that are known: True is safe."""
    result = await session.execute(
        select(GuaranteeStatus.kind, GuaranteeStatus.is_safe).where(
            GuaranteeStatus.household_id == household_id, col(GuaranteeStatus.superseded_at).is_(None)
        )
    )
    return {row.kind: row.is_safe for row in result}
