"""Statements on subscriptions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from alerts.access.service import COVERS_ALERT, MAY_READ
from alerts.subscriptions.tables import Subscription
from servicekit import areas
from servicekit.db import execute

# An alert fits a subscription when it lies in one of its areas and every list names it or is empty.
_FITS = (
    "(cardinality(s.risk_types) = 0 OR a.risk_type = ANY(s.risk_types))"
    " AND (cardinality(s.severities) = 0 OR a.severity = ANY(s.severities))"
    " AND (cardinality(s.kinds) = 0 OR a.kind = ANY(s.kinds))"
    " AND EXISTS (SELECT 1 FROM unnest(s.area_lows, s.area_highs) AS r (low, high)"
    '   WHERE a.area_code >= r.low COLLATE "C" AND a.area_code < r.high COLLATE "C")'
)


async def fan_out(session: AsyncSession, after: int, now: datetime) -> int:
    """Queue the alerts after a position for every active webhook subscription that they fit; one statement."""
    result = await execute(
        session,
        "INSERT INTO webhook_delivery (subscription_id, position, household_id, next_attempt_at, created_at)"
        " SELECT s.id, a.position, a.household_id, :now, :now FROM alert a"
        f" JOIN subscription s ON s.channel = 'webhook' AND s.state = 'active' AND {_FITS}"
        " WHERE a.position > :after ORDER BY a.position",
        {"after": after, "now": now},
    )
    return result.rowcount


async def notify_sender(session: AsyncSession) -> None:
    """Wake the sender once the transaction commits."""
    await execute(session, "SELECT pg_notify('alerts_webhooks', '')")


async def insert(session: AsyncSession, subscription: Subscription) -> None:
    """Store a new subscription."""
    session.add(subscription)
    await session.flush()


async def find(
    session: AsyncSession, subscription_id: str, client_id: str | None, *, lock: bool = False
) -> Subscription | None:
    """Give a client's subscription, or anybody's; deleted ones left out."""
    query = select(Subscription).where(Subscription.id == subscription_id, Subscription.state != "deleted")
    if client_id is not None:
        query = query.where(Subscription.client_id == client_id)
    if lock:
        query = query.with_for_update(key_share=True)  # FOR NO KEY UPDATE: publishers are not held up
    return (await session.execute(query)).scalar_one_or_none()


async def was_deleted(session: AsyncSession, subscription_id: str, client_id: str | None) -> bool:
    """Tell whether a client's subscription, or anybody's, was deleted before."""
    query = select(Subscription.id).where(Subscription.id == subscription_id, Subscription.state == "deleted")
    if client_id is not None:
        query = query.where(Subscription.client_id == client_id)
    return (await session.execute(query)).first() is not None


async def count_of(session: AsyncSession, client_id: str) -> int:
    """Give how many subscriptions a client has."""
    result = await session.execute(
        text("SELECT count(*) FROM subscription WHERE client_id = :client AND state <> 'deleted'"),
        {"client": client_id},
    )
    return int(result.scalar_one())


async def end_pending(session: AsyncSession, subscription_id: str) -> None:
    """End what still waits: nobody will take it."""
    await session.execute(
        text(
            "UPDATE webhook_delivery SET state = 'disabled', lease_id = NULL, leased_until = NULL"
            " WHERE subscription_id = CAST(:id AS uuid) AND state = 'pending'"
        ),
        {"id": subscription_id},
    )


async def end_unwanted(session: AsyncSession, subscription_id: str) -> None:
    """End what waits and does not fit the subscription any more."""
    await session.execute(
        text(
            "UPDATE webhook_delivery d SET state = 'disabled', lease_id = NULL, leased_until = NULL,"
            "   last_error = 'filter_changed'"
            " FROM subscription s, alert a WHERE s.id = CAST(:id AS uuid) AND d.subscription_id = s.id"
            f"   AND d.state = 'pending' AND a.position = d.position AND NOT ({_FITS})"
        ),
        {"id": subscription_id},
    )


async def end_resting(session: AsyncSession, older_than: datetime) -> None:
    """End what has waited for a paused subscription since before: it can be replayed."""
    await session.execute(
        text(
            "UPDATE webhook_delivery d SET state = 'disabled', last_error = 'paused' FROM subscription s"
            " WHERE s.is_paused AND d.subscription_id = s.id AND d.state = 'pending' AND d.created_at < :older"
        ),
        {"older": older_than},
    )


async def end_withdrawn(session: AsyncSession, client_ids: Sequence[str], now: datetime) -> None:
    """Switch off the subscriptions of clients that may not read alerts, and end what waits for areas that are lost."""
    await session.execute(
        text(
            "WITH ended AS ("
            "  UPDATE subscription s SET state = 'disabled', disabled_reason = 'access_withdrawn', updated_at = :now"
            "  FROM client_right r WHERE r.client_id = ANY(:clients) AND s.client_id = r.client_id"
            f"   AND NOT ({MAY_READ}) AND s.state = 'active' RETURNING s.id)"
            " UPDATE webhook_delivery d SET state = 'disabled', lease_id = NULL, leased_until = NULL,"
            "   last_error = 'access_withdrawn' FROM ended WHERE d.subscription_id = ended.id AND d.state = 'pending'"
        ),
        {"clients": list(client_ids), "now": now},
    )
    await session.execute(
        text(
            "UPDATE webhook_delivery d SET state = 'disabled', lease_id = NULL, leased_until = NULL,"
            "   last_error = 'access_withdrawn'"
            " FROM subscription s, client_right r, alert a WHERE r.client_id = ANY(:clients)"
            "   AND s.client_id = r.client_id AND d.subscription_id = s.id AND d.state = 'pending'"
            f"   AND a.position = d.position AND NOT {COVERS_ALERT}"
        ),
        {"clients": list(client_ids)},
    )


async def page_of_all(
    session: AsyncSession, *, client_id: str | None, after: str | None, limit: int
) -> Sequence[Subscription]:
    """Give subscriptions of all clients, or of one, by id; deleted ones left out."""
    query = select(Subscription).where(Subscription.state != "deleted").order_by(col(Subscription.id)).limit(limit)
    if client_id is not None:
        query = query.where(Subscription.client_id == client_id)
    if after is not None:
        query = query.where(col(Subscription.id) > after)
    return list((await session.execute(query)).scalars())


async def replay(
    session: AsyncSession, subscription_id: str, after: int, now: datetime, until: int | None = None
) -> int:
    """Queue everything after a position (and up to another) again, what was delivered included; give how many wait."""
    result = await session.execute(
        text(
            "INSERT INTO webhook_delivery AS d (subscription_id, position, household_id, next_attempt_at, created_at)"
            " SELECT s.id, a.position, a.household_id, :now, :now FROM alert a"
            f" JOIN subscription s ON s.id = CAST(:id AS uuid) AND {_FITS}"
            " WHERE a.position > :after AND a.position <= COALESCE(CAST(:until AS bigint), a.position)"
            " ORDER BY a.position"
            " ON CONFLICT (subscription_id, position) DO UPDATE SET state = 'pending', attempts = 0,"
            "   next_attempt_at = excluded.next_attempt_at, lease_id = NULL, leased_until = NULL"
            " WHERE d.state <> 'pending' OR d.leased_until IS NULL OR d.leased_until < excluded.next_attempt_at"
        ),
        {"id": subscription_id, "after": after, "now": now, "until": until},
    )
    return _count(result)


async def has_delivery(session: AsyncSession, subscription_id: str, position: int) -> bool:
    """Tell whether an event was queued for a subscription."""
    found = await session.execute(
        text("SELECT 1 FROM webhook_delivery WHERE subscription_id = CAST(:id AS uuid) AND position = :position"),
        {"id": subscription_id, "position": position},
    )
    return found.first() is not None


async def deliveries(
    session: AsyncSession, subscription_id: str, *, state: str | None, before: int | None, limit: int
) -> list[dict[str, Any]]:
    """Give a page of deliveries, newest position first."""
    result = await session.execute(
        text(
            "SELECT d.position, a.event_id::text AS webhook_id, a.clue_id::text AS clue_id, d.state, d.attempts,"
            "   CASE WHEN d.state = 'pending' THEN d.next_attempt_at END AS next_attempt_at, d.last_attempt_at,"
            "   d.last_status, d.last_error, d.duration_ms, d.created_at"
            " FROM webhook_delivery d JOIN alert a ON a.position = d.position"
            " WHERE d.subscription_id = CAST(:id AS uuid)"
            "   AND (CAST(:state AS text) IS NULL OR d.state = CAST(:state AS text))"
            "   AND (CAST(:before AS bigint) IS NULL OR d.position < CAST(:before AS bigint))"
            " ORDER BY d.position DESC LIMIT :limit"
        ),
        {"id": subscription_id, "state": state, "before": before, "limit": limit},
    )
    return [dict(row) for row in result.mappings()]


async def prune_deliveries(session: AsyncSession, older_than: datetime) -> int:
    """Delete deliveries that ended and are older; give their number."""
    result = await session.execute(
        text("DELETE FROM webhook_delivery WHERE created_at < :older AND state <> 'pending'"), {"older": older_than}
    )
    return _count(result)


def _count(result: Any) -> int:  # Any: SQLAlchemy types the result of DML as a plain Result
    return max(cast("CursorResult[Any]", result).rowcount, 0)


async def follow_area(session: AsyncSession, code: str, successors: Sequence[str], now: datetime) -> int:
    """Let subscriptions to an area cover those that its households went to; give how many there were.

    What a client may see is looked up with each delivery: a wider subscription gives nobody more than that.
    """
    ranges = [areas.range_of(successor) for successor in successors]
    result = await session.execute(
        text(
            "UPDATE subscription SET areas = areas || n.codes, area_lows = area_lows || n.lows,"
            " area_highs = area_highs || n.highs, updated_at = :now, version = version + 1"
            " FROM (SELECT CAST(:codes AS text[]) AS codes, CAST(:lows AS text[]) AS lows,"
            "   CAST(:highs AS text[]) AS highs) n"
            " WHERE :code = ANY(subscription.areas) AND state <> 'deleted' AND NOT subscription.areas @> n.codes"
            " RETURNING id"
        ),
        {
            "code": code,
            "codes": list(successors),
            "lows": [low for low, _ in ranges],
            "highs": [high for _, high in ranges],
            "now": now,
        },
    )
    return len(result.all())
