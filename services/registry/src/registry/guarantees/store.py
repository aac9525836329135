"""Queries of the four statuses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from registry.guarantees.tables import GuaranteeStatus


async def record(
    session: AsyncSession, household_id: UUID, found: Mapping[str, Mapping[str, Any]], *, at: datetime, by: str
) -> None:
    """Supersede the current versions of the kinds and write the next ones.

    Args:
        found: What was seen, as columns, by kind.
    """
    newest = {row.kind: row for row in reversed(await history(session, household_id))}
    for kind in newest.keys() & found.keys():
        newest[kind].superseded_at = at
    await session.flush()  # before the next versions: one of a kind is current at any time
    session.add_all(
        GuaranteeStatus(
            household_id=household_id,
            kind=kind,
            version=newest[kind].version + 1 if kind in newest else 1,
            recorded_at=at,
            recorded_by=by,
            **columns,
        )
        for kind, columns in found.items()
    )
    await session.flush()


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
