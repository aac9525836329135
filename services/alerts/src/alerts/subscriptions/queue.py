"""The sender's statements: record what came of attempts and claim what is due, in one short transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from psycopg.rows import namedtuple_row
from sqlalchemy.ext.asyncio import AsyncSession

from alerts.access.service import COVERS_ALERT, MAY_READ
from alerts.feed import service as feed
from alerts.subscriptions import attempts
from alerts.subscriptions.attempts import Attempt
from alerts.subscriptions.posting import Letter
from alerts.subscriptions.rules import CAUTIOUS_FROM_STREAK, GIVE_UP_AFTER, DeliveryState
from servicekit.db import execute


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery that this sender holds until its lease ends."""

    id: int
    lease_id: str
    subscription_id: str
    client_id: str
    url: str
    secrets: Sequence[str]  # ciphertexts, the newest first
    attempts: int  # made before this one
    area_code: str
    item: feed.FeedItem

    def letter(self) -> Letter:
        """Give what is posted."""
        item = self.item
        return Letter(self.subscription_id, self.url, self.secrets, item.event_id, item.envelope(), item.traceparent)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a claim. `state` None: never attempted, the lease is given back."""

    id: int
    lease_id: str
    state: DeliveryState | None
    next_attempt_at: datetime | None
    attempt: Attempt | None


@dataclass(slots=True)
class EndpointNews:
    """What a turn's attempts say about an endpoint."""

    failures: int = 0
    successes: int = 0
    pause_until: datetime | None = None
    is_gone: bool = False


async def record(session: AsyncSession, results: Sequence[Result]) -> None:
    """Write results and log the attempts.

    A result whose lease was lost meanwhile changes nothing of its delivery: another sender has it.
    """
    await execute(
        session,
        "UPDATE webhook_delivery d SET state = COALESCE(r.state, d.state),"
        "   attempts = d.attempts + CASE WHEN r.state IS NULL THEN 0 ELSE 1 END,"
        "   next_attempt_at = COALESCE(r.next_at, d.next_attempt_at), lease_id = NULL, leased_until = NULL,"
        "   last_attempt_at = COALESCE(r.at, d.last_attempt_at),"
        "   last_status = CASE WHEN r.state IS NULL THEN d.last_status ELSE r.status END,"
        "   last_error = CASE WHEN r.state IS NULL THEN d.last_error ELSE r.error END,"
        "   duration_ms = COALESCE(r.took, d.duration_ms)"
        " FROM unnest(CAST(:ids AS bigint[]), CAST(:leases AS uuid[]), CAST(:states AS text[]),"
        "   CAST(:nexts AS timestamptz[]), CAST(:ats AS timestamptz[]), CAST(:statuses AS int[]),"
        "   CAST(:errors AS text[]), CAST(:took AS int[]))"
        "   AS r (id, lease, state, next_at, at, status, error, took)"
        " WHERE d.id = r.id AND d.lease_id = r.lease AND d.state = 'pending'",
        {
            "ids": [result.id for result in results],
            "leases": [result.lease_id for result in results],
            "states": [result.state.value if result.state else None for result in results],
            "nexts": [result.next_attempt_at for result in results],
            "ats": [result.attempt and result.attempt.at for result in results],
            "statuses": [result.attempt and result.attempt.status for result in results],
            "errors": [result.attempt and result.attempt.error for result in results],
            "took": [result.attempt and result.attempt.duration_ms for result in results],
        },
    )
    made = [result.attempt for result in results if result.attempt is not None]
    if made:
        await attempts.record(session, made)


async def record_endpoints(session: AsyncSession, news: Mapping[str, EndpointNews], now: datetime) -> list[str]:
    """Write what the attempts say about their endpoints; give those that were switched off now.

    An endpoint is switched off when it says that it is gone (410), or when everything failed for five days.
    """
    ids = sorted(news)
    result = await execute(
        session,
        "WITH n AS (SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:failures AS int[]),"
        "     CAST(:successes AS int[]), CAST(:pauses AS timestamptz[]), CAST(:gone AS boolean[]))"
        "     AS n (id, failures, successes, pause, gone)),"
        " kept AS (SELECT n.*,"
        "     CASE WHEN n.successes > 0 THEN NULL ELSE COALESCE(s.failing_since, :now) END AS since"
        "   FROM n JOIN subscription s ON s.id = n.id WHERE s.state = 'active' ORDER BY n.id FOR UPDATE OF s)"
        " UPDATE subscription s SET failing_since = kept.since,"
        "   failure_streak = CASE WHEN kept.successes > 0 THEN 0 ELSE s.failure_streak + kept.failures END,"
        "   paused_until = GREATEST(s.paused_until, kept.pause),"
        "   state = CASE WHEN kept.gone OR kept.since <= :give_up THEN 'disabled' ELSE s.state END,"
        "   disabled_reason = CASE WHEN kept.gone THEN 'receiver_gone'"
        "     WHEN kept.since <= :give_up THEN 'failing_for_5_days' END,"
        "   updated_at = :now"
        " FROM kept WHERE s.id = kept.id RETURNING s.id::text, s.state",
        {
            "ids": ids,
            "failures": [news[key].failures for key in ids],
            "successes": [news[key].successes for key in ids],
            "pauses": [news[key].pause_until for key in ids],
            "gone": [news[key].is_gone for key in ids],
            "now": now,
            "give_up": now - GIVE_UP_AFTER,
        },
    )
    disabled = [key for key, state in await result.fetchall() if state == "disabled"]
    if disabled:
        await execute(
            session,
            "UPDATE webhook_delivery SET state = 'disabled', lease_id = NULL, leased_until = NULL"
            " WHERE subscription_id = ANY(CAST(:ids AS uuid[])) AND state = 'pending'",
            {"ids": disabled},
        )
    return disabled


