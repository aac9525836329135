"""The feed's statements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from alerts.feed.rules import AlertFilter, Fact, FeedItem
from contracts.alerts import AlertPublished
from servicekit import locks, outbox
from servicekit.db import Database, copy_rows, execute
from servicekit.tracing import current_traceparent

# The floor is 0 until a restore: a reader that saw more than the backup holds must not wait for its old position.
_HEAD = "SELECT GREATEST((SELECT COALESCE(max(position), 0) FROM alert), (SELECT position FROM feed_floor)) AS position"

_ITEM = (
    "a.position, a.event_id::text, a.kind, a.household_id, a.published_at, a.traceparent,"
    " convert_to(a.data::text, 'UTF8')"
)


async def lock_feed(session: AsyncSession) -> int:
    """Take the feed's lock and give the last position; 0 for an empty feed.

    Whoever has it commits before the next one gets a position, so the order of positions is the order of commits, and
    a reader that has seen position n will never find a smaller one later.
    """
    await locks.lock(session, locks.Lock.FEED)
    # A statement of its own: its snapshot begins after the lock was given.
    return await last_position(session)


async def last_position(session: AsyncSession) -> int:
    """Give the newest position, or the floor where that is higher; 0 for an empty feed."""
    [(position,)] = await (await execute(session, _HEAD)).fetchall()
    return int(position)


async def insert_alerts(session: AsyncSession, alerts: Sequence[Fact], at: datetime) -> None:
    """Store alerts in the feed and in the outbox, with the same id, time and bytes of data."""
    events = [outbox.written(alert, alert.alert_id) for alert in alerts]
    published_at, traceparent = str(at), current_traceparent()
    await copy_rows(
        session,
        "alert",
        (
            {
                "position": alert.position,
                "event_id": alert.alert_id,
                "clue_id": alert.clue_id if isinstance(alert, AlertPublished) else None,
                "household_id": alert.key,
                "area_code": alert.area_code,
                "kind": alert.kind.value,
                "risk_type": alert.risk_type.value if isinstance(alert, AlertPublished) else None,
                "severity": alert.severity.value,
                "published_at": published_at,
                "traceparent": traceparent,
                "data": event.data,
            }
            for alert, event in zip(alerts, events, strict=True)
        ),
    )
    await outbox.add(session, events, at=at)


async def notify_readers(session: AsyncSession) -> None:
    """Wake the streams once the transaction commits: one notification, however many alerts."""
    await execute(session, "SELECT pg_notify('alerts_feed', '')")


async def read(database: Database, wanted: AlertFilter, after: int, limit: int) -> tuple[list[FeedItem], int]:
    """Give at most `limit` alerts after a position, in order, and the position to go on from.

    One statement, one snapshot: the feed's head and the items belong together, so a reader with a narrow filter may
    jump to the head without missing anything.
    """
    clause, parameters = wanted.clause()
    rows = await database.read(
        f"WITH head AS ({_HEAD}),"
        f" items AS (SELECT {_ITEM} FROM alert a WHERE a.position > :after AND {clause}"
        "   ORDER BY a.position LIMIT :limit)"
        " SELECT items.*, head.position FROM head LEFT JOIN items ON true ORDER BY 1",
        {**parameters, "after": after, "limit": limit},
    )
    *_, head = rows[-1]
    items = [FeedItem(position, *rest) for position, *rest, _ in rows if position is not None]
    if len(items) == limit:
        return items, items[-1].position
    return items, max(after, head)
