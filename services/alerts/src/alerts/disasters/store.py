"""Queries of disasters. How far a household is follows from its clue, its episode and what was decided here."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from alerts.directory import service as directory
from alerts.disasters.rules import AffectedState as A
from alerts.disasters.schemas import AffectedQuery, DisasterQuery
from alerts.disasters.tables import Disaster, DisasterHelp, DisasterHousehold
from servicekit.areas import parent_of
from servicekit.auth import IN_ANY_GRID, Principal
from servicekit.db import any_of, array_text

_UUIDS = ("id",)
_COLUMNS = ", ".join(f"d.{name}::text AS {name}" if name in _UUIDS else f"d.{name}" for name in Disaster.model_fields)

# The episode that the clue began or joined: its own, else the household's since it was hit.
_ROWS = """
disaster_household r JOIN clue_source s ON s.id = r.id JOIN clue c ON c.id = s.clue_id
LEFT JOIN household h ON h.household_id = c.household_id
LEFT JOIN LATERAL (
    SELECT x.episode_id, x.state, x.has_ended, x.green_channel FROM episode x
    WHERE x.household_id = c.household_id AND c.state IN ('confirmed_identify', 'existing_case')
      AND (x.episode_id = c.episode_id
           OR (c.episode_id IS NULL AND (NOT x.has_ended OR x.occurred_on >= CAST(r.added_at AS date))))
    ORDER BY (x.episode_id = c.episode_id) IS TRUE DESC, x.has_ended, x.episode_id DESC LIMIT 1
) e ON true
LEFT JOIN LATERAL (
    SELECT min(g.given_on) AS helped_on FROM disaster_help g WHERE g.affected_id = r.id
) g ON true
"""
_IS_OWED = (
    "c.state IN ('confirmed_identify', 'existing_case')"
    " AND NOT (coalesce(e.has_ended, false) OR coalesce(h.is_monitored, false))"
)
_STATE: Final = f"""
CASE WHEN r.removed_at IS NOT NULL THEN '{A.REMOVED}' WHEN r.written_off_at IS NOT NULL THEN '{A.WRITTEN_OFF}'
     WHEN c.is_open AND g.helped_on IS NULL THEN '{A.AFFECTED}' WHEN c.is_open THEN '{A.HELPED}'
     WHEN {_IS_OWED} THEN '{A.PROCEDURE}' ELSE '{A.SETTLED}' END
"""
_SHOWN = f"""
r.id::text AS id, c.household_id, c.area_code, r.harm, {_STATE} AS state, g.helped_on, c.id::text AS clue_id,
c.state AS clue_state, c.severity, e.episode_id, e.state AS episode_state,
coalesce(e.green_channel, false) AS has_green_channel,
CASE WHEN {_IS_OWED} THEN (SELECT u.due_on FROM duty u WHERE u.id = 'D05-' || e.episode_id) END AS debts_due_on,
r.version, r.added_by, r.added_at, r.removed_by, r.removed_because, r.written_off_by, r.written_off_because,
r.updated_at
"""
_COUNTED = f"""
SELECT c.area_code, {_STATE} AS state, g.helped_on IS NOT NULL AS is_helped, count(*) AS households
FROM {_ROWS} WHERE r.disaster_id = CAST(:id AS uuid) AND r.removed_at IS NULL AND {{where}}
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
_LIVING = f"""
SELECT h.area_code, min(a.name) AS name, count(*) AS households
FROM household h LEFT JOIN area a ON a.area_code = h.area_code
WHERE h.area_code = {any_of("villages")} AND h.status = 'active' AND {{where}} GROUP BY h.area_code
"""


async def locked(session: AsyncSession, disaster_id: str) -> Disaster | None:
    """Give a disaster, locked: before its households, always in that order."""
    found = select(Disaster).where(Disaster.id == disaster_id).with_for_update()
    return (await session.execute(found.execution_options(populate_existing=True))).scalars().first()


