"""The log of attempts: what was sent to a webhook, when, and how it was taken. No body, no secret, nobody's data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, text
from sqlalchemy.ext.asyncio import AsyncSession

from servicekit.db import execute

MOST_COUNTED = 10_000
_WANTED = (
    "subscription_id = CAST(:id AS uuid)"
    " AND (CAST(:is_taken AS boolean) IS NULL"
    "   OR (coalesce(status, 0) BETWEEN 200 AND 299) = CAST(:is_taken AS boolean))"
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One POST. `position` is None for a test event, which is not of the feed."""

    subscription_id: str
    event_id: str
    event_type: str
    position: int | None
    at: datetime
    status: int | None
    error: str | None
    duration_ms: int


async def record(session: AsyncSession, attempts: Sequence[Attempt]) -> None:
    """Write what was posted, whatever became of the delivery meanwhile; one statement."""
    await execute(
        session,
        "INSERT INTO webhook_attempt (subscription_id, event_id, event_type, position, attempted_at, status, error,"
        "   duration_ms)"
        " SELECT * FROM unnest(CAST(:subscriptions AS uuid[]), CAST(:events AS uuid[]), CAST(:types AS text[]),"
        "   CAST(:positions AS bigint[]), CAST(:ats AS timestamptz[]), CAST(:statuses AS int[]),"
        "   CAST(:errors AS text[]), CAST(:took AS int[]))",
        {
            "subscriptions": [attempt.subscription_id for attempt in attempts],
            "events": [attempt.event_id for attempt in attempts],
            "types": [attempt.event_type for attempt in attempts],
            "positions": [attempt.position for attempt in attempts],
            "ats": [attempt.at for attempt in attempts],
            "statuses": [attempt.status for attempt in attempts],
            "errors": [attempt.error for attempt in attempts],
            "took": [attempt.duration_ms for attempt in attempts],
        },
    )


async def page(
    session: AsyncSession, subscription_id: str, *, is_taken: bool | None, before: int | None, limit: int
) -> list[dict[str, Any]]:
    """Give a page of a subscription's attempts, the newest first."""
    result = await session.execute(
        text(
            "SELECT id, event_id::text AS event_id, event_type, position, attempted_at, status, error, duration_ms"
            f" FROM webhook_attempt WHERE {_WANTED}"
            "   AND (CAST(:before AS bigint) IS NULL OR id < CAST(:before AS bigint))"
            " ORDER BY id DESC LIMIT :limit"
        ),
        {"id": subscription_id, "is_taken": is_taken, "before": before, "limit": limit},
    )
    return [dict(row) for row in result.mappings()]


async def count(session: AsyncSession, subscription_id: str, *, is_taken: bool | None) -> int:
    """Give how many attempts there are; one more than `MOST_COUNTED` where there are more."""
    result = await session.execute(
        text(f"SELECT count(*) FROM (SELECT 1 FROM webhook_attempt WHERE {_WANTED} LIMIT :most) t"),
        {"id": subscription_id, "is_taken": is_taken, "most": MOST_COUNTED + 1},
    )
    return int(result.scalar_one())


async def prune(session: AsyncSession, older_than: datetime) -> int:
    """Forget attempts that were made before; give their number."""
    result = await session.execute(
        text("DELETE FROM webhook_attempt WHERE attempted_at < :older"), {"older": older_than}
    )
    return max(cast("CursorResult[Any]", result).rowcount, 0)
