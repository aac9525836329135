"""Queries of areas."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from contracts.registry import AreaChanged
from registry.areas.rules import AreaRow
from registry.areas.tables import Area, AreaSuccession
from servicekit import locks, outbox
from servicekit.db import copy_rows

# Villages that its households went to; of a township, the townships of those.
_SUCCESSORS = """ARRAY(
    SELECT DISTINCT CASE level WHEN 'village' THEN s.to_code ELSE left(s.to_code, 9) || '000' END AS to_code
    FROM area_succession s WHERE s.to_code <> '' AND s.applied_at IS NOT NULL
      AND (s.from_code = code OR (level = 'town' AND left(s.from_code, 9) || '000' = code
                                  AND left(s.to_code, 9) || '000' <> code)) ORDER BY 1)"""
_CHANGED = {name: "code" if name == "area_code" else name for name in AreaChanged.model_fields}
_CHANGED["successors"] = _SUCCESSORS
_COLUMNS = ("line", "code", "name", "level", "parent_code", "valid_from", "valid_to", "keeps_end", "successor_code")


async def create_staging(session: AsyncSession) -> None:
    """Create the temporary table; it is gone with the transaction."""
    await session.execute(
        text(
            'CREATE TEMP TABLE s_area (line int, code text COLLATE "C", name text, level text,'
            ' parent_code text COLLATE "C", valid_from date, valid_to date, keeps_end bool,'
            ' successor_code text COLLATE "C") ON COMMIT DROP'
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


async def without_successor(session: AsyncSession, clause: tuple[str, dict[str, Any]]) -> list[tuple[int, str]]:
    """Give lines whose successor is no valid village of the caller, neither of the file nor registered.

    Args:
        clause: The caller's areas over `s.successor_code`.
    """
    condition, parameters = clause
    result = await session.execute(
        text(
            "SELECT s.line FROM s_area s WHERE s.successor_code IS NOT NULL AND (NOT " + condition + " OR NOT ("
            " EXISTS (SELECT FROM s_area p WHERE p.code = s.successor_code AND p.valid_to IS NULL)"
            " OR EXISTS (SELECT FROM area a WHERE a.code = s.successor_code AND a.valid_to IS NULL)))"
            " ORDER BY s.line LIMIT 100"
        ),
        parameters,
    )
    return [(row.line, "successor_code.unknown") for row in result]


async def listed_successions(session: AsyncSession) -> list[tuple[str, str, date]]:
    """Give the successions that the file names: from, to, last day of the old one."""
    result = await session.execute(
        text("SELECT code, successor_code, valid_to FROM s_area WHERE successor_code IS NOT NULL ORDER BY line")
    )
    return [(row.code, row.successor_code, row.valid_to) for row in result]


async def left_behind(session: AsyncSession, today: date) -> list[tuple[str, int]]:
    """Give villages of the file that are closed while households are registered there, and how many."""
    result = await session.execute(
        text(
            "SELECT s.code, count(*) AS households FROM s_area s JOIN household h ON h.village_code = s.code"
            " WHERE s.valid_to < :today AND h.status = 'active' GROUP BY s.code ORDER BY s.code"
        ),
        {"today": today},
    )
    return [(row.code, row.households) for row in result]


async def keep_ends(session: AsyncSession) -> None:
    """Fill in the registered end where a line does not tell one: a list without ends reopens nothing."""
    await locks.lock(session, locks.Lock.AREAS)
    await session.execute(
        text("UPDATE s_area s SET valid_to = a.valid_to FROM area a WHERE s.keeps_end AND a.code = s.code")
    )


async def ended_before(session: AsyncSession) -> list[tuple[int, str]]:
    """Give lines of areas that would begin after their registered end."""
    result = await session.execute(text("SELECT line FROM s_area WHERE valid_to < valid_from ORDER BY line LIMIT 100"))
    return [(row.line, "valid_to.range") for row in result]


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


async def announce_some(session: AsyncSession, codes: Sequence[str]) -> None:
    """Announce these areas as they are."""
    await outbox.add_select(
        session,
        AreaChanged,
        _CHANGED,
        "area WHERE code = ANY(CAST(:codes AS text[])) ORDER BY code",
        {"codes": list(codes)},
    )


_TOWNS_GONE = """
SELECT t.code, t.valid_to + 1 AS since, min(left(s.to_code, 9) || '000') AS successor
FROM area t JOIN area_succession s ON left(s.from_code, 9) || '000' = t.code
WHERE t.code = ANY(CAST(:codes AS text[])) AND t.level = 'town' AND t.valid_to IS NOT NULL
  AND s.to_code <> '' AND s.applied_at IS NOT NULL AND left(s.to_code, 9) || '000' <> t.code
