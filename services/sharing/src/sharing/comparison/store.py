"""Queries of comparison runs: the queue with its leases, the runs as read by people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from servicekit import locks
from servicekit.db import Database, execute, raw
from sharing.comparison.tables import ComparisonRun

LEASE_S = 60.0
MAX_ATTEMPTS = 3
CHANNEL = "comparison_run"


@dataclass(frozen=True)
class ClaimedRun:
    """A run that this worker holds until its lease ends."""

    id: str
    kind: str
    period: str
    overrides: dict[str, str]
    traceparent: str | None
    lease_token: UUID

    @property
    def is_limited(self) -> bool:
        """Tell whether only some households are compared."""
        return self.kind == "limited"


async def insert_run(session: AsyncSession, run: ComparisonRun) -> None:
    """Queue a run; the workers are woken when the transaction commits."""
    session.add(run)
    await session.flush()


_ENQUEUE = """
WITH household AS MATERIALIZED (
    SELECT household_id FROM directory_person WHERE id_token = ANY(%(tokens)s)
    UNION SELECT household_id FROM directory_token WHERE id_token = ANY(%(tokens)s)
), waiting AS (
    SELECT id FROM comparison_run
    WHERE state = 'queued' AND kind = 'limited' AND period = %(period)s AND EXISTS (SELECT 1 FROM household)
    ORDER BY requested_at LIMIT 1 FOR UPDATE SKIP LOCKED
), added AS (
    INSERT INTO comparison_run (id, kind, period, requested_by, requested_at, traceparent)
    SELECT %(id)s, 'limited', %(period)s, %(by)s, %(at)s, %(traceparent)s
    WHERE EXISTS (SELECT 1 FROM household) AND NOT EXISTS (SELECT 1 FROM waiting)
    RETURNING id
), target AS (
    SELECT id FROM waiting UNION ALL SELECT id FROM added
)
INSERT INTO comparison_run_household (run_id, household_id)
SELECT target.id, household.household_id FROM target CROSS JOIN household
ON CONFLICT DO NOTHING
"""


async def enqueue_households(
    session: AsyncSession,
    *,
    run_id: str,
    tokens: Sequence[str],
    period: str,
    by: str,
    at: datetime,
    traceparent: str | None,
) -> None:
    """Queue a limited run for the households of these persons, or join one that is still waiting."""
    connection = await raw(session)
    # The lock on a waiting run keeps workers from claiming it before this transaction's households are in.
    await connection.execute(
        _ENQUEUE,
        {"id": run_id, "tokens": list(tokens), "period": period, "by": by, "at": at, "traceparent": traceparent},
    )


_FAIL_CRASHED = """
UPDATE comparison_run SET state = 'failed', stage = 'failed', lease_token = NULL, lease_until = NULL,
    finished_at = %(at)s, error_code = 'sharing.comparison.crashed',
    error_detail = 'the worker ended during the run, more than once'
WHERE state = 'running' AND lease_until < clock_timestamp() AND attempts >= %(attempts)s
"""

_MAY_CLAIM = """
SELECT EXISTS (SELECT 1 FROM comparison_run
    WHERE (state = 'queued' OR (state = 'running' AND lease_until < clock_timestamp())) AND kind = ANY(:kinds))
"""

_CLAIM = """
UPDATE comparison_run SET state = 'running', stage = 'export', attempts = attempts + 1,
    lease_token = gen_random_uuid(), lease_until = clock_timestamp() + make_interval(secs => %(lease)s),
    started_at = %(at)s
