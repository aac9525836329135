"""Queries of shortfalls."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from registry.households.service import path_of
from registry.shortfalls.rules import By
from registry.shortfalls.sql import SHORTFALLS

_COUNTIES = """
SELECT DISTINCT left(a.code, 6) || '000000' AS county FROM area a WHERE right(a.code, 6) <> '000000' AND {clause}
"""
_DIGITS: Mapping[By, int] = {"village": 12, "town": 9, "county": 6}
_COUNTED = """
SELECT n.*, {path} AS area_path FROM (
    SELECT guarantee, rpad(left(area_code, {digits}), 12, '0') AS area_code,
        count(*) FILTER (WHERE is_open) AS open, count(*) FILTER (WHERE is_overdue) AS overdue,
        count(*) FILTER (WHERE NOT is_open) AS closed,
        count(DISTINCT household_id) FILTER (WHERE is_open) AS households,
        count(*) FILTER (WHERE opened_on >= :month) AS opened_in_month,
        count(*) FILTER (WHERE closed_on >= :month) AS closed_in_month,
        min(since_on) FILTER (WHERE is_open) AS oldest_since_on
    FROM shortfall GROUP BY 1, 2
) n ORDER BY n.guarantee, n.area_code
"""


class Wanted(NamedTuple):
    """Whose shortfalls, and as they were known when.

    Attributes:
        reach: Conditions over a household `h` and a guarantee `u.kind`, with their `values`.
        deadlines: `days` by `county` and `kind`.
        until: What was said from then on is not known.
    """

    reach: str
    values: Mapping[str, Any]
    deadlines: Sequence[Mapping[str, Any]]
    until: datetime
    as_of: date

    def parameters(self) -> dict[str, Any]:
        """Give those of the statement."""
        known = {"deadlines": json.dumps(list(self.deadlines)), "until": self.until, "as_of": self.as_of}
        return {**self.values, **known}


async def counties(session: AsyncSession, clause: str, values: Mapping[str, Any]) -> list[str]:
    """Give the counties of areas `a` that have villages."""
    return sorted((await session.execute(text(_COUNTIES.format(clause=clause)), dict(values))).scalars())


async def page(
    session: AsyncSession, wanted: Wanted, conditions: Sequence[str], values: Mapping[str, Any], *, limit: int
) -> tuple[Sequence[RowMapping], int]:
    """Give shortfalls that `conditions` leave, the oldest first after `:after_at`, and how many they are in all."""
    after = "(c.opened_at, c.household_id, c.guarantee) > (:after_at, CAST(:after_id AS uuid), :after_kind)"
    query = (
        f"{SHORTFALLS.format(reach=wanted.reach)}, chosen AS MATERIALIZED (SELECT * FROM shortfall"
        f" WHERE {' AND '.join(conditions) or 'true'})"
        " SELECT n.total, s.* FROM (SELECT count(*) AS total FROM chosen) n LEFT JOIN LATERAL ("
        "SELECT c.*, CAST(c.household_id AS text) AS household FROM chosen c"
        f" WHERE {after if 'after_at' in values else 'true'} ORDER BY c.opened_at, c.household_id, c.guarantee"
        " LIMIT :limit) s ON true ORDER BY s.opened_at, s.household_id, s.guarantee"
    )
    found = (await session.execute(text(query), {**wanted.parameters(), **values, "limit": limit})).mappings().all()
    return [row for row in found if row["household"] is not None], next(row["total"] for row in found)


async def counts(session: AsyncSession, wanted: Wanted, by: By) -> Sequence[RowMapping]:
    """Count shortfalls by guarantee and area."""
    counted = _COUNTED.format(path=path_of("n.area_code"), digits=_DIGITS[by])
    query = SHORTFALLS.format(reach=wanted.reach) + counted
    values = wanted.parameters() | {"month": wanted.as_of.replace(day=1)}
    return (await session.execute(text(query), values)).mappings().all()