def _touching(principal: Principal) -> tuple[str, dict[str, Any]]:
    """Write the condition that one of the areas of `d` is the caller's, or holds one that is."""
    inside, values = principal.area_clause('u.area COLLATE "C"', IN_ANY_GRID)
    above = dict.fromkeys(principal.areas)
    for root in principal.areas:
        code = parent_of(root)
        while code is not None:
            above[code] = None
            code = parent_of(code)
    clause = f"EXISTS (SELECT FROM unnest(d.areas) AS u (area) WHERE {inside} OR u.area = ANY(CAST(:above AS text[])))"
    return clause, {**values, "above": list(above)}


async def touching(session: AsyncSession, principal: Principal, disaster_id: str) -> dict[str, Any] | None:
    """Give a disaster that touches the caller's areas; None where there is none."""
    clause, values = _touching(principal)
    statement = f"SELECT {_COLUMNS} FROM disaster d WHERE d.id = CAST(:id AS uuid) AND {clause}"
    row = (await session.execute(text(statement), {**values, "id": disaster_id})).mappings().first()
    return dict(row) if row else None


async def page(
    session: AsyncSession, principal: Principal, wanted: DisasterQuery, before: str | None, limit: int
) -> list[dict[str, Any]]:
    """Give disasters that touch the caller's areas, the newest first."""
    clause, values = _touching(principal)
    where = [clause]
    if wanted.is_open is not None:
        where.append("d.closed_at IS NULL" if wanted.is_open else "d.closed_at IS NOT NULL")
    if before is not None:
        where.append("d.id < CAST(:before AS uuid)")
        values["before"] = before
    statement = f"SELECT {_COLUMNS} FROM disaster d WHERE {' AND '.join(where)} ORDER BY d.id DESC LIMIT :limit"
    return [dict(row) for row in (await session.execute(text(statement), {**values, "limit": limit})).mappings()]


async def own_households(
    session: AsyncSession, principal: Principal, household_ids: Collection[str]
) -> dict[str, tuple[str, bool]]:
    """Give those of the households that are the caller's: id -> (village, whether it is no longer registered)."""
    clause, values = principal.area_clause("h.area_code", directory.in_grid("h.household_id"))
    result = await session.execute(
        text(
            "SELECT h.household_id, h.area_code, h.status FROM household h"
            f" WHERE h.household_id = {any_of('ids')} AND h.version > 0 AND {clause}"
        ),
        {**values, "ids": array_text(sorted(set(household_ids)))},
    )
    return {row.household_id: (row.area_code, row.status != "active") for row in result}


async def of_zone(session: AsyncSession, principal: Principal, grid: str | None, limit: int) -> dict[str, str]:
    """Give the active households (id -> village) of the caller's areas, of a grid where one is named."""
    clause, values = principal.area_clause("h.area_code", directory.in_grid("h.household_id"))
    if grid is not None:
        clause, values = f"{clause} AND h.grid = :grid", {**values, "grid": grid}
    result = await session.execute(
        text(
            "SELECT h.household_id, h.area_code FROM household h"
            f" WHERE h.status = 'active' AND h.version > 0 AND {clause} ORDER BY h.household_id LIMIT :limit"
        ),
        {**values, "limit": limit},
    )
    return {row.household_id: row.area_code for row in result}


async def listed(
    session: AsyncSession, disaster_id: str, household_ids: Collection[str]
) -> Mapping[str, DisasterHousehold]:
    """Give those of locked households that are on the list of a disaster, by household."""
    result = await session.execute(
        text(
            "SELECT c.household_id, r.id::text AS id FROM disaster_household r JOIN clue_source s ON s.id = r.id"
            " JOIN clue c ON c.id = s.clue_id"
            f" WHERE r.disaster_id = CAST(:id AS uuid) AND r.removed_at IS NULL AND c.household_id = {any_of('homes')}"
        ),
        {"id": disaster_id, "homes": array_text(sorted(household_ids))},
    )
    homes = {row.id: row.household_id for row in result}
    rows = await session.execute(select(DisasterHousehold).where(col(DisasterHousehold.id).in_(homes)))
    return {homes[row.id]: row for row in rows.scalars()}


