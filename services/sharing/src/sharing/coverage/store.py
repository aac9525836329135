"""Queries of coverage."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from servicekit.areas import range_of
from servicekit.auth import Principal
from servicekit.db import execute
from sharing.coverage.tables import TownshipCoverage

_TAKE = """
INSERT INTO township_coverage (period, area_code, run_id, told_at, villages, households, rules)
SELECT :period, t.area_code, :run, :at, t.villages, t.households, t.rules
FROM jsonb_to_recordset(:townships) AS t (area_code text, villages int, households int, rules jsonb)
ON CONFLICT (period, area_code) DO UPDATE SET run_id = EXCLUDED.run_id, told_at = EXCLUDED.told_at,
    villages = EXCLUDED.villages, households = EXCLUDED.households, rules = EXCLUDED.rules
"""
_FORGET = """
DELETE FROM township_coverage
WHERE period = :period AND area_code >= :low AND area_code < :high AND run_id <> :run
"""


async def take(
    session: AsyncSession, run_id: str, period: str, area_code: str, townships: Sequence[dict[str, Any]], at: datetime
) -> None:
    """Make the rows of an area's townships those of a run; townships that nobody lives in any more go."""
    values = {"run": run_id, "period": period, "at": at, "townships": Jsonb(list(townships))}
    await execute(session, _TAKE, values)
    low, high = range_of(area_code)
    await execute(session, _FORGET, {"run": run_id, "period": period, "low": low, "high": high})


async def of_period(
    session: AsyncSession, principal: Principal, period: str, area: str | None, first: str
) -> Sequence[TownshipCoverage]:
    """Give the rows of a period in the caller's areas, from a township on."""
    clause, parameters = principal.area_clause("area_code")
    query = select(TownshipCoverage).where(text(clause).bindparams(**parameters))
    query = query.where(TownshipCoverage.period == period, TownshipCoverage.area_code >= first)
    if area is not None:
        low, high = range_of(area)
        query = query.where(TownshipCoverage.area_code >= low, TownshipCoverage.area_code < high)
    return (await session.execute(query.order_by(col(TownshipCoverage.area_code)))).scalars().all()
