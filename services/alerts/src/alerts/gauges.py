"""What the worker measures: open clues, webhooks waiting, subscriptions. Numbers by state, never by household."""

from __future__ import annotations

from prometheus_client import Gauge
from sqlalchemy import text

from servicekit.db import Database

INTERVAL_S = 60.0

open_clues = Gauge("bangfu_clues_open", "Open clues", ["state"])
overdue_clues = Gauge("bangfu_clues_overdue", "Open clues past their due date")
waiting = Gauge(
    "bangfu_webhook_deliveries_pending",
    "Webhook deliveries that have not ended, nor rest because their owner paused them",
)
waiting_seconds = Gauge("bangfu_webhook_oldest_pending_seconds", "Age of the oldest webhook delivery not yet ended")
subscriptions = Gauge("bangfu_subscriptions", "Webhook subscriptions", ["state"])

_STATES = ("new", "dispatched", "verifying", "unreachable")


async def measure(database: Database) -> None:
    """Set the gauges; partial indexes hold what is open, history costs nothing."""
    async with database.transaction() as session:
        clues = await session.execute(
            text("SELECT state, count(*), count(*) FILTER (WHERE is_overdue) FROM clue WHERE is_open GROUP BY state")
        )
        found = {state: (count, late) for state, count, late in clues}
        pending = await session.execute(
            text(
                "SELECT count(*), coalesce(extract(epoch FROM now() - min(d.created_at)), 0)"
                " FROM webhook_delivery d JOIN subscription s ON s.id = d.subscription_id"
                " WHERE d.state = 'pending' AND NOT s.is_paused"
            )
        )
        count, age_s = pending.one()
        states = await session.execute(
            text("SELECT state, count(*) AS number FROM subscription WHERE channel = 'webhook' GROUP BY state")
        )
        subscribed: dict[str, int] = {row.state: row.number for row in states}
    for state in _STATES:
        open_clues.labels(state).set(found.get(state, (0, 0))[0])
    overdue_clues.set(sum(late for _, late in found.values()))
    waiting.set(count)
    waiting_seconds.set(max(0.0, float(age_s)))
    for state in ("active", "disabled"):
        subscriptions.labels(state).set(subscribed.get(state, 0))
