"""Queries of the four statuses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from registry.guarantees.tables import GuaranteeStatus

Row = tuple[str, bool, date, str | None]


async def record(session: AsyncSession, household_id: str, rows: Sequence[Row], *, at: datetime, by: str) -> None:
    """Supersede the current versions of the kinds and write the next ones, in two statements."""
    kinds, safe, checked, notes = (list(column) for column in zip(*rows, strict=True))
    await session.execute(
        text(
            "UPDATE guarantee_status SET superseded_at = :at WHERE household_id = CAST(:household AS uuid)"
            " AND kind = ANY(CAST(:kinds AS text[])) AND superseded_at IS NULL"
        ),
        {"at": at, "household": household_id, "kinds": kinds},
    )
    await session.execute(
        text(
            "INSERT INTO guarantee_status (household_id, kind, version, is_safe, checked_on, note, recorded_at,"
            " recorded_by) SELECT CAST(:household AS uuid), n.kind,"
            " COALESCE((SELECT max(g.version) FROM guarantee_status g WHERE g.household_id = CAST(:household AS uuid)"
            " AND g.kind = n.kind), 0) + 1, n.is_safe, n.checked_on, n.note, :at, :by"
            " FROM unnest(CAST(:kinds AS text[]), CAST(:safe AS boolean[]), CAST(:checked AS date[]),"
            " CAST(:notes AS text[])) AS n (kind, is_safe, checked_on, note)"
        ),
        {
            "household": household_id,
            "kinds": kinds,
            "safe": safe,
            "checked": checked,
            "notes": notes,
            "at": at,
            "by": by,
        },
    )


async def history(session: AsyncSession, household_id: str) -> list[GuaranteeStatus]:
    """Give every version, newest first."""
    result = await session.execute(
        select(GuaranteeStatus)
        .where(GuaranteeStatus.household_id == household_id)
        .order_by(col(GuaranteeStatus.kind), col(GuaranteeStatus.version).desc())
    )
    return list(result.scalars())


async def current(session: AsyncSession, household_id: str) -> dict[str, bool]:
    """Give the current statuses that are known: True is safe."""
    result = await session.execute(
        select(GuaranteeStatus.kind, GuaranteeStatus.is_safe).where(
            GuaranteeStatus.household_id == household_id, col(GuaranteeStatus.superseded_at).is_(None)
        )
    )
    return {row.kind: row.is_safe for row in result}
