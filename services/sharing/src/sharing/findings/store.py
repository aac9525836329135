"""Queries of findings and of what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from servicekit.areas import range_of
from servicekit.auth import Principal
from servicekit.db import raw

_UPSERT_OUTCOMES = """
INSERT INTO clue_outcome AS o
    (clue_id, version, household_id, area_code, state, risk_type, result_reason, rule_ids, finding_ids, verified_at)
SELECT DISTINCT ON (clue_id)
    clue_id, version, household_id, area_code, state, risk_type, result_reason, rule_ids, finding_ids, verified_at
FROM json_to_recordset(%(clues)s::json) AS c(
    clue_id text, version int, household_id text, area_code text, state text, risk_type text, result_reason text,
    rule_ids text[], finding_ids text[], verified_at timestamptz)
ORDER BY clue_id, version DESC
ON CONFLICT (clue_id) DO UPDATE SET
    version = EXCLUDED.version, household_id = EXCLUDED.household_id, area_code = EXCLUDED.area_code,
    state = EXCLUDED.state, risk_type = EXCLUDED.risk_type, result_reason = EXCLUDED.result_reason,
    rule_ids = EXCLUDED.rule_ids, finding_ids = EXCLUDED.finding_ids, verified_at = EXCLUDED.verified_at
WHERE o.version < EXCLUDED.version
"""

_COLUMNS = (
    "finding_id::text, run_id, rule_id, rule_version, scope, household_id, person_id, area_code, period, risk_type,"
    " severity, evidence, parameters, profile_version, deliveries, found_at, withdrawn_at"
)


@dataclass(frozen=True)
class FindingFilter:
    """Which findings a caller asks for; `rules` are those that it may see, `None` for all."""

    period: str | None = None
    rule: str | None = None
    area: str | None = None
    severity: str | None = None
    household_id: str | None = None
    with_withdrawn: bool = False
    rules: tuple[str, ...] | None = None


async def upsert_outcomes(session: AsyncSession, clues_json: str) -> None:
    """Keep the newest version of each clue of a JSON array of `ClueMoved` data."""
    connection = await raw(session)
    await connection.execute(_UPSERT_OUTCOMES, {"clues": clues_json})


async def list_findings(
    session: AsyncSession, principal: Principal, wanted: FindingFilter, after: Sequence[str] | None, limit: int
) -> list[dict[str, Any]]:
    """Give findings in the caller's areas, ordered by village and id."""
    clause, parameters = principal.area_clause("area_code")
    conditions = [clause]
    values: dict[str, Any] = dict(parameters) | {"limit": limit}
    if wanted.area is not None:
        values["low"], values["high"] = range_of(wanted.area)
        conditions.append("area_code >= :low AND area_code < :high")
    for column, value in (
        ("period", wanted.period),
        ("rule_id", wanted.rule),
        ("severity", wanted.severity),
        ("household_id", wanted.household_id),
    ):
        if value is not None:
            conditions.append(f"{column} = :{column}")
            values[column] = value
    if wanted.rules is not None:
        conditions.append("rule_id = ANY(:rules)")
        values["rules"] = list(wanted.rules)
    if not wanted.with_withdrawn:
        conditions.append("withdrawn_at IS NULL")
    if after is not None:
        conditions.append("(area_code, finding_id) > (:after_area, CAST(:after_id AS uuid))")
        values["after_area"], values["after_id"] = after
    result = await session.execute(
        text(
            f"SELECT {_COLUMNS} FROM finding WHERE {' AND '.join(conditions)}"
            " ORDER BY area_code, finding.finding_id LIMIT :limit"
        ),
        values,
    )
    return [dict(row) for row in result.mappings()]


async def get_finding(session: AsyncSession, finding_id: str) -> dict[str, Any] | None:
    """Give a finding."""
    result = await session.execute(
        text(f"SELECT {_COLUMNS} FROM finding WHERE finding.finding_id = CAST(:id AS uuid)"), {"id": finding_id}
    )
    row = result.mappings().first()
    return dict(row) if row else None


async def outcomes_of(session: AsyncSession, principal: Principal, rule_id: str) -> list[dict[str, Any]]:
    """Count the clues that a rule led to in the caller's areas, by township, state and reason."""
    clause, parameters = principal.area_clause("area_code")
    result = await session.execute(
        text(
            "SELECT left(area_code, 9) || '000' AS town, state, result_reason, count(*) AS clues FROM clue_outcome"
            f" WHERE rule_ids @> ARRAY[CAST(:rule AS text)] AND {clause} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
        ),
        parameters | {"rule": rule_id},
    )
    return [dict(row) for row in result.mappings()]