WHERE id = (
    SELECT id FROM comparison_run r
    WHERE (state = 'queued' OR (state = 'running' AND lease_until < clock_timestamp()))
      AND kind = ANY(%(kinds)s)
      AND (kind = 'dry_run' OR NOT EXISTS (
          SELECT 1 FROM comparison_run other
          WHERE other.period = r.period AND other.state = 'running' AND other.kind <> 'dry_run'
            AND other.id <> r.id AND other.lease_until >= clock_timestamp()))
    ORDER BY kind = 'limited' DESC, requested_at
    LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, kind, period, overrides, traceparent, lease_token
"""


async def may_claim(database: Database, kinds: Sequence[str]) -> bool:
    """Tell whether `claim` is worth a transaction: most wake-ups are for another lane, or for what is at work."""
    [(is_there,)] = await database.read(_MAY_CLAIM, {"kinds": list(kinds)})
    return bool(is_there)


async def claim(
    session: AsyncSession, kinds: Sequence[str], at: datetime, *, lease_s: float = LEASE_S
) -> ClaimedRun | None:
    """Take the next run, or one whose worker is gone; limited runs first. `None` when nothing may run."""
    await locks.lock(session, locks.Lock.RUN_CLAIM)
    cursor = (await raw(session)).cursor(row_factory=class_row(ClaimedRun))
    await cursor.execute(_FAIL_CRASHED, {"attempts": MAX_ATTEMPTS, "at": at})
    await cursor.execute(_CLAIM, {"lease": lease_s, "kinds": list(kinds), "at": at})
    return await cursor.fetchone()


async def renew(session: AsyncSession, run: ClaimedRun, stage: str, *, lease_s: float = LEASE_S) -> bool:
    """Keep the lease and tell the stage; false when the run is no longer ours."""
    connection = await raw(session)
    cursor = await connection.execute(
        "UPDATE comparison_run SET stage = %s, lease_until = clock_timestamp() + make_interval(secs => %s)"
        " WHERE id = %s AND lease_token = %s",
        (stage, lease_s, run.id, run.lease_token),
    )
    return cursor.rowcount == 1


async def hold(session: AsyncSession, run: ClaimedRun) -> bool:
    """Lock the run for the transaction; false when another worker has taken it over."""
    connection = await raw(session)
    cursor = await connection.execute(
        "SELECT 1 FROM comparison_run WHERE id = %s AND lease_token = %s FOR UPDATE", (run.id, run.lease_token)
    )
    return await cursor.fetchone() is not None


async def finish(session: AsyncSession, run: ClaimedRun, at: datetime, seconds: float, result: dict[str, Any]) -> None:
    """Mark the run done."""
    connection = await raw(session)
    await connection.execute(
        "UPDATE comparison_run SET state = 'done', stage = 'done', lease_token = NULL, lease_until = NULL,"
        " finished_at = %s, seconds = %s, result = %s WHERE id = %s",
        (at, round(seconds, 3), Jsonb(result), run.id),
    )
    await _wake(session)


async def fail(session: AsyncSession, run: ClaimedRun, at: datetime, code: str, detail: str) -> None:
    """Mark the run failed, if it is still ours."""
    connection = await raw(session)
    await connection.execute(
        "UPDATE comparison_run SET state = 'failed', stage = 'failed', lease_token = NULL, lease_until = NULL,"
        " finished_at = %s, error_code = %s, error_detail = %s WHERE id = %s AND lease_token = %s",
        (at, code, detail, run.id, run.lease_token),
    )
    await _wake(session)


async def release(session: AsyncSession, run: ClaimedRun) -> None:
    """Put the run back into the queue: this worker is leaving, or the database was away."""
    connection = await raw(session)
    await connection.execute(
        "UPDATE comparison_run SET state = 'queued', stage = 'queued', lease_token = NULL, lease_until = NULL,"
        " attempts = greatest(attempts - 1, 0) WHERE id = %s AND lease_token = %s",
        (run.id, run.lease_token),
    )
    await _wake(session)


async def _wake(session: AsyncSession) -> None:
    """Runs of the same period may have been waiting for this one."""
    await execute(session, "SELECT pg_notify(:channel, '')", {"channel": CHANNEL})


async def households_of(session: AsyncSession, run: ClaimedRun) -> list[str]:
    """Give the households of a limited run."""
    found = await session.execute(
        text("SELECT household_id FROM comparison_run_household WHERE run_id = :run"), {"run": run.id}
    )
    return list(found.scalars())


async def finished_before(session: AsyncSession, run_ids: Sequence[str], at: datetime) -> tuple[set[str], set[str]]:
    """Tell of runs by id: `(those that ended before an instant, those that are known at all)`."""
    found = await session.execute(
        text(
            "SELECT id, state IN ('done', 'failed') AND finished_at < :at AS is_old"
            " FROM comparison_run WHERE id = ANY(:ids)"
        ),
        {"ids": list(run_ids), "at": at},
    )
    known = {row.id: bool(row.is_old) for row in found}
    return {run_id for run_id, is_old in known.items() if is_old}, set(known)


async def get_run(session: AsyncSession, run_id: str) -> ComparisonRun | None:
    """Give a run."""
    return await session.get(ComparisonRun, run_id)


async def list_runs(session: AsyncSession, period: str | None, before: str | None, limit: int) -> list[ComparisonRun]:
    """Give runs, newest first; ids grow with time."""
    query = select(ComparisonRun).order_by(col(ComparisonRun.id).desc()).limit(limit)
    if period is not None:
        query = query.where(col(ComparisonRun.period) == period)
    if before is not None:
        query = query.where(col(ComparisonRun.id) < before)
    return list((await session.execute(query)).scalars())