async def clue_of(session: AsyncSession, affected_ids: Collection[str]) -> dict[str, str]:
    """Give the clues for which listed households speak, by id on the list."""
    result = await session.execute(
        text(
            f"SELECT s.id::text AS id, s.clue_id::text AS clue FROM clue_source s WHERE s.id = {any_of('ids', 'uuid')}"
        ),
        {"ids": array_text(sorted(affected_ids))},
    )
    return {row.id: row.clue for row in result}


def _of_caller(principal: Principal) -> tuple[str, dict[str, Any]]:
    clause, values = principal.area_clause("c.area_code", directory.in_grid("c.household_id"))
    return clause, dict(values)


async def affected(
    session: AsyncSession, principal: Principal, disaster_id: str, affected_id: str
) -> dict[str, Any] | None:
    """Give a household of a disaster, if it is the caller's."""
    clause, values = _of_caller(principal)
    row = (
        await session.execute(
            text(
                f"SELECT {_SHOWN} FROM {_ROWS} WHERE r.id = CAST(:affected AS uuid)"
                f" AND r.disaster_id = CAST(:id AS uuid) AND {clause}"
            ),
            {**values, "id": disaster_id, "affected": affected_id},
        )
    ).mappings()
    found = row.first()
    return dict(found) if found else None


async def affected_page(
    session: AsyncSession, principal: Principal, disaster_id: str, wanted: AffectedQuery, after: str | None
) -> list[dict[str, Any]]:
    """Give one more household of a disaster than a page holds, in the order in which they came."""
    clause, values = _of_caller(principal)
    where = ["r.disaster_id = CAST(:id AS uuid)", clause]
    if wanted.state is None:
        where.append("r.removed_at IS NULL")
    else:
        where.append(f"({_STATE}) = :state")
        values["state"] = wanted.state.value
    if wanted.helped is not None:
        where.append(f"g.helped_on IS {'NOT ' if wanted.helped else ''}NULL")
    if after is not None:
        where.append("r.id > CAST(:after AS uuid)")
        values["after"] = after
    statement = f"SELECT {_SHOWN} FROM {_ROWS} WHERE {' AND '.join(where)} ORDER BY r.id LIMIT :limit"
    found = await session.execute(text(statement), {**values, "id": disaster_id, "limit": wanted.limit + 1})
    return [dict(row) for row in found.mappings()]


async def counted(session: AsyncSession, principal: Principal, disaster_id: str) -> Sequence[Any]:
    """Give how many of the caller's households are how far: village, state, whether helped, number."""
    clause, values = _of_caller(principal)
    return (await session.execute(text(_COUNTED.format(where=clause)), {**values, "id": disaster_id})).all()


async def due_anywhere(session: AsyncSession, disaster_id: str) -> dict[str, int]:
    """Give how many households of a disaster somebody still owes something, by state, wherever they are."""
    rows = (await session.execute(text(_COUNTED.format(where="true")), {"id": disaster_id})).all()
    due: dict[str, int] = {}
    for row in rows:
        if A(row.state).is_due:
            due[row.state] = due.get(row.state, 0) + row.households
    return due


async def living(session: AsyncSession, principal: Principal, villages: Collection[str]) -> Mapping[str, Any]:
    """Give the caller's households of villages, counted, with the villages' names."""
    clause, values = principal.area_clause("h.area_code", directory.in_grid("h.household_id"))
    found = await session.execute(
        text(_LIVING.format(where=clause)), {**values, "villages": array_text(sorted(set(villages)))}
    )
    return {row.area_code: row for row in found}


async def help_of(session: AsyncSession, affected_id: str) -> list[DisasterHelp]:
    """Give what a household was given, in the order in which it was recorded."""
    found = select(DisasterHelp).where(DisasterHelp.affected_id == affected_id).order_by(col(DisasterHelp.id))
    return list((await session.execute(found)).scalars())
