"""The clock's statement."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from alerts.feed.service import NewAlert
from contracts.vocabulary import AlertKind


async def late_households(session: AsyncSession, now: datetime, limit: int) -> dict[str, str]:
    """Give households (id -> area) of open clues past their due date that nobody was told of yet."""
    result = await session.execute(
        text(
            "SELECT household_id, area_code FROM clue WHERE is_open AND NOT is_overdue AND due_at < :now"
            " ORDER BY due_at LIMIT :limit"
        ),
        {"now": now, "limit": limit},
    )
    return {row.household_id: row.area_code for row in result}


async def flag_overdue(session: AsyncSession, household_ids: list[str], now: datetime) -> list[NewAlert]:
    """Flag the late clues of locked households and send them to the county; give their alerts. The state stays."""
    result = await session.execute(
        text(
            "UPDATE clue SET is_overdue = true, escalated_to = left(area_code, 6) || '000000', version = version + 1,"
            "   updated_at = :now"
            " WHERE household_id = ANY(CAST(:ids AS text[])) AND is_open AND NOT is_overdue AND due_at < :now"
            " RETURNING id::text AS clue_id, household_id, area_code, risk_type, severity, state, rule_ids,"
            "   latest_period AS period, due_at, raised_at"
        ),
        {"ids": household_ids, "now": now},
    )
    late = [NewAlert(kind=AlertKind.OVERDUE, **row) for row in result.mappings()]
    return sorted(late, key=lambda alert: (alert.due_at, alert.clue_id))
