"""The feed: alerts in the order of commits."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from alerts.feed import store
from alerts.feed.rules import SOURCE, AlertFilter, Alerting, FeedItem, NewAlert, NewCap, NewDutyAlert, NewGapAlert
from servicekit import clock
from servicekit.db import Database
from servicekit.failpoints import failpoint_async
from servicekit.ids import new_id

__all__ = [
    "SOURCE", "AlertFilter", "Alerting", "FeedItem", "NewAlert", "NewCap", "NewDutyAlert", "NewGapAlert", "append",
    "head", "notify_readers", "read",
]  # fmt: skip


async def append(session: AsyncSession, alerts: Sequence[Alerting]) -> int:
    """Put alerts into the feed and the outbox; give the position before them.

    Takes the feed's lock, which everybody who publishes waits for, until the transaction ends.
    """
    last = await store.lock_feed(session)
    placed = [alert.published(new_id(), position) for position, alert in enumerate(alerts, start=last + 1)]
    await store.insert_alerts(session, placed, clock.now())
    await failpoint_async("alerts.positions_given")
    return last


async def notify_readers(session: AsyncSession) -> None:
    """Wake the streams once the transaction commits."""
    await store.notify_readers(session)


async def read(database: Database, wanted: AlertFilter, after: int, limit: int) -> tuple[list[FeedItem], int]:
    """Give at most `limit` alerts after a position, in order, and the position to go on from."""
    return await store.read(database, wanted, after, limit)


async def head(session: AsyncSession) -> int:
    """Give the newest position; 0 for an empty feed."""
    return await store.last_position(session)
