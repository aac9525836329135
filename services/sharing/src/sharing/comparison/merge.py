"""Findings of a run into PostgreSQL: new ones announced, those that no longer hold withdrawn, all or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.ext.asyncio import AsyncSession

from servicekit.db import raw
from servicekit.failpoints import failpoint_async
from servicekit.tracing import current_traceparent
from sharing.comparison.changes import (
    EVENT_COLUMNS,
    FINDING_COLUMNS,
    REVIVED_COLUMNS,
    STORED,
    Announcement,
    delete_changes,
    write_changes,
)
from sharing.comparison.store import ClaimedRun

_BLOCK_BYTES = 1 << 20

_STORED = """
COPY (SELECT finding_id, rule_id, household_id, area_code, withdrawn_at IS NULL FROM finding
      WHERE period = %(period)s AND (NOT %(is_limited)s OR household_id IN
            (SELECT household_id FROM comparison_run_household WHERE run_id = %(run)s)))
TO STDOUT (FORMAT csv)
"""

# A finding that was withdrawn and holds again is announced again under its old id.
_REVIVE = """
UPDATE finding f SET run_id = %(run)s, found_at = %(at)s, withdrawn_at = NULL, withdrawn_by = NULL,
    area_code = c.area_code, parameters = c.parameters, profile_version = c.profile_version, deliveries = c.deliveries
FROM changed c WHERE f.finding_id = c.finding_id
"""
_MOVE = "UPDATE finding f SET area_code = c.area_code FROM changed c WHERE f.finding_id = c.finding_id"
_WITHDRAW = """
UPDATE finding f SET withdrawn_at = %(at)s, withdrawn_by = %(run)s FROM changed c WHERE f.finding_id = c.finding_id
"""
_CHANGED = """
CREATE TEMP TABLE changed (finding_id uuid PRIMARY KEY, area_code text, parameters json, profile_version int,
    deliveries text[]) ON COMMIT DROP
"""


@dataclass(frozen=True)
class Merged:
    """Per rule: findings that are new, and findings that were withdrawn."""

    new: Mapping[str, int]
    withdrawn: Mapping[str, int]


async def merge_findings(
    session: AsyncSession,
    run: ClaimedRun,
    findings: Path,
    *,
    skipped: Sequence[tuple[str, str | None]],
    fact_names: Mapping[str, Any],
    at: datetime,
) -> Merged:
    """Make the findings of the run's period those in the file; announce each difference once.

    The same findings again change nothing and announce nothing (F-A06). No other run of the period is at work: the
    queue sees to that, and the caller holds the run.

    Args:
        findings: CSV as the engine writes it, in the run's folder.
        skipped: Rules that could not be evaluated, with the village, or `None` for everywhere.
        fact_names: Per rule, the names of its facts in Chinese and English.
    """
    connection = await raw(session)
    values = {"run": run.id, "period": run.period, "at": at, "is_limited": run.is_limited}
    await _copy_out(connection, _STORED, values, findings.parent / STORED)
    announcement = Announcement(run, at, current_traceparent(), fact_names)
    changes = await asyncio.to_thread(write_changes, findings, announcement, skipped)
    await _copy_in(connection, "finding", FINDING_COLUMNS, changes.new)
    await _update(connection, _REVIVE, values, REVIVED_COLUMNS, changes.revived)
    await _copy_in(connection, "outbox", EVENT_COLUMNS, changes.raised)
    await failpoint_async("comparison.findings_raised")
    await _update(connection, _MOVE, values, ("finding_id", "area_code"), changes.moved)
    await _update(connection, _WITHDRAW, values, ("finding_id",), changes.gone)
    await _copy_in(connection, "outbox", EVENT_COLUMNS, changes.withdrawn)
    await failpoint_async("comparison.findings_withdrawn")
    await asyncio.to_thread(delete_changes, findings)
    return Merged(changes.raised_by_rule, changes.withdrawn_by_rule)


async def _copy_out(
    connection: psycopg.AsyncConnection[Any], statement: str, values: Mapping[str, Any], file: Path
) -> None:
    with file.open("wb", buffering=_BLOCK_BYTES) as out:
        async with connection.cursor() as cursor, cursor.copy(statement, values) as copy:
            async for block in copy:
                out.write(block)


async def _copy_in(
    connection: psycopg.AsyncConnection[Any], table: str, columns: Sequence[str], file: Path | None
) -> None:
    if file is None:
        return
    with file.open("rb") as rows:
        async with (
            connection.cursor() as cursor,
            cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT csv)") as copy,
        ):
            while block := rows.read(_BLOCK_BYTES):
                await copy.write(block)


async def _update(
    connection: psycopg.AsyncConnection[Any],
    statement: str,
    values: Mapping[str, Any],
    columns: Sequence[str],
    file: Path | None,
) -> None:
    """Update the findings that a file lists; few, in most months."""
    if file is None:
        return
    await connection.execute(_CHANGED)
    await _copy_in(connection, "changed", columns, file)
    await connection.execute("ANALYZE changed")
    await connection.execute(statement, values)
    await connection.execute("DROP TABLE changed")
