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
from servicekit.areas import range_of
from servicekit.db import copy_in, execute
from servicekit.failpoints import failpoint_async
from sharing.catalogue.service import load_catalogue
from sharing.comparison.evaluation.engine import FINDING_COLUMNS
from sharing.comparison.store import ClaimedRun

# What holds now, as the engine wrote it. Kept with the connection, and empty between transactions: a table a pushed
# record would leave the catalogue full of dead rows.
_HOLDS = """
CREATE TEMP TABLE IF NOT EXISTS holds (finding_id uuid, rule_id text, rule_version int, scope text, household_id text,
    person_id text, area_code text, risk_type text, severity text, evidence json, parameters json,
    profile_version int, deliveries text[]) ON COMMIT DELETE ROWS
"""

# Findings that the run tells of. Two texts and not one with a condition, which no index would serve.
_OF_AREA = "f.period = :period AND f.area_code >= :low AND f.area_code < :high"
_OF_HOUSEHOLDS = (
    "f.period = :period AND f.household_id IN (SELECT household_id FROM comparison_run_household WHERE run_id = :run)"
)

# By village, as the indexes of `finding`; and all about a household together, as its events are folded.
_IN_ORDER = "ORDER BY {0}.area_code, {0}.household_id, {0}.rule_id"

# A finding that was withdrawn and holds again is announced again under its old id.
_RAISE = f"""
INSERT INTO finding ({", ".join(FINDING_COLUMNS)}, run_id, period, found_at)
SELECT {", ".join(f"h.{name}" for name in FINDING_COLUMNS)}, :run, :period, :at
FROM holds h LEFT JOIN finding f USING (finding_id)
WHERE (f.finding_id IS NULL OR f.withdrawn_at IS NOT NULL) {{known}}
{_IN_ORDER.format("h")}
ON CONFLICT (finding_id) DO UPDATE SET run_id = EXCLUDED.run_id, found_at = EXCLUDED.found_at, withdrawn_at = NULL,
    withdrawn_by = NULL, area_code = EXCLUDED.area_code, parameters = EXCLUDED.parameters,
    profile_version = EXCLUDED.profile_version, deliveries = EXCLUDED.deliveries
"""
# Where something newer is known, only what stands already is kept up to date.
_STANDS_ALREADY = """
AND (NOT EXISTS (SELECT FROM unnest(CAST(:newer_rules AS text[]), CAST(:newer_areas AS text[]))
                     AS k (rule_id, area_code)
                 WHERE k.rule_id = h.rule_id AND coalesce(k.area_code, h.area_code) = h.area_code)
     OR EXISTS (SELECT FROM finding s WHERE s.household_id = h.household_id AND s.period = :period
                AND s.rule_id = h.rule_id AND s.person_id IS NOT DISTINCT FROM h.person_id AND s.withdrawn_at IS NULL))
"""
_RAISED = "holds h JOIN finding f USING (finding_id) WHERE f.run_id = :run"

# A household may have moved while the run was at work.
_MOVE = """
UPDATE finding f SET area_code = d.area_code FROM holds h JOIN directory_household d USING (household_id)
WHERE f.finding_id = h.finding_id AND f.area_code <> d.area_code
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
class Reach:
    """What a run says nothing about: rules with a village, or `None` for everywhere.

    Attributes:
        skipped: They could not be evaluated: nothing is known, neither way.
        overtaken: Something newer is known of them: they raise nothing that does not stand already.
        withheld: Rules of which nothing is announced, neither way, until somebody has decided about a held run.
    """

    skipped: Sequence[tuple[str, str | None]] = ()
    overtaken: Sequence[tuple[str, str | None]] = ()
    withheld: Sequence[str] = ()


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
    reach: Reach,
    words: Mapping[str, Any],
    at: datetime,
) -> Merged:
    """Make the findings of the run's period and area, or of its households if it is limited, those in the file.

    Each difference is announced once; the same findings again change nothing and announce nothing (F-A06). Raised
    come first: a clue whose evidence changed never looks as if nothing supported it. No other run of the period is
    at work: the queue sees to that, and the caller holds the run.

    Args:
        findings: CSV as the engine writes it.
        reach: Which rules it may raise and withdraw findings of.
        words: Per rule, its `department`, its sentence (`text`) and the names of its `facts`, in Chinese and English.
    """
    low, high = range_of(run.area_code)
    values: dict[str, Any] = {"run": run.id, "period": run.period, "at": at, "low": low, "high": high}
    told = _OF_HOUSEHOLDS if run.is_limited else _OF_AREA
    await execute(session, _HOLDS)
    await copy_in(session, "holds", FINDING_COLUMNS, findings)
    if not run.is_limited:
        await execute(session, "ANALYZE holds")
    if reach.withheld:
        await execute(session, "DELETE FROM holds WHERE rule_id = ANY(:rules)", {"rules": list(reach.withheld)})
    newer = {"newer_rules": [rule for rule, _ in reach.overtaken], "newer_areas": [area for _, area in reach.overtaken]}
    known = _STANDS_ALREADY if reach.overtaken else ""
    await execute(session, _RAISE.format(known=known), values | newer if reach.overtaken else values)
    new = await _count(session, _RAISED, values)
    if new:
        await _announce_raised(session, words, values)
    await failpoint_async("comparison.findings_raised")
    await execute(session, _MOVE)
    unknown = [*reach.skipped, *((rule, None) for rule in reach.withheld)]
    rules, areas = [rule for rule, _ in unknown], [area for _, area in unknown]
    await execute(session, _WITHDRAW.format(told=told), values | {"rules": rules, "areas": areas})
    gone = _WITHDRAWN.format(told=told)
    withdrawn = await _count(session, gone, values)
    if withdrawn:
        await _announce_withdrawn(session, gone, values)
    await failpoint_async("comparison.findings_withdrawn")
    return Merged(new, withdrawn)


async def _announce_raised(session: AsyncSession, words: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    plain = (*FINDING_COLUMNS, "run_id", "period", "found_at")
    await outbox.add_select(
        session,
        FindingRaised,
        {name: f"f.{name}" for name in plain}
        | {
            "fact_names": "n.words->'facts'",
            "text": "n.words->'text'",
            "department": "n.words->>'department'",
            "is_policy_gap": "f.rule_id = ANY(:policy_gaps)",
        },
        "holds h JOIN finding f USING (finding_id) JOIN json_each(CAST(:words AS json)) AS n (rule_id, words)"
        f" ON n.rule_id = f.rule_id WHERE f.run_id = :run {_IN_ORDER.format('f')}",
        {
            "run": values["run"],
            "words": json.dumps(words, ensure_ascii=False),
            "policy_gaps": [compiled.rule.id for compiled in load_catalogue().rules if compiled.rule.is_policy_gap],
        },
    )


async def _announce_withdrawn(session: AsyncSession, gone: str, values: Mapping[str, Any]) -> None:
    columns = {name: f"f.{name}" for name in ("finding_id", "rule_id", "household_id", "period", "withdrawn_at")}
    await outbox.add_select(
        session,
        FindingWithdrawn,
        columns | {"run_id": "f.withdrawn_by"},
        f"{gone} {_IN_ORDER.format('f')}",
        values,
    )


async def _count(session: AsyncSession, source: str, values: Mapping[str, Any]) -> dict[str, int]:
    query = f"SELECT f.rule_id, count(*) AS findings FROM {source} GROUP BY f.rule_id"
    found = await execute(session, query, values, row_factory=namedtuple_row)
    return {row.rule_id: row.findings for row in await found.fetchall()}
