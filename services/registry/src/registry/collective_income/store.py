"""Queries of the collective income of villages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from registry.collective_income.tables import CollectiveIncome
from registry.duty import Tally
from registry.households.service import path_of
from servicekit import areas
from servicekit.event_sql import Fields, json_object

_BALANCE = "c.income - c.distributed"
_RECORD: Fields = {name: f"c.{name}" for name in CollectiveIncome.model_fields} | {"balance": _BALANCE}

# A village that was closed stays in the years of which it said something.
_VILLAGES = """
area a LEFT JOIN LATERAL (
    SELECT r.* FROM collective_income r WHERE r.village_code = a.code AND r.year = :year
    ORDER BY r.version DESC LIMIT 1) c ON true
WHERE a.level = 'village' AND (a.valid_to IS NULL OR c.village_code IS NOT NULL) AND """


async def revisions(session: AsyncSession, village: str, year: int) -> list[CollectiveIncome]:
    """Give what a village said of a year, newest first."""
    result = await session.execute(
        select(CollectiveIncome)
        .where(CollectiveIncome.village_code == village, CollectiveIncome.year == year)
        .order_by(col(CollectiveIncome.version).desc())
    )
    return list(result.scalars())


async def tallies(session: AsyncSession, area: str, year: int) -> list[Tally]:
    """Give whether each village of an area has said what became of its income of a year."""
    low, high = areas.range_of(area)
    result = await session.execute(
        text(
            "SELECT a.code AS village, 1 AS due, CASE WHEN c.village_code IS NULL THEN 1 ELSE 0 END AS waiting,"
            f" c.settled_on AS last_on FROM {_VILLAGES} a.code >= :low AND a.code < :high ORDER BY 1"
        ),
        {"low": low, "high": high, "year": year},
    )
    return [Tally(**row) for row in result.mappings()]


async def page(
    session: AsyncSession, conditions: Sequence[str], values: Mapping[str, Any]
) -> tuple[Sequence[Any], Any]:
    """Give villages by code, and what the filters leave added up; `:year`, `:after` or null, `:limit`."""
    source = _VILLAGES + " AND ".join(conditions)
    totals = await session.execute(
        text(
            "SELECT count(*) AS villages, count(c.village_code) AS recorded, coalesce(sum(c.income), 0) AS income,"
            " coalesce(sum(c.distributed), 0) AS distributed,"
            f" coalesce(sum({_BALANCE}), 0) AS balance, coalesce(sum(c.households), 0) AS households"
            f" FROM {source}"
        ),
        dict(values),
    )
    rows = await session.execute(
        text(
            f"SELECT a.code AS village_code, {path_of('a.code')} AS area_path,"
            f" CASE WHEN c.village_code IS NOT NULL THEN {json_object(_RECORD)} END AS record FROM {source}"
            " AND (CAST(:after AS text) IS NULL OR a.code > CAST(:after AS text)) ORDER BY a.code LIMIT :limit"
        ),
        dict(values),
    )
    return rows.mappings().all(), totals.mappings().one()
