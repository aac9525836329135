"""Queries of the life of rules: steps are added, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from psycopg.rows import class_row
from sqlalchemy.ext.asyncio import AsyncSession

from servicekit.auth import Principal
from servicekit.db import execute
from sharing.lives.tables import RuleStep
from sharing.rulestates import State, Step

_COLUMNS = "number, rule_id, rule_version, digest, area_code, state, reason, decided_by, decided_at"

_NEWEST = f"""
SELECT DISTINCT ON (rule_id, area_code) {_COLUMNS} FROM rule_step
WHERE CAST(:rule AS text) IS NULL OR rule_id = :rule ORDER BY rule_id, area_code, number DESC
"""


async def newest(session: AsyncSession, rule_id: str | None = None) -> list[Step]:
    """Give the newest step of each rule and area; few, for there are few rules and few decisions about them."""
    found = await execute(session, _NEWEST, {"rule": rule_id}, row_factory=class_row(Step))
    return await found.fetchall()


async def add(
    session: AsyncSession,
    rule_id: str,
    declaration: tuple[int, str],
    area_code: str,
    state: State,
    reason: str,
    decided: tuple[str, datetime],
) -> None:
    """Add a step.

    Args:
        declaration: Version and digest.
        decided: By whom, and when.
    """
    step = RuleStep(rule_id=rule_id, rule_version=declaration[0], digest=declaration[1], area_code=area_code,
                    state=state, reason=reason, decided_by=decided[0], decided_at=decided[1])  # fmt: skip
    session.add(step)
    await session.flush()


async def page(
    session: AsyncSession, principal: Principal, rule_id: str, before: int | None, limit: int
) -> tuple[Sequence[Step], int]:
    """Give steps of a rule about the caller's areas, or areas that hold them, the newest first; and how many in all."""
    own, parameters = principal.area_clause("area_code")
    above = "SELECT FROM unnest(CAST(:roots AS text[])) AS r (code) WHERE starts_with(r.code, area_prefix(area_code))"
    where = f"rule_id = :rule AND (({own}) OR EXISTS ({above}))"
    values = parameters | {"rule": rule_id, "roots": list(principal.areas)}
    counted = await execute(session, f"SELECT count(*) FROM rule_step WHERE {where}", values)
    [(total,)] = await counted.fetchall()
    found = await execute(
        session,
        f"SELECT {_COLUMNS} FROM rule_step WHERE {where} AND (CAST(:before AS bigint) IS NULL OR number < :before)"
        " ORDER BY number DESC LIMIT :limit",
        values | {"before": before, "limit": limit},
        row_factory=class_row(Step),
    )
    return await found.fetchall(), int(total)
