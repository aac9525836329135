"""Findings of a run into PostgreSQL: new ones announced, those that no longer hold withdrawn, all or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy.ext.asyncio import AsyncSession

from contracts import topics
from contracts.sharing import FindingRaised, FindingWithdrawn
from servicekit.db import raw
from servicekit.failpoints import failpoint_async
from servicekit.tracing import current_traceparent
from sharing.comparison.store import ClaimedRun

_BLOCK_BYTES = 1 << 20

_STAGING = """
CREATE TEMP TABLE new_finding (
    finding_id uuid, rule_id text COLLATE "C", rule_version int, scope text, household_id text COLLATE "C",
    person_id text COLLATE "C", area_code text COLLATE "C", risk_type text, severity text, evidence json,
    parameters json, profile_version int, deliveries text[]
) ON COMMIT DROP
"""

# A finding that was withdrawn and holds again is announced again under its old id.
_RAISE = """
WITH raised AS (
    INSERT INTO finding AS f
        (finding_id, run_id, rule_id, rule_version, scope, household_id, person_id, area_code, period, risk_type,
         severity, evidence, parameters, profile_version, deliveries, found_at)
    SELECT finding_id, %(run)s, rule_id, rule_version, scope, household_id, person_id, area_code, %(period)s,
           risk_type, severity, evidence, parameters, profile_version, deliveries, %(at)s
    FROM new_finding
    ON CONFLICT (finding_id) DO UPDATE SET
        run_id = EXCLUDED.run_id, found_at = EXCLUDED.found_at, withdrawn_at = NULL, withdrawn_by = NULL,
        area_code = EXCLUDED.area_code, parameters = EXCLUDED.parameters,
        profile_version = EXCLUDED.profile_version, deliveries = EXCLUDED.deliveries
    WHERE f.withdrawn_at IS NOT NULL
    RETURNING *
), announced AS (
    INSERT INTO outbox (topic, key, type, time, traceparent, data)
    SELECT %(topic)s, household_id, %(raised)s, %(at)s, %(traceparent)s, json_build_object(
        'finding_id', finding_id, 'run_id', run_id, 'rule_id', rule_id, 'rule_version', rule_version,
        'scope', scope, 'household_id', household_id, 'person_id', person_id, 'area_code', area_code,
        'period', period, 'risk_type', risk_type, 'severity', severity, 'evidence', evidence,
        'parameters', parameters, 'profile_version', profile_version, 'deliveries', deliveries,
        'found_at', found_at, 'fact_names', %(fact_names)s::jsonb -> rule_id)
    FROM raised ORDER BY household_id, rule_id
)
SELECT rule_id, count(*) FROM raised GROUP BY rule_id
"""

_MOVED = """
UPDATE finding f SET area_code = n.area_code FROM new_finding n
WHERE f.finding_id = n.finding_id AND f.area_code <> n.area_code
"""

# Rules that were skipped leave their findings alone: without data nothing is known, neither way.
_WITHDRAW = """
WITH withdrawn AS (
    UPDATE finding f SET withdrawn_at = %(at)s, withdrawn_by = %(run)s
    WHERE f.period = %(period)s AND f.withdrawn_at IS NULL
      AND NOT EXISTS (
          SELECT 1 FROM unnest(%(skipped_rules)s::text[], %(skipped_areas)s::text[]) AS skipped (rule_id, area_code)
          WHERE skipped.rule_id = f.rule_id AND (skipped.area_code IS NULL OR skipped.area_code = f.area_code))
      AND (NOT %(is_limited)s OR f.household_id IN
           (SELECT household_id FROM comparison_run_household WHERE run_id = %(run)s))
      AND NOT EXISTS (SELECT 1 FROM new_finding n WHERE n.finding_id = f.finding_id)
    RETURNING f.*
), announced AS (
    INSERT INTO outbox (topic, key, type, time, traceparent, data)
    SELECT %(topic)s, household_id, %(withdrawn)s, %(at)s, %(traceparent)s, json_build_object(
        'finding_id', finding_id, 'run_id', withdrawn_by, 'rule_id', rule_id, 'household_id', household_id,
        'period', period, 'withdrawn_at', withdrawn_at)
    FROM withdrawn ORDER BY household_id, rule_id
)
SELECT rule_id, count(*) FROM withdrawn GROUP BY rule_id
"""


@dataclass(frozen=True)
class Merged:
    """Per rule: findings that are new, and findings that were withdrawn."""

    new: dict[str, int]
    withdrawn: dict[str, int]


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

    The same findings again change nothing and announce nothing (F-A06).

    Args:
        findings: CSV as the engine writes it.
        skipped: Rules that could not be evaluated, with the village, or `None` for everywhere.
        fact_names: Per rule, the names of its facts in Chinese and English.
    """
    connection = await raw(session)
    await connection.execute(_STAGING)
    async with (
        connection.cursor() as cursor,
        cursor.copy("COPY new_finding FROM STDIN (FORMAT csv)") as copy,
    ):
        with findings.open("rb") as file:
            while block := file.read(_BLOCK_BYTES):
                await copy.write(block)
    await connection.execute("ALTER TABLE new_finding ADD PRIMARY KEY (finding_id)")
    await connection.execute("ANALYZE new_finding")
    values = {
        "run": run.id,
        "period": run.period,
        "at": at,
        "topic": topics.FINDING.name,
        "raised": FindingRaised.event_type,
        "withdrawn": FindingWithdrawn.event_type,
        "traceparent": current_traceparent(),
        "skipped_rules": [rule for rule, _ in skipped],
        "skipped_areas": [area for _, area in skipped],
        "is_limited": run.is_limited,
        "fact_names": Jsonb(fact_names),
    }
    # Raised before withdrawn: a clue whose evidence changed never looks as if nothing supported it.
    new = dict(await (await connection.execute(_RAISE, values)).fetchall())
    await failpoint_async("comparison.findings_raised")
    await connection.execute(_MOVED)
    withdrawn = dict(await (await connection.execute(_WITHDRAW, values)).fetchall())
    await failpoint_async("comparison.findings_withdrawn")
    return Merged(new, withdrawn)