GROUP BY t.code, t.valid_to HAVING count(DISTINCT left(s.to_code, 9)) = 1 ORDER BY t.code
"""


async def towns_gone(session: AsyncSession, codes: Sequence[str]) -> Sequence[Any]:
    """Give those of the townships that are closed and whose villages went into one other: code, since, successor."""
    return (await session.execute(text(_TOWNS_GONE), {"codes": list(codes)})).all()


async def close(session: AsyncSession, code: str, last_on: date) -> None:
    """End an area; one that began later ends on the day that it began."""
    await session.execute(
        text("UPDATE area SET valid_to = GREATEST(valid_from, :last_on), updated_at = now() WHERE code = :code"),
        {"code": code, "last_on": last_on},
    )


async def is_inhabited(session: AsyncSession, code: str) -> bool:
    """Tell whether somebody is registered in an area, or a part of it is open."""
    result = await session.execute(
        text(
            "SELECT 1 WHERE EXISTS (SELECT FROM household WHERE village_code = :code AND status = 'active')"
            " OR EXISTS (SELECT FROM area WHERE parent_code = :code AND valid_to IS NULL)"
        ),
        {"code": code},
    )
    return result.first() is not None


async def households_in(session: AsyncSession, village: str, wanted: Sequence[str] | None) -> list[str]:
    """Give the households of a village, or those of them that are wanted; ended ones too."""
    result = await session.execute(
        text(
            "SELECT id::text FROM household WHERE village_code = :village"
            " AND (CAST(:wanted AS uuid[]) IS NULL OR id = ANY(CAST(:wanted AS uuid[]))) ORDER BY id"
        ),
        {"village": village, "wanted": None if wanted is None else list(wanted)},
    )
    return list(result.scalars())


async def move_households(session: AsyncSession, household_ids: Sequence[str], village: str, since: date) -> None:
    """Give households, which are locked, another village."""
    await session.execute(
        text(
            "UPDATE household SET village_code = :village,"
            " known = known || jsonb_build_object('village_code', CAST(:since AS text))"
            " WHERE id = ANY(CAST(:ids AS uuid[]))"
        ),
        {"ids": list(household_ids), "village": village, "since": since.isoformat()},
    )


async def successions(session: AsyncSession) -> Sequence[AreaSuccession]:
    """Give what became of areas, newest first."""
    return (await session.execute(select(AreaSuccession).order_by(col(AreaSuccession.id).desc()))).scalars().all()


async def waiting_successions(session: AsyncSession, today: date) -> Sequence[AreaSuccession]:
    """Give what is to be done and whose day has come, in the order in which it was recorded."""
    found = await session.execute(
        select(AreaSuccession)
        .where(col(AreaSuccession.applied_at).is_(None), AreaSuccession.effective_on <= today)
        .order_by(col(AreaSuccession.id))
    )
    return found.scalars().all()


async def is_noted(session: AsyncSession, code: str, successor: str) -> bool:
    """Tell whether this succession is recorded already."""
    found = await session.execute(
        select(AreaSuccession.id).where(AreaSuccession.from_code == code, AreaSuccession.to_code == successor).limit(1)
    )
    return found.first() is not None
