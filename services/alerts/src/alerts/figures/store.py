"""Queries of figures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from alerts.figures.tables import FigureRequest, FigureVersion
from contracts.indicators import Computed, Period
from servicekit import areas
from servicekit.auth import Principal
from servicekit.db import array_text

_VERSIONS = """
INSERT INTO figure_version
    (indicator_id, period, version, as_of, computed_at, why, request_id, parts, taken, taken_at)
SELECT DISTINCT ON (e.indicator_id, e.period, e.version)
    e.indicator_id, e.period, e.version, e.as_of, e.computed_at, e.why, e.request_id, e.parts, 0, :at
FROM jsonb_to_recordset(CAST(:events AS jsonb)) e (indicator_id text, period text, version int, as_of date,
    computed_at timestamptz, why text, request_id uuid, parts int)
ORDER BY e.indicator_id, e.period, e.version
ON CONFLICT DO NOTHING
"""
# A part that came before is passed over with all its cells: it cannot have changed.
_PARTS = """
WITH told AS (
    SELECT e.* FROM jsonb_to_recordset(CAST(:events AS jsonb)) e (indicator_id text, period text, version int,
        part int, cells jsonb)
), fresh AS (
    INSERT INTO figure_part (indicator_id, period, version, part)
    SELECT indicator_id, period, version, part FROM told ORDER BY 1, 2, 3, 4
    ON CONFLICT DO NOTHING RETURNING indicator_id, period, version, part
), kept AS (
    INSERT INTO figure_value (indicator_id, period, version, dimension, area_code, part, numerator, denominator)
    SELECT t.indicator_id, t.period, t.version, c.dimension, c.area_code, c.part, c.numerator, c.denominator
    FROM told t JOIN fresh USING (indicator_id, period, version, part)
    CROSS JOIN LATERAL jsonb_to_recordset(t.cells) c (dimension text, area_code text, part text, numerator numeric,
        denominator numeric)
), counted AS (SELECT indicator_id, period, version, count(*) AS n FROM fresh GROUP BY 1, 2, 3)
UPDATE figure_version v SET taken = v.taken + c.n, taken_at = :at FROM counted c
WHERE (v.indicator_id, v.period, v.version) = (c.indicator_id, c.period, c.version)
"""
_WHOLE = "v.taken = v.parts AND v.as_of <= :today"
# Areas that have nothing have zero; facts that are an upper area's own stand in its row.
_ROWS = """
WITH sums AS (
    SELECT rpad(left(v.area_code, :digits), 12, '0') AS area_code, v.part,
        sum(v.numerator) AS numerator, sum(v.denominator) AS denominator
    FROM figure_value v
    WHERE v.indicator_id = :indicator_id AND v.period = :period AND v.version = :version AND v.dimension = :dimension
      AND {scope} {department}
    GROUP BY 1, 2
), rows AS (
    SELECT area_code, part, numerator, denominator FROM sums
    UNION ALL
    SELECT a.area_code, '', 0, 0 FROM area a
    WHERE CAST(:dimension AS text) = '' AND a.level = :level AND {area_scope}
      AND NOT EXISTS (SELECT FROM sums s WHERE s.area_code = a.area_code)
)
SELECT area_code, part, numerator, denominator FROM rows ORDER BY area_code, part
"""


async def take(session: AsyncSession, events: Sequence[Computed], at: datetime) -> None:
    """Keep parts of versions, each once, whatever their order."""
    told = orjson.dumps([event.model_dump(mode="json") for event in _once(events)]).decode()
    await session.execute(text(_VERSIONS), {"events": told, "at": at})
    await session.execute(text(_PARTS), {"events": told, "at": at})


def _once(events: Sequence[Computed]) -> list[Computed]:
    return list({(each.indicator_id, each.period, each.version, each.part): each for each in events}.values())


async def versions(session: AsyncSession, indicator_ids: Sequence[str], period: str, today: Any) -> list[FigureVersion]:
    """Give the versions of indicators for a period that are whole, the newest first."""
    query = text(
        f"SELECT v.* FROM figure_version v WHERE v.indicator_id = ANY(CAST(:ids AS text[])) AND v.period = :period"
        f" AND {_WHOLE} ORDER BY v.indicator_id, v.version DESC"
    ).bindparams(ids=array_text(indicator_ids), period=period, today=today)
    return list((await session.execute(select(FigureVersion).from_statement(query))).scalars())


async def latest(session: AsyncSession, today: Any) -> dict[str, str]:
    """Give the newest period of each indicator of which there are figures."""
    found = await session.execute(
        text(f"SELECT v.indicator_id, max(v.period) AS period FROM figure_version v WHERE {_WHOLE} GROUP BY 1"),
        {"today": today},
    )
    return {row.indicator_id: row.period for row in found}


async def rows(
    session: AsyncSession, version: FigureVersion, principal: Principal, *, digits: int, level: str, dimension: str
) -> list[Any]:
    """Give sums of a version over areas of a level, within the principal's areas, in order of areas and parts.

    Args:
        digits: How many digits of a code name an area of that level.
        level: As areas have it; empty: only areas that have something.
    """
    scope, parameters = principal.area_clause("v.area_code")
    values: dict[str, Any] = {
        **parameters,
        "indicator_id": version.indicator_id, "period": version.period, "version": version.version,
        "digits": digits, "level": level, "dimension": dimension,
    }  # fmt: skip
    department = ""
    if principal.department is not None:
        department, values["own_department"] = "AND v.part = :own_department", principal.department.value
    statement = _ROWS.format(scope=scope, area_scope=scope.replace("v.area_code", "a.area_code"), department=department)
    return list((await session.execute(text(statement), values)).mappings())


_FROZEN = """
SELECT t.period, t.version, t.frozen_at, coalesce(sum(v.numerator), 0) AS numerator, sum(v.denominator) AS denominator
FROM (
    SELECT f.period, max(f.version) AS version, min(f.computed_at) AS frozen_at
    FROM figure_version f
    JOIN unnest(CAST(:periods AS text[]), CAST(:lasts AS date[])) w (period, last_on) ON w.period = f.period
    WHERE f.indicator_id = :indicator_id AND f.taken = f.parts AND f.as_of >= w.last_on
    GROUP BY f.period
) t LEFT JOIN figure_value v ON v.indicator_id = :indicator_id AND v.period = t.period AND v.version = t.version
    AND v.dimension = '' AND v.area_code >= :low AND v.area_code < :high
GROUP BY t.period, t.version, t.frozen_at
"""


async def frozen(session: AsyncSession, indicator_id: str, area_code: str, periods: Sequence[Period]) -> list[Any]:
    """Give the sums of an area by the newest version of each period that tells of all of it."""
    low, high = areas.range_of(area_code)
    values = {
        "indicator_id": indicator_id,
        "periods": array_text(period.name for period in periods),
        "lasts": array_text(period.last.isoformat() for period in periods),
        "low": low,
        "high": high,
    }
    return list((await session.execute(text(_FROZEN), values)).mappings())


async def request(session: AsyncSession, request_id: str) -> FigureRequest | None:
    """Give a recomputation."""
    return await session.get(FigureRequest, request_id)


async def computed_for(session: AsyncSession, request_id: str) -> dict[str, int]:
    """Give the versions that a recomputation gave, by indicator."""
    found = await session.execute(
        select(col(FigureVersion.indicator_id), col(FigureVersion.version)).where(
            col(FigureVersion.request_id) == request_id, col(FigureVersion.taken) == col(FigureVersion.parts)
        )
    )
    return {row.indicator_id: row.version for row in found}
