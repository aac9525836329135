"""Queries of comparison runs: the queue with its leases, the runs as read by people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from servicekit.auth import Principal
from servicekit.db import Database, execute, raw
from sharing.comparison.schemas import RunQuery
from sharing.comparison.tables import ComparisonRun

LEASE_S = 60.0
MAX_ATTEMPTS = 3
CHANNEL = "comparison_run"
MOST_CAUSES = 20  # that a run remembers one by one


@dataclass(frozen=True)
class ClaimedRun:
    """A run that this worker holds until its lease ends."""

    id: str
    kind: str
    period: str
    area_code: str
    overrides: dict[str, str]
    trial_rules: list[dict[str, Any]]
    accepted: dict[str, int]
    requested_by: str
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


@dataclass(frozen=True)
class Start:
    """What starts a run of a period, with the id of the run if it is a new one.

    Attributes:
        cause: As `tables.ComparisonRun.causes` holds it.
    """

    run_id: str
    period: str
    cause: Mapping[str, Any]
    at: datetime
    traceparent: str | None

    @property
    def values(self) -> dict[str, Any]:
        """The parameters of a statement."""
        return {
            "id": self.run_id,
            "period": self.period,
            "by": self.cause["by"] or self.cause["kind"],
            "client": self.cause["by"],
            "at": self.at,
            "traceparent": self.traceparent,
            "cause": Jsonb([dict(self.cause)]),
            "most": MOST_CAUSES,
        }


# The lock on a waiting run keeps workers from claiming it before this transaction's part is in.
_JOIN = """
UPDATE comparison_run r SET cause_count = r.cause_count + 1,
    causes = CASE WHEN r.cause_count < %(most)s OR %(by)s = 'calendar'
        OR NOT r.causes @> jsonb_build_array(jsonb_build_object('by', CAST(%(client)s AS text)))
        THEN r.causes || %(cause)s ELSE r.causes END
"""
_ENQUEUE = f"""
WITH household AS MATERIALIZED (
    SELECT unnest(%(households)s::text[]) AS household_id
    UNION SELECT household_id FROM directory_person WHERE id_token = ANY(%(tokens)s)
    UNION SELECT household_id FROM directory_token WHERE id_token = ANY(%(tokens)s)
), waiting AS (
    SELECT id FROM comparison_run
    WHERE state = 'queued' AND kind = 'limited' AND period = %(period)s AND EXISTS (SELECT 1 FROM household)
    ORDER BY requested_at LIMIT 1 FOR UPDATE SKIP LOCKED
), joined AS (
    {_JOIN} FROM waiting WHERE r.id = waiting.id
), added AS (
    INSERT INTO comparison_run (id, kind, period, requested_by, requested_at, traceparent, causes, cause_count)
    SELECT %(id)s, 'limited', %(period)s, %(by)s, %(at)s, %(traceparent)s, %(cause)s, 1
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
    session: AsyncSession, start: Start, *, tokens: Sequence[str] = (), households: Sequence[str] = ()
) -> None:
    """Queue a limited run for households, or those of some persons; or join one that is still waiting."""
    connection = await raw(session)
    await connection.execute(_ENQUEUE, start.values | {"tokens": list(tokens), "households": list(households)})


# A run that somebody asked for begins at once and takes a waiting one along, into the trace of who asked. What changes
# meanwhile puts the begin off, but not for ever.
_ENQUEUE_FULL = f"""
WITH waiting AS (
    SELECT id FROM comparison_run
    WHERE state = 'queued' AND kind = 'full' AND period = %(period)s AND area_code = %(area)s
    ORDER BY requested_at LIMIT 1 FOR UPDATE
), joined AS (
    {_JOIN}, not_before = CASE WHEN r.not_before IS NULL OR %(delay)s = 0 THEN NULL
        ELSE least(clock_timestamp() + make_interval(secs => %(delay)s),
                   r.queued_at + make_interval(secs => %(delay)s * 12)) END,
        traceparent = CASE WHEN %(delay)s = 0 THEN coalesce(%(traceparent)s, r.traceparent) ELSE r.traceparent END
    FROM waiting WHERE r.id = waiting.id RETURNING r.id
), added AS (
    INSERT INTO comparison_run (id, kind, period, area_code, requested_by, requested_at, traceparent, causes,
                                cause_count, not_before)
    SELECT %(id)s, 'full', %(period)s, %(area)s, %(by)s, %(at)s, %(traceparent)s, %(cause)s, 1,
        CASE WHEN %(delay)s > 0 THEN clock_timestamp() + make_interval(secs => %(delay)s) END
    WHERE NOT EXISTS (SELECT 1 FROM waiting)
    RETURNING id
)
SELECT id FROM joined UNION ALL SELECT id FROM added
"""


