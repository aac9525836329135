"""Queries of findings and of what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import dict_row
from sqlalchemy import text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from contracts.sharing import FindingWithdrawn
from servicekit.areas import range_of
from servicekit.auth import Principal
from servicekit.db import execute, raw
from sharing.findings.schemas import FindingQuery
from sharing.findings.tables import Finding

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


async def upsert_outcomes(session: AsyncSession, clues_json: str) -> None:
    """Keep the newest version of each clue of a JSON array of `ClueMoved` data."""
    connection = await raw(session)
    await connection.execute(_UPSERT_OUTCOMES, {"clues": clues_json})


async def list_findings(
    session: AsyncSession,
    principal: Principal,
    wanted: FindingQuery,
    rules: Sequence[str] | None,
    after: Sequence[str] | None,
) -> Sequence[Finding]:
    """Give findings in the caller's areas, ordered by village and id; of `rules` only, `None` for all."""
    clause, parameters = principal.area_clause("area_code")
    query = select(Finding).where(text(clause).bindparams(**parameters))
    if wanted.area is not None:
        low, high = range_of(wanted.area)
        query = query.where(col(Finding.area_code) >= low, col(Finding.area_code) < high)
    for column, value in (
        (col(Finding.period), wanted.period),
        (col(Finding.rule_id), wanted.rule),
        (col(Finding.severity), wanted.severity),
        (col(Finding.household_id), wanted.household_id),
    ):
        if value is not None:
            query = query.where(column == value)
    if rules is not None:
        query = query.where(col(Finding.rule_id).in_(rules))
    if not wanted.withdrawn:
        query = query.where(col(Finding.withdrawn_at).is_(None))
    if after is not None:
        area_code, finding_id = after
        place = tuple_(col(Finding.area_code), col(Finding.finding_id))
        query = query.where(place > tuple_(area_code, UUID(finding_id)))
    query = query.order_by(col(Finding.area_code), col(Finding.finding_id)).limit(wanted.limit)
    return (await session.execute(query)).scalars().all()


async def get_finding(session: AsyncSession, finding_id: str) -> Finding | None:
    """Give a finding."""
    return await session.get(Finding, UUID(finding_id))


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


async def periods_of(session: AsyncSession, households: Sequence[str], oldest: str) -> dict[str, list[str]]:
    """Give the households with findings that stand, by period from `oldest` on."""
    found = await execute(
        session,
        "SELECT period, array_agg(DISTINCT household_id) FROM finding"
        " WHERE household_id = ANY(:households) AND period >= :oldest AND withdrawn_at IS NULL GROUP BY period",
        {"households": list(households), "oldest": oldest},
    )
    return dict(await found.fetchall())


async def move_with(session: AsyncSession, households: Sequence[str]) -> None:
    """Put findings into the village where their household is now."""
    await execute(
        session,
        "UPDATE finding f SET area_code = d.area_code FROM directory_household d"
        " WHERE f.household_id = ANY(:households) AND d.household_id = f.household_id AND f.area_code <> d.area_code",
        {"households": list(households)},
    )


REGISTER = "register"  # instead of a run: findings that ended because the register says so
_WITHDRAW_GONE = f"""
UPDATE finding f SET withdrawn_at = :at, withdrawn_by = '{REGISTER}'
WHERE f.household_id = ANY(:households) AND f.withdrawn_at IS NULL AND (
    NOT EXISTS (SELECT FROM directory_household d WHERE d.household_id = f.household_id AND d.status = 'active')
    OR f.person_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM directory_person p WHERE p.household_id = f.household_id AND p.person_id = f.person_id))
RETURNING f.finding_id::text AS finding_id, f.withdrawn_by AS run_id, f.rule_id, f.household_id, f.period,
    f.withdrawn_at
"""


async def withdraw_gone(session: AsyncSession, households: Sequence[str], at: datetime) -> list[FindingWithdrawn]:
    """Withdraw findings of households that ended and of persons who left them; give what to announce."""
    found = await execute(session, _WITHDRAW_GONE, {"households": list(households), "at": at}, row_factory=dict_row)
    return [FindingWithdrawn.model_validate(row) for row in await found.fetchall()]