async def claim(
    session: AsyncSession,
    *,
    now: datetime,
    lease_id: str,
    leased_until: datetime,
    busy: Mapping[str, int],
    per_endpoint: int,
    total: int,
) -> list[Claim]:
    """Lease due deliveries that their clients may have: an endpoint has its own room, and takes no place of another.

    An event waits while an earlier one of the same household is pending for the same subscription.

    Args:
        busy: Deliveries that this sender holds already, by subscription.
        per_endpoint: How many it may hold for one endpoint; one, while the endpoint only fails.
        total: How many it may take now.
    """
    result = await execute(
        session,
        "WITH room AS ("
        "  SELECT s.id, s.client_id,"
        "    GREATEST(0, (CASE WHEN s.failure_streak >= :cautious THEN 1 ELSE :per_endpoint END)"
        "      - COALESCE(b.held, 0)) AS seats"
        "  FROM subscription s LEFT JOIN unnest(CAST(:busy_ids AS uuid[]), CAST(:busy_counts AS int[]))"
        "    AS b (id, held) ON b.id = s.id"
        f"  JOIN client_right r ON r.client_id = s.client_id AND {MAY_READ}"
        "  WHERE s.channel = 'webhook' AND s.state = 'active' AND NOT s.is_paused"
        "    AND (s.paused_until IS NULL OR s.paused_until <= :now)),"
        " due AS ("
        "  SELECT d.id FROM room CROSS JOIN LATERAL ("
        "    SELECT w.id, w.next_attempt_at FROM webhook_delivery w"
        "    JOIN alert a ON a.position = w.position JOIN client_right r ON r.client_id = room.client_id"
        f"    WHERE {COVERS_ALERT}"
        "      AND w.subscription_id = room.id AND w.state = 'pending' AND w.next_attempt_at <= :now"
        "      AND (w.leased_until IS NULL OR w.leased_until < :now)"
        "      AND NOT EXISTS (SELECT 1 FROM webhook_delivery e WHERE e.subscription_id = w.subscription_id"
        "        AND e.household_id = w.household_id AND e.state = 'pending' AND e.position < w.position)"
        "    ORDER BY w.next_attempt_at, w.position LIMIT room.seats FOR UPDATE OF w SKIP LOCKED) d"
        "  WHERE room.seats > 0 LIMIT :total),"
        " held AS ("
        "  UPDATE webhook_delivery w SET lease_id = :lease, leased_until = :until FROM due WHERE w.id = due.id"
        "  RETURNING w.id, w.subscription_id, w.position, w.attempts)"
        " SELECT held.id, held.subscription_id::text, s.client_id, s.url, s.secret,"
        "   CASE WHEN s.previous_valid_until > :now THEN s.previous_secret END AS previous_secret, held.attempts,"
        "   a.position, a.event_id::text, a.kind, a.household_id, a.area_code, a.published_at, a.traceparent,"
        "   convert_to(a.data::text, 'UTF8') AS body"
        " FROM held JOIN alert a ON a.position = held.position JOIN subscription s ON s.id = held.subscription_id"
        " ORDER BY held.subscription_id, held.position",
        {
            "now": now,
            "lease": lease_id,
            "until": leased_until,
            "cautious": CAUTIOUS_FROM_STREAK,
            "per_endpoint": per_endpoint,
            "busy_ids": list(busy),
            "busy_counts": list(busy.values()),
            "total": total,
        },
        row_factory=namedtuple_row,
    )
    return [
        Claim(
            id=row.id,
            lease_id=lease_id,
            subscription_id=row.subscription_id,
            client_id=row.client_id,
            area_code=row.area_code,
            url=row.url,
            secrets=[secret for secret in (row.secret, row.previous_secret) if secret is not None],
            attempts=row.attempts,
            item=feed.FeedItem(
                row.position,
                row.event_id,
                row.kind,
                row.household_id,
                row.published_at,
                row.traceparent,
                bytes(row.body),
            ),
        )
        for row in await result.fetchall()
    ]


async def next_due_at(session: AsyncSession, now: datetime) -> datetime | None:
    """Give the next instant at which a retry or a paused endpoint becomes due; None when nothing waits for time.

    What is due already and was not claimed waits for something else: a seat, or an earlier event.
    """
    result = await execute(
        session,
        "SELECT min(at) FROM ("
        "  SELECT w.next_attempt_at AS at FROM subscription s CROSS JOIN LATERAL ("
        "    SELECT next_attempt_at FROM webhook_delivery w WHERE w.subscription_id = s.id AND w.state = 'pending'"
        "      AND w.next_attempt_at > :now ORDER BY w.next_attempt_at LIMIT 1) w"
        "  WHERE s.channel = 'webhook' AND s.state = 'active' AND NOT s.is_paused"
        "  UNION ALL SELECT paused_until FROM subscription WHERE state = 'active' AND paused_until > :now) t",
        {"now": now},
    )
    [(due_at,)] = await result.fetchall()
    return cast("datetime | None", due_at)
