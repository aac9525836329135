"""A consistent cut through databases that know nothing of each other.

Each dump is one snapshot, so it is consistent in itself. Between services only events carry effects, and a
set of snapshots fits together if no consumer's snapshot holds the effect of an event that its producer's
snapshot does not hold. No order of dumps gives that, because the services form a circle (registry →
sharing → alerts → registry). So for the moment in which the snapshots are opened, nothing is consumed:

1. In every service the table `inbox` is locked in SHARE mode. Each consumer inserts into it first in every
   transaction, so once the lock is given no event is being handled and none begins. Reads, requests, the
   relay and everything else go on.
2. With all locks held, a snapshot is opened and exported in each database; then the locks are let go. The
   dumps read from those snapshots for as long as they need.

Whatever a consumer's snapshot has handled was handled before the first snapshot, hence announced before
every snapshot: its outbox row is in the producer's. The other direction, announced and not handled, is an
event under way, and its row is in the producer's outbox too, from where it is published again. So a
restored system is one that was killed at the cut and lost its broker.

Two details of order. The gateway's snapshot is opened after the services': it records an access before it
passes the request on, so every effect in a service's snapshot has its audit entry. The embedded bus's comes last:
what the outboxes call published is in its log, and its consumers' places are not ahead of their inboxes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg

from bangfu_backup.errors import BackupError

# Consumers queue behind a lock that is waited for, and alerts wait at most five seconds for a snapshot that another
# consumer brings (ALERTS_DIRECTORY_PATIENCE_S): so the lock is given up early and asked for again.
_LOCK_TIMEOUT = "1s"
_PAUSE_S = 0.5
_PATIENCE_S = 60.0


@dataclass(frozen=True)
class Snapshot:
    """An open snapshot of one database; `id` imports it into another session while it is open."""

    id: str
    connection: psycopg.Connection[Any]


@dataclass(frozen=True)
class Cut:
    """The snapshots that belong together.

    Attributes:
        at: When (real time, UTC).
        paused_ms: How long consumers waited.
        snapshots: By database, open until the end of `consistent_cut`.
    """

    at: datetime
    paused_ms: float
    snapshots: Mapping[str, Snapshot]


@contextmanager
def consistent_cut(services: Mapping[str, str], bus: Mapping[str, str]) -> Iterator[Cut]:
    """Open snapshots of all databases that fit together; they stay open until the block ends.

    Args:
        services: URL by name, the gateway last.
        bus: URL of the embedded bus's database by its name, or nothing.

    Raises:
        BackupError: consumers were never idle for long enough to take the locks.
    """
    with ExitStack() as opened:
        readers = {
            name: opened.enter_context(psycopg.connect(url, application_name="bangfu-backup"))
            for name, url in {**services, **bus}.items()
        }
        for reader in readers.values():
            reader.execute("SET idle_in_transaction_session_timeout = 0")
            reader.commit()
            reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            reader.read_only = True
        with _nothing_consumed(services) as since:
            snapshots = {name: Snapshot(_export(reader), reader) for name, reader in readers.items()}
            at = datetime.now(UTC)
        paused_ms = (time.monotonic() - since) * 1000
        yield Cut(at, round(paused_ms, 1), snapshots)


@contextmanager
def _nothing_consumed(services: Mapping[str, str]) -> Iterator[float]:
    """Hold every service's inbox; give the instant (monotonic) since when consumers may have waited."""
    ends_at = time.monotonic() + _PATIENCE_S
    while True:
        with ExitStack() as locks:
            since = time.monotonic()
            try:
                for url in services.values():
                    connection = locks.enter_context(psycopg.connect(url, application_name="bangfu-backup"))
                    connection.execute(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'")
                    connection.execute("LOCK TABLE inbox IN SHARE MODE")
            except psycopg.errors.LockNotAvailable:
                if time.monotonic() > ends_at:
                    raise BackupError(
                        "消费者持续忙碌,未能取得一致的时点 / consumers are too busy for a consistent cut",
                        advice="稍后重试 / try again later",
                    ) from None
            else:
                yield since
                return
        time.sleep(_PAUSE_S)


def _export(connection: psycopg.Connection[Any]) -> str:
    [(snapshot,)] = connection.execute("SELECT pg_export_snapshot()").fetchall()
    return str(snapshot)
