"""What must be different after a restore: numbers given out after the cut are not given out again, and nothing is sent.

People and programs remember numbers: a receipt in a department's file, a reader's place in the alert feed. Both
jump far beyond anything that was given out between the cut and the disaster. Applications that follow changes start
again: what they were told of the lost time is not known. Whether the restored system is the one
that speaks to subscribers is for an operator to say: `resume`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import psycopg

from contracts import topics
from servicekit import changes, outward

GAP = 1_000_000
"""More than a county gives out between two backups: a year brings tens of thousands of receipts and alerts."""

_JUMPS: Mapping[str, str] = {
    "sharing": "SELECT setval('delivery_commit_seq', nextval('delivery_commit_seq') + %(gap)s)",
    "alerts": (
        "UPDATE feed_floor SET position = %(gap)s + GREATEST(position, (SELECT COALESCE(max(position), 0) FROM alert))"
    ),
}


def begin_new_era(connections: Mapping[str, psycopg.Connection[Any]]) -> None:
    """Let the numbers that outsiders remember jump; call it once, on restored databases by service."""
    for service, jump in _JUMPS.items():
        connections[service].execute(jump, {"gap": GAP})
    for connection in connections.values():
        connection.execute(changes.NEW_ERA)


def hold_back(alerts: psycopg.Connection[Any]) -> None:
    """Have nothing sent to the outside by the restored system until `resume`."""
    alerts.execute(outward.HOLD)
    alerts.execute("INSERT INTO outward_hold (since, reason) VALUES (now(), 'restore') ON CONFLICT DO NOTHING")


def resume(alerts_url: str) -> datetime | None:
    """Let the system send again; give since when it had not, None when it was sending."""
    with psycopg.connect(alerts_url, application_name="bangfu-backup") as connection:
        gone = "WITH gone AS (DELETE FROM outward_hold RETURNING since) SELECT max(since) FROM gone"
        [(since,)] = connection.execute(gone).fetchall()
        connection.execute("SELECT pg_notify('outbox', ''), pg_notify('alerts_webhooks', '')")
    return since if isinstance(since, datetime) else None


def replay_everything(connections: Mapping[str, psycopg.Connection[Any]]) -> int:
    """Have the relays publish all that the outboxes keep, onto a bus that has lost it; give the number of events.

    Everything and not only the last hours: how far a consumer was behind is not known, and what it has
    handled it drops by id.
    """
    count = 0
    for service in sorted({topic.owner for topic in topics.ALL}):
        done = connections[service].execute("UPDATE outbox SET published_at = NULL WHERE published_at IS NOT NULL")
        count += done.rowcount
    return count
