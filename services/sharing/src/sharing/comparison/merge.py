"""Findings of a run into PostgreSQL: new ones announced, those that no longer hold withdrawn, all or nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from psycopg.rows import namedtuple_row
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.sharing import FindingRaised, FindingWithdrawn
from servicekit import outbox
from servicekit.db import copy_in, execute
from servicekit.failpoints import failpoint_async
from sharing.comparison.engine import FINDING_COLUMNS
from sharing.comparison.store import ClaimedRun

# What holds now, as the engine wrote it. Kept with the connection, and empty between transactions: a table a pushed
# record would leave the catalogue full of dead rows.
_HOLDS = """
CREATE TEMP TABLE IF NOT EXISTS holds (finding_id uuid, rule_id text, rule_version int, scope text, household_id text,
    person_id text, area_code text, risk_type text, severity text, evidence json, parameters json,
    profile_version int, deliveries text[]) ON COMMIT DELETE ROWS
"""

# Findings that the run tells of. Two texts and not one with a condition, which no index would serve.
_OF_PERIOD = "f.period = :period"
_OF_HOUSEHOLDS = (
    f"{_OF_PERIOD} AND f.household_id IN (SELECT household_id FROM comparison_run_household WHERE run_id = :run)"
)

# By village, as the indexes of `finding`; and all about a household together, as its events are folded.
_IN_ORDER = "ORDER BY {0}.area_code, {0}.household_id, {0}.rule_id"

# A finding that was withdrawn and holds again is announced again under its old id.
_RAISE = f"""
INSERT INTO finding ({", ".join(FINDING_COLUMNS)}, run_id, period, found_at)
SELECT {", ".join(f"h.{name}" for name in FINDING_COLUMNS)}, :run, :period, :at
FROM holds h LEFT JOIN finding f USING (finding_id)
WHERE f.finding_id IS NULL OR f.withdrawn_at IS NOT NULL
{_IN_ORDER.format("h")}
ON CONFLICT (finding_id) DO UPDATE SET run_id = EXCLUDED.run_id, found_at = EXCLUDED.found_at, withdrawn_at = NULL,
    withdrawn_by = NULL, area_code = EXCLUDED.area_code, parameters = EXCLUDED.parameters,
    profile_version = EXCLUDED.profile_version, deliveries = EXCLUDED.deliveries
"""
_RAISED = "holds h JOIN finding f USING (finding_id) WHERE f.run_id = :run"

_MOVE = """
UPDATE finding f SET area_code = h.area_code FROM holds h
WHERE f.finding_id = h.finding_id AND f.area_code <> h.area_code
"""

# Without data nothing is known, neither way: findings of a rule that could not be evaluated stay.
_WITHDRAW = """
UPDATE finding f SET withdrawn_at = :at, withdrawn_by = :run
WHERE {told} AND f.withdrawn_at IS NULL
  AND NOT EXISTS (SELECT FROM holds h WHERE h.finding_id = f.finding_id)
  AND NOT EXISTS (SELECT FROM unnest(CAST(:rules AS text[]), CAST(:areas AS text[])) AS k (rule_id, area_code)
                  WHERE k.rule_id = f.rule_id AND coalesce(k.area_code, f.area_code) = f.area_code)
"""
_WITHDRAWN = "finding f WHERE {told} AND f.withdrawn_by = :run"


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
    """Make the findings of the run's period, and of its households if it is limited, those in the file.

    Each difference is announced once; the same findings again change nothing and announce nothing (F-A06). Raised
    come first: a clue whose evidence changed never looks as if nothing supported it. No other run of the period is
    at work: the queue sees to that, and the caller holds the run.

    Args:
        findings: CSV as the engine writes it.
        skipped: Rules that could not be evaluated, with the village, or `None` for everywhere.
        fact_names: Per rule, the names of its facts in Chinese and English.
    """
    values: dict[str, Any] = {"run": run.id, "period": run.period, "at": at}
    told = _OF_HOUSEHOLDS if run.is_limited else _OF_PERIOD
    await execute(session, _HOLDS)
    await copy_in(session, "holds", FINDING_COLUMNS, findings)
    if not run.is_limited:
        await execute(session, "ANALYZE holds")
    await execute(session, _RAISE, values)
    new = await _count(session, _RAISED, values)
    if new:
        await _announce_raised(session, fact_names, values)
    await failpoint_async("comparison.findings_raised")
    await execute(session, _MOVE)
    rules, areas = [rule for rule, _ in skipped], [area for _, area in skipped]
    await execute(session, _WITHDRAW.format(told=told), values | {"rules": rules, "areas": areas})
    gone = _WITHDRAWN.format(told=told)
    withdrawn = await _count(session, gone, values)
    if withdrawn:
        await _announce_withdrawn(session, gone, values)
    await failpoint_async("comparison.findings_withdrawn")
    return Merged(new, withdrawn)


async def _announce_raised(session: AsyncSession, fact_names: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    plain = (*FINDING_COLUMNS, "run_id", "period", "found_at")
    await outbox.add_select(
        session,
        FindingRaised,
        {name: f"f.{name}" for name in plain} | {"fact_names": "n.names"},
        "holds h JOIN finding f USING (finding_id) JOIN json_each(CAST(:fact_names AS json)) AS n (rule_id, names)"
        f" ON n.rule_id = f.rule_id WHERE f.run_id = :run {_IN_ORDER.format('f')}",
        {"run": values["run"], "fact_names": json.dumps(fact_names, ensure_ascii=False)},
    )


async def _announce_withdrawn(session: AsyncSession, gone: str, values: Mapping[str, Any]) -> None:
    columns = {name: f"f.{name}" for name in ("finding_id", "rule_id", "household_id", "period", "withdrawn_at")}
    await outbox.add_select(
        session,
        FindingWithdrawn,
        columns | {"run_id": "f.withdrawn_by"},
        f"{gone} {_IN_ORDER.format('f')}",
        {name: values[name] for name in ("run", "period")},
    )


async def _count(session: AsyncSession, source: str, values: Mapping[str, Any]) -> dict[str, int]:
    query = f"SELECT f.rule_id, count(*) AS findings FROM {source} GROUP BY f.rule_id"
    found = await execute(session, query, values, row_factory=namedtuple_row)
    return {row.rule_id: row.findings for row in await found.fetchall()}
