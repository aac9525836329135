"""Queries of areas."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from contracts.registry import AreaChanged
from registry.areas.rules import AreaRow
from registry.areas.tables import Area
from servicekit import locks, outbox
from servicekit.db import copy_rows

_CHANGED = {name: "code" if name == "area_code" else name for name in AreaChanged.model_fields}
_COLUMNS = ("line", "code", "name", "level", "parent_code", "valid_from", "valid_to")


async def create_staging(session: AsyncSession) -> None:
    """Create the temporary table; it is gone with the transaction."""
    await session.execute(
        text(
            'CREATE TEMP TABLE s_area (line int, code text COLLATE "C", name text, level text,'
            ' parent_code text COLLATE "C", valid_from date, valid_to date) ON COMMIT DROP'
        )
    )


async def stage(session: AsyncSession, rows: Iterable[AreaRow]) -> None:
    """COPY rows into the staging table."""
    await copy_rows(session, "s_area", ({column: getattr(row, column) for column in _COLUMNS} for row in rows))


async def repeated(session: AsyncSession) -> list[tuple[int, str]]:
    """Give lines whose code came before, as (line, code of the fault)."""
    result = await session.execute(
        text(
            "SELECT line FROM (SELECT line, row_number() OVER (PARTITION BY code ORDER BY line) AS n FROM s_area) d"
            " WHERE n > 1 ORDER BY line LIMIT 100"
        )
    )
    return [(row.line, "code.duplicate") for row in result]


async def orphans(session: AsyncSession) -> list[tuple[int, str]]:
    """Give lines of towns and villages whose parent is neither in the file nor registered."""
    result = await session.execute(
        text(
            "SELECT s.line FROM s_area s WHERE s.level IN ('town', 'village')"
            " AND NOT EXISTS (SELECT FROM s_area p WHERE p.code = s.parent_code)"
            " AND NOT EXISTS (SELECT FROM area a WHERE a.code = s.parent_code) ORDER BY s.line LIMIT 100"
        )
    )
    return [(row.line, "parent_code.unknown") for row in result]


async def merge(session: AsyncSession, at: datetime) -> tuple[int, int, int]:
    """Upsert the staged areas and announce those that changed; give (created, updated, unchanged)."""
    await locks.lock(session, locks.Lock.AREAS)
    changed = (
        "CREATE TEMP TABLE s_area_change ON COMMIT DROP AS SELECT s.*, a.code IS NULL AS is_new FROM s_area s"
        " LEFT JOIN area a USING (code) WHERE (a.name, a.valid_from, a.valid_to) IS DISTINCT FROM"
        " (s.name, s.valid_from, s.valid_to) OR a.code IS NULL"
    )
    await session.execute(text(changed))
    await session.execute(
        text(
            "INSERT INTO area (code, name, level, parent_code, valid_from, valid_to, updated_at)"
            " SELECT code, name, level, parent_code, valid_from, valid_to, :at FROM s_area_change ORDER BY code"
            " ON CONFLICT (code) DO UPDATE SET name = EXCLUDED.name, valid_from = EXCLUDED.valid_from,"
            " valid_to = EXCLUDED.valid_to, updated_at = EXCLUDED.updated_at"
        ),
        {"at": at},
    )
    await _announce(session, "s_area_change")
    row = (
        await session.execute(
            text(
                "SELECT count(*) FILTER (WHERE is_new) AS created, count(*) FILTER (WHERE NOT is_new) AS updated,"
                " (SELECT count(*) FROM s_area) - count(*) AS unchanged FROM s_area_change"
            )
        )
    ).one()
    return row.created, row.updated, row.unchanged


async def announce_all(session: AsyncSession) -> int:
    """Announce every area as it is; give their number. An import waits until the transaction ends."""
    await locks.lock(session, locks.Lock.AREAS)
    return await _announce(session, "area")


async def _announce(session: AsyncSession, source: str) -> int:
    return await outbox.add_select(session, AreaChanged, _CHANGED, f"{source} ORDER BY code")


async def get(session: AsyncSession, code: str) -> Area | None:
    """Give an area, or None."""
    return await session.get(Area, code)


async def children(
    session: AsyncSession, parent: str | None, clause: tuple[str, dict[str, Any]], *, after: str, limit: int
) -> list[Area]:
    """Give the areas below `parent` (all, when None) within the caller's areas, by code."""
    statement = select(Area).where(text(clause[0]).bindparams(**clause[1])).where(col(Area.code) > after)
    if parent is not None:
        statement = statement.where(col(Area.parent_code) == parent)
    result = await session.execute(statement.order_by(col(Area.code)).limit(limit))
    return list(result.scalars())
