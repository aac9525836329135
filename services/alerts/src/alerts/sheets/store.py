"""Queries of sheets, and of what they are made of."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, func, select

from alerts.sheets.content import Leaf, Place
from alerts.sheets.schemas import SheetsQuery
from alerts.sheets.tables import Sheet
from servicekit import areas
from servicekit.db import array_text

# The newest version of each indicator and period that is whole, and its values in the county.
_NEWEST = """
SELECT DISTINCT ON (v.indicator_id, v.period) v.indicator_id, v.period, v.version, v.as_of
FROM figure_version v
JOIN unnest(CAST(:names AS text[]), CAST(:periods AS text[])) AS w (name, period)
  ON v.indicator_id = w.name AND v.period = w.period
WHERE v.taken = v.parts AND v.as_of <= :today
ORDER BY v.indicator_id, v.period, v.version DESC
"""
_LEAVES = f"""
SELECT f.indicator_id, f.period, f.dimension, f.area_code, f.part, f.numerator, f.denominator
FROM ({_NEWEST}) n JOIN figure_value f USING (indicator_id, period, version)
WHERE f.area_code >= :low AND f.area_code < :high
"""
_PLACES = """
SELECT area_code, name, level FROM area
WHERE area_code >= :low AND area_code < :high AND level IN ('county', 'town', 'village')
  AND coalesce(valid_to >= :first, true)
ORDER BY area_code
"""
_TAGS = """
SELECT t.tag, a.area_code FROM area a
CROSS JOIN LATERAL jsonb_to_recordset(a.tags) AS t (tag text, first_on date, last_on date)
WHERE a.area_code >= :low AND a.area_code < :high AND t.first_on <= :day AND coalesce(t.last_on >= :day, true)
  AND coalesce(a.valid_to >= :day, true)
ORDER BY t.tag, a.area_code
"""


async def newest(
    session: AsyncSession, wanted: Collection[tuple[str, str]], today: date
) -> dict[tuple[str, str], tuple[int, date]]:
    """Give the newest version of indicators and periods, with the last day that it tells of."""
    found = await session.execute(text(_NEWEST), _asked(wanted) | {"today": today})
    return {(row.indicator_id, row.period): (row.version, row.as_of) for row in found}


async def leaves(session: AsyncSession, wanted: Collection[tuple[str, str]], county: str, today: date) -> list[Leaf]:
    """Give the values of the newest version of indicators and periods in a county."""
    low, high = areas.range_of(county)
    found = await session.execute(text(_LEAVES), _asked(wanted) | {"today": today, "low": low, "high": high})
    return [Leaf(*row) for row in found]


def _asked(wanted: Collection[tuple[str, str]]) -> dict[str, Any]:
    pairs = sorted(wanted)
    return {"names": array_text([name for name, _ in pairs]), "periods": array_text([period for _, period in pairs])}


async def places(session: AsyncSession, county: str, first: date) -> list[Place]:
    """Give a county, its townships and villages, in order of codes, without those that were over before a day."""
    low, high = areas.range_of(county)
    found = await session.execute(text(_PLACES), {"low": low, "high": high, "first": first})
    return [Place(*row) for row in found]


async def tags(session: AsyncSession, county: str, day: date) -> dict[str, list[str]]:
    """Give the areas of a county that have each tag on a day, in order."""
    low, high = areas.range_of(county)
    found: dict[str, list[str]] = {}
    for tag, code in await session.execute(text(_TAGS), {"low": low, "high": high, "day": day}):
        found.setdefault(tag, []).append(code)
    return found


async def counties(session: AsyncSession, within: str) -> list[Place]:
    """Give the counties of an area in which households are registered, or which issued a sheet, in order."""
    low, high = areas.range_of(within)
    found = await session.execute(
        text(
            "SELECT area_code, name, level FROM area a"
            " WHERE level = 'county' AND area_code >= :low AND area_code < :high"
            " AND (EXISTS (SELECT FROM household h WHERE h.status = 'active'"
            " AND h.area_code >= a.area_code AND h.area_code < left(a.area_code, 6) || ':')"
            " OR EXISTS (SELECT FROM sheet s WHERE s.area_code = a.area_code AND s.issued_at IS NOT NULL))"
            " ORDER BY area_code"
        ),
        {"low": low, "high": high},
    )
    return [Place(*row) for row in found]


async def next_version(session: AsyncSession, kind: str, period: str, county: str) -> int:
    """Give the number of the version that is made now; who asks is alone until the transaction ends."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"sheet {county} {kind} {period}"}
    )
    found = await session.execute(
        select(func.max(Sheet.version)).where(
            col(Sheet.area_code) == county, col(Sheet.kind) == kind, col(Sheet.period) == period
        )
    )
    return 1 + int(found.scalar_one() or 0)


async def get(
    session: AsyncSession,
    kind: str,
    period: str,
    county: str,
    *,
    version: int | None = None,
    is_issued: bool = False,
    lock: bool = False,
) -> Sheet | None:
    """Give a version, the newest where none is named; of those that were issued alone, if only they count."""
    query = select(Sheet).where(col(Sheet.area_code) == county, col(Sheet.kind) == kind, col(Sheet.period) == period)
    if version is not None:
        query = query.where(col(Sheet.version) == version)
    if is_issued:
        query = query.where(col(Sheet.issued_at).is_not(None))
    query = query.order_by(col(Sheet.version).desc()).limit(1)
    return (await session.execute(query.with_for_update() if lock else query)).scalar_one_or_none()


async def newest_issued(session: AsyncSession, kind: str, period: str, within: str) -> list[Sheet]:
    """Give the newest version that each county of an area issued."""
    low, high = areas.range_of(within)
    statement = text(
        "SELECT DISTINCT ON (area_code) * FROM sheet WHERE kind = :kind AND period = :period"
        " AND area_code >= :low AND area_code < :high AND issued_at IS NOT NULL ORDER BY area_code, version DESC"
    ).bindparams(kind=kind, period=period, low=low, high=high)
    return list((await session.execute(select(Sheet).from_statement(statement))).scalars())


async def page(
    session: AsyncSession,
    scope: tuple[str, dict[str, str]],
    wanted: SheetsQuery,
    kinds: Sequence[str],
    *,
    only_issued: bool,
    before: str | None,
    limit: int,
) -> tuple[list[Sheet], int]:
    """Give sheets of counties, the newest first, and how many there are.

    Args:
        scope: Condition on `s.area_code` and its parameters.
        kinds: Of these kinds alone.
    """
    where, values = [scope[0], "s.kind = ANY(CAST(:kinds AS text[]))"], dict[str, Any](scope[1])
    values["kinds"] = array_text(kinds)
    for name in ("kind", "period"):
        if (value := getattr(wanted, name)) is not None:
            where.append(f"s.{name} = :{name}")
            values[name] = value
    if only_issued or wanted.state == "issued":
        where.append("s.issued_at IS NOT NULL")
    if wanted.state == "frozen":
        where.append("s.issued_at IS NULL")
    condition = " AND ".join(where)
    number = await session.execute(text(f"SELECT count(*) FROM sheet s WHERE {condition}"), values)
    if before is not None:
        condition += " AND s.id < CAST(:before AS uuid)"
        values["before"] = before
    statement = text(f"SELECT s.* FROM sheet s WHERE {condition} ORDER BY s.id DESC LIMIT :limit")
    found = await session.execute(select(Sheet).from_statement(statement.bindparams(**values, limit=limit)))
    return list(found.scalars()), int(number.scalar_one())
