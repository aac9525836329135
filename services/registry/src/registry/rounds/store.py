"""Queries of rounds: set by set, whatever the number of households."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.vocabulary import ContactOutcome, ContactWay, HouseholdStatus, StaffRole
from registry.duty import Tally
from registry.households.service import path_of
from servicekit import areas

By = Literal["grid", "village", "town", "county"]

# Somebody saw, or heard, how the household is: a message does not tell, and nobody was met where nobody was.
_MET = f"c.outcome = '{ContactOutcome.MET}' AND c.way IN ('{ContactWay.VISIT}', '{ContactWay.PHONE}')"
_GRIDS = f"""(SELECT DISTINCT a.area_code AS village, a.grid FROM appointment a
    WHERE a.role = '{StaffRole.GRID}' AND a.first_on <= :today AND coalesce(a.last_on >= :today, true))"""
_HOUSEHOLDS = f"""
{_GRIDS} g JOIN household h ON h.village_code = g.village AND h.grid = g.grid AND h.status = '{HouseholdStatus.ACTIVE}'
LEFT JOIN LATERAL (
    SELECT max(c.happened_on) AS on_day, count(*) FILTER (WHERE c.way = '{ContactWay.VISIT}') AS visits
    FROM contact c WHERE c.household_id = h.id AND {_MET} AND c.happened_on BETWEEN :first AND :last) met ON true
WHERE """
_COUNTS = """count(*) AS due, count(met.on_day) AS reached, count(*) FILTER (WHERE met.visits > 0) AS visited"""
_DIGITS = {"grid": 12, "village": 12, "town": 9, "county": 6}


async def tallies(session: AsyncSession, county: str, first: date, today: date) -> list[Tally]:
    """Give how far each village of a county with grid workers has come since a day."""
    low, high = areas.range_of(county)
    result = await session.execute(
        text(
            "SELECT h.village_code AS village, count(*) AS due, count(*) - count(met.on_day) AS waiting,"
            f" max(met.on_day) AS last_on FROM {_HOUSEHOLDS}"
            " h.village_code >= :low AND h.village_code < :high GROUP BY 1 ORDER BY 1"
        ),
        {"low": low, "high": high, "first": first, "last": today, "today": today},
    )
    return [Tally(**row) for row in result.mappings()]


async def coverage(
    session: AsyncSession, condition: str, values: Mapping[str, Any], by: By, days: tuple[date, date, date]
) -> Sequence[Any]:
    """Give the counts of each area of a level, or each grid, by code; the last row is all of them together.

    Args:
        days: First and last day of the round, and today, whose grid workers count.
    """
    grid = "h.grid" if by == "grid" else "CAST(NULL AS text)"
    result = await session.execute(
        text(
            f"SELECT n.area_code, n.grid, n.due, n.reached, n.visited, {path_of('n.area_code')} AS area_path FROM ("
            f"SELECT rpad(left(h.village_code, {_DIGITS[by]:d}), 12, '0') AS area_code, {grid} AS grid, {_COUNTS}"
            f" FROM {_HOUSEHOLDS} {condition} GROUP BY GROUPING SETS ((1, 2), ())) n"
            " ORDER BY n.area_code NULLS LAST, n.grid"
        ),
        {**values, "first": days[0], "last": days[1], "today": days[2]},
    )
    return result.mappings().all()
