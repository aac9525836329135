"""What becomes of units and terms when their area is merged, renumbered or closed: they follow it, set by set."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.parameters import lineage
from registry.roster import store
from servicekit import clock

_WHY = "区划变更 / the area was changed"
_RUNS = "coalesce(a.last_on >= :since, true)"

_WHO = f"""
SELECT s.id FROM staff s JOIN unit u ON u.id = s.unit_id
WHERE u.area_code = :old
   OR EXISTS (SELECT FROM appointment a JOIN unit au ON au.id = a.unit_id
              WHERE a.staff_id = s.id AND (a.area_code = :old OR au.area_code = :old) AND {_RUNS})
ORDER BY s.id
"""
# A unit of the same kind and name is there already: the two are one, as their areas are.
_TWINS = """
SELECT o.id AS old_id, n.id AS new_id, o.is_active FROM unit o JOIN unit n ON (n.kind, n.name) = (o.kind, o.name)
WHERE o.area_code = :old AND n.area_code = :new
"""
_STAMP = "version = u.version + 1, updated_at = :at, updated_by = :by"
_JOIN = (
    f"UPDATE staff s SET unit_id = t.new_id FROM ({_TWINS}) t WHERE s.unit_id = t.old_id",
    f"UPDATE appointment a SET unit_id = t.new_id FROM ({_TWINS}) t WHERE a.unit_id = t.old_id AND {_RUNS}",
    f"UPDATE unit u SET is_active = true, {_STAMP} FROM ({_TWINS}) t WHERE t.is_active AND u.id = t.new_id",
    f"UPDATE unit u SET is_active = false, {_STAMP} FROM ({_TWINS}) t WHERE u.id = t.old_id AND u.is_active",
)
_MOVE_UNITS = f"""
UPDATE unit u SET area_code = :new, {_STAMP}
WHERE u.area_code = :old AND NOT EXISTS (SELECT FROM ({_TWINS}) t WHERE t.old_id = u.id)
"""
# Who has the same role in the other area has it there already.
_HAS_IT = """EXISTS (
    SELECT FROM appointment b
    WHERE (b.staff_id, b.role, b.area_code) = (a.staff_id, a.role, :new)
      AND coalesce(b.grid, '') = coalesce(a.grid, '')
      AND daterange(b.first_on, b.last_on, '[]') && daterange(greatest(a.first_on, :since), a.last_on, '[]'))"""
_TERMS = (
    f"""
    INSERT INTO appointment (id, staff_id, unit_id, role, area_code, grid, first_on, last_on, recorded_at, recorded_by)
    SELECT uuidv7(), a.staff_id, a.unit_id, a.role, :new, a.grid, :since, a.last_on, :at, :by FROM appointment a
    WHERE a.area_code = :old AND a.first_on < :since AND {_RUNS} AND NOT {_HAS_IT}{{only}}
    """,
    f"""
    UPDATE appointment a SET last_on = CAST(:since AS date) - 1, ended_why = :why, ended_at = :at, ended_by = :by
    WHERE a.area_code = :old AND a.first_on < :since AND {_RUNS}{{only}}
    """,
    f"""
    UPDATE appointment a SET area_code = :new
    WHERE a.area_code = :old AND a.first_on >= :since AND NOT {_HAS_IT}{{only}}
    """,
)
# Of a village that is split: terms of grids that went, of units that the new village is in too.
_OF_GRIDS = """
 AND a.grid = ANY(CAST(:grids AS text[]))
 AND EXISTS (SELECT FROM unit u WHERE u.id = a.unit_id AND u.area_code = ANY(CAST(:above AS text[])))"""
_WHO_OF_GRIDS = f"""
SELECT DISTINCT a.staff_id FROM appointment a WHERE a.area_code = :old AND {_RUNS}{_OF_GRIDS} ORDER BY a.staff_id
"""
_RENEW = """
UPDATE staff SET version = version + 1, updated_at = :at, updated_by = :by WHERE id = ANY(CAST(:ids AS uuid[]))
"""


async def follow_area(session: AsyncSession, old: str, new: str, since: date, by: str) -> int:
    """Let what the roster has of an area go where the area went; announce the people, and give how many.

    A term that runs ends the day before, and goes on in the other area for the rest of its days; ended ones stay what
    they were. A unit takes its people along, or joins the one of its kind and name that is there.

    Args:
        since: The first day on which the other area stands in its place.
    """
    values = _values(old, new, since, by)
    statements = (*_JOIN, _MOVE_UNITS, *(each.format(only="") for each in _TERMS))
    return await _carry_out(session, _WHO, statements, values)


async def follow_grids(session: AsyncSession, old: str, new: str, since: date, by: str, *, grids: Sequence[str]) -> int:
    """Let the terms of grids go along that went into another village, as `follow_area` does; give how many people.

    Whoever belongs to a unit that the other village is not in, the old village's committee, stays.
    """
    values = _values(old, new, since, by) | {"grids": list(grids), "above": lineage(new)}
    return await _carry_out(session, _WHO_OF_GRIDS, [each.format(only=_OF_GRIDS) for each in _TERMS], values)


def _values(old: str, new: str, since: date, by: str) -> dict[str, Any]:
    return {"old": old, "new": new, "since": since, "at": clock.now(), "by": by, "why": _WHY}


async def _carry_out(session: AsyncSession, who: str, statements: Sequence[str], values: dict[str, Any]) -> int:
    people: list[UUID] = list((await session.execute(text(who), values)).scalars())
    await store.hold(session, people)
    for statement in statements:
        await session.execute(text(statement), values)
    if people:
        await session.execute(text(_RENEW), values | {"ids": [str(each) for each in people]})
        await store.announce(session, people)
    return len(people)
