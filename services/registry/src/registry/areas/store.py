"""Queries of areas."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from contracts.registry import AreaChanged
from registry.areas.rules import AreaRow
from registry.areas.tables import Area, AreaSuccession
from servicekit import locks, outbox
from servicekit.areas import range_of
from servicekit.db import copy_rows
from servicekit.event_sql import Fields, json_object

# Villages that its households went to; of a township, the townships of those.
_SUCCESSORS = """ARRAY(
    SELECT DISTINCT CASE level WHEN 'village' THEN s.to_code ELSE left(s.to_code, 9) || '000' END AS to_code
    FROM area_succession s WHERE s.to_code <> '' AND s.applied_at IS NOT NULL
      AND (s.from_code = code OR (level = 'town' AND left(s.from_code, 9) || '000' = code
                                  AND left(s.to_code, 9) || '000' <> code)) ORDER BY 1)"""
_TAGS = (
    "(SELECT coalesce(jsonb_agg(jsonb_build_object('tag', t.tag, 'first_on', t.first_on, 'last_on', t.last_on)"
    " ORDER BY t.first_on, t.tag), '[]'::jsonb) FROM area_tag t WHERE t.area_code = code)"
)
_CHANGED = {name: name for name in AreaChanged.model_fields} | {"area_code": "code", "tags": _TAGS}
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


# Villages that went into villages, and what that says of their townships.
_LINKS = """
WITH RECURSIVE link AS MATERIALIZED (
    SELECT from_code AS old, to_code AS new, effective_on AS "on" FROM area_succession
    WHERE to_code <> '' AND applied_at IS NOT NULL
    UNION
    SELECT left(from_code, 9) || '000', left(to_code, 9) || '000', effective_on FROM area_succession
    WHERE to_code <> '' AND applied_at IS NOT NULL AND left(from_code, 9) <> left(to_code, 9)
), came AS (
    SELECT old FROM link WHERE new >= :low AND new < :high AND "on" > :day
    UNION
    SELECT l.old FROM came c JOIN link l ON l.new = c.old AND l."on" > :day
)"""
_LINKED = """(SELECT coalesce(json_agg(json_build_object('code', l.{there}, 'on', l."on") ORDER BY l."on", l.{there}),
    '[]'::json) FROM link l WHERE l.{here} = a.code)"""
_SHOWN: Fields = {
    **{name: f"a.{name}" for name in ("code", "name", "level", "parent_code", "valid_from", "valid_to")},
    "tags": (
        "(SELECT coalesce(json_agg(t.tag ORDER BY t.tag), '[]'::json) FROM area_tag t"
        " WHERE t.area_code = a.code AND t.first_on <= :day AND coalesce(t.last_on >= :day, true))"
    ),
    "predecessors": _LINKED.format(here="new", there="old"),
    "successors": _LINKED.format(here="old", there="new"),
}


async def shown(
    session: AsyncSession, conditions: Sequence[str], values: Mapping[str, Any], subtree: str | None, *, limit: int
) -> list[dict[str, Any]]:
    """Give areas `a` as they are shown, by code.

    Args:
        values: `day`, of which the tags are; those of the conditions.
        subtree: Bounds the list to an area and what lies in it. Where the conditions name a day as well
            (`was_there`), with what lay elsewhere then and came into it since.
    """
    low, high = range_of(subtree) if subtree else ("", "")
    where = [*conditions]
    if subtree:
        where.append("((a.code >= :low AND a.code < :high) OR (:follows AND a.code IN (SELECT old FROM came)))")
    found = await session.execute(
        text(
            f"{_LINKS} SELECT {json_object(_SHOWN)} FROM area a WHERE {' AND '.join(where)}"
            " ORDER BY a.code LIMIT :limit"
        ),
        {"low": low, "high": high, "follows": False, **values, "limit": limit},
    )
    return list(found.scalars())


def was_there() -> str:
    """Give the condition that an area `a` was there on `:day`."""
    return "a.valid_from <= :day AND coalesce(a.valid_to >= :day, true)"


def has_tag(code: str) -> str:
    """Give the condition that an area had the tag `:tag` on `:day`."""
    return (
        f"EXISTS (SELECT FROM area_tag t WHERE t.area_code = {code} AND t.tag = :tag AND t.first_on <= :day"
        " AND coalesce(t.last_on >= :day, true))"
    )


async def open_children(session: AsyncSession, parent: str) -> list[str]:
    """Give the areas directly below one that have no end, by code."""
    found = await session.execute(
        select(Area.code).where(Area.parent_code == parent, col(Area.valid_to).is_(None)).order_by(col(Area.code))
    )
    return list(found.scalars())


async def missing(session: AsyncSession) -> list[tuple[str, str, int]]:
    """Give open areas that the file leaves out though it has their parent and some of its parts; with households."""
    found = await session.execute(
        text(
            "SELECT a.code, a.name, (SELECT count(*) FROM household h WHERE h.status = 'active'"
            " AND h.village_code BETWEEN a.code AND CASE a.level WHEN 'village' THEN a.code"
            " ELSE left(a.code, 9) || '999' END) AS homes"
            " FROM area a WHERE a.valid_to IS NULL AND a.level IN ('town', 'village')"
            " AND NOT EXISTS (SELECT FROM s_area s WHERE s.code = a.code)"
            " AND EXISTS (SELECT FROM s_area s WHERE s.code = a.parent_code)"
            " AND EXISTS (SELECT FROM s_area s WHERE s.parent_code = a.parent_code) ORDER BY a.code LIMIT 100"
        )
    )
    return [(row.code, row.name, row.homes) for row in found]


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