async def enqueue_full(session: AsyncSession, start: Start, area_code: str, delay_s: float) -> str:
    """Queue a run of an area's households, or join one that is still waiting; give its id.

    Args:
        delay_s: How long to wait for what else changes; 0 begins at once, and so does what it joins.
    """
    await locks.lock_on(session, locks.LockOn.RUN, start.period, area_code)
    connection = await raw(session)
    cursor = await connection.execute(_ENQUEUE_FULL, start.values | {"area": area_code, "delay": delay_s})
    [(run_id,)] = await cursor.fetchall()
    return str(run_id)


_FAIL_CRASHED = """
UPDATE comparison_run SET state = 'failed', stage = 'failed', lease_token = NULL, lease_until = NULL,
    finished_at = %(at)s, error_code = 'sharing.comparison.crashed',
    error_detail = 'the worker ended during the run, more than once'
WHERE state = 'running' AND lease_until < clock_timestamp() AND attempts >= %(attempts)s
"""

_CLAIMABLE = """
    (state = 'queued' AND coalesce(not_before <= clock_timestamp(), true)
     OR state = 'running' AND lease_until < clock_timestamp())
"""
_MAY_CLAIM = f"SELECT EXISTS (SELECT 1 FROM comparison_run WHERE {_CLAIMABLE} AND kind = ANY(:kinds))"

_CLAIM = f"""
UPDATE comparison_run SET state = 'running', stage = 'export', attempts = attempts + 1,
    lease_token = gen_random_uuid(), lease_until = clock_timestamp() + make_interval(secs => %(lease)s),
    started_at = %(at)s
WHERE id = (
    SELECT id FROM comparison_run r
    WHERE {_CLAIMABLE} AND kind = ANY(%(kinds)s)
      AND (kind = 'dry_run' OR NOT EXISTS (
          SELECT 1 FROM comparison_run other
          WHERE other.period = r.period AND other.state = 'running' AND other.kind <> 'dry_run'
            AND other.id <> r.id AND other.lease_until >= clock_timestamp()))
    ORDER BY kind = 'limited' DESC, requested_at
    LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, kind, period, area_code, overrides, trial_rules, accepted, requested_by, traceparent, lease_token
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


async def finish(
    session: AsyncSession, run: ClaimedRun, at: datetime, seconds: float, result: dict[str, Any], area_code: str
) -> None:
    """Mark the run done."""
    connection = await raw(session)
    await connection.execute(
        "UPDATE comparison_run SET state = 'done', stage = 'done', lease_token = NULL, lease_until = NULL,"
        " finished_at = %s, seconds = %s, result = %s, area_code = %s WHERE id = %s",
        (at, round(seconds, 3), Jsonb(result), area_code, run.id),
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


async def compared_periods(session: AsyncSession, oldest: str, newest: str) -> set[str]:
    """Give the periods that were or are being compared as a whole."""
    found = await execute(
        session,
        "SELECT DISTINCT period FROM comparison_run WHERE kind = 'full' AND period BETWEEN :oldest AND :newest"
        " AND state <> 'failed'",
        {"oldest": oldest, "newest": newest},
    )
    return {period for (period,) in await found.fetchall()}


async def was_started_by(session: AsyncSession, kind: str, period: str) -> bool:
    """Tell whether a whole run of a period has been started by a kind of cause."""
    found = await execute(
        session,
        "SELECT EXISTS (SELECT FROM comparison_run WHERE kind = 'full' AND period = :period"
        " AND causes @> jsonb_build_array(jsonb_build_object('kind', CAST(:kind AS text))))",
        {"period": period, "kind": kind},
    )
    [(is_there,)] = await found.fetchall()
    return bool(is_there)


async def list_runs(
    session: AsyncSession, principal: Principal, wanted: RunQuery, before: str | None
) -> list[ComparisonRun]:
    """Give runs of the caller's areas, newest first; ids grow with time. To a department none of few households."""
    clause, parameters = principal.area_clause("area_code")
    query = select(ComparisonRun).where(text(clause).bindparams(**parameters))
    if principal.department is not None:
        query = query.where(col(ComparisonRun.kind) != "limited")
    query = query.order_by(col(ComparisonRun.id).desc()).limit(wanted.limit)
    for column, value in (
        (col(ComparisonRun.period), wanted.period),
        (col(ComparisonRun.state), wanted.state),
        (col(ComparisonRun.kind), wanted.kind),
    ):
        if value is not None:
            query = query.where(column == value)
    if before is not None:
        query = query.where(col(ComparisonRun.id) < before)
    return list((await session.execute(query)).scalars())
