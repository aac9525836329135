"""Queries of inspections."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import select

from alerts.inspections.rules import Candidate
from alerts.inspections.schemas import InspectionsQuery, InspectionTasksQuery
from alerts.inspections.tables import Inspection, InspectionTask
from servicekit import areas
from servicekit.auth import Principal
from servicekit.clock import CHINA

# A household may be of several kinds; the rules say which one counts.
_CANDIDATES = """
SELECT h.household_id, h.area_code, s.stratum FROM household h JOIN (
    SELECT household_id, 'new' AS stratum FROM clue
    WHERE state = 'confirmed_identify' AND verified_at >= :starts_at AND verified_at < :ends_at
    UNION
    SELECT household_id, 'new' FROM episode
    WHERE state IN ('ANNOUNCED', 'MONITORED') AND occurred_on BETWEEN :first AND :last AND NOT has_ended
    UNION
    SELECT household_id, 'eliminated' FROM episode
    WHERE state IN ('ELIMINATED', 'LOOKED_BACK', 'STABLE')
    UNION
    SELECT household_id, 'unresolved' FROM household WHERE is_monitored
    UNION
    SELECT household_id, 'excluded' FROM clue
    WHERE state = 'excluded' AND verified_at >= :starts_at AND verified_at < :ends_at
) s ON s.household_id = h.household_id
WHERE h.status = 'active' AND h.area_code >= :low AND h.area_code < :high
"""

_TASKS = "inspection_task t JOIN household h ON h.household_id = t.household_id"
_COLUMNS = ", ".join("h.area_code" if name == "area_code" else f"t.{name}" for name in InspectionTask.model_fields)


async def candidates(session: AsyncSession, county: str, first: date, last: date) -> list[Candidate]:
    """Give the households of a county that may be drawn for a quarter, as they are now."""
    low, high = areas.range_of(county)
    starts_at = datetime.combine(first, time(), CHINA)
    values = {
        "low": low, "high": high, "first": first, "last": last, "starts_at": starts_at,
        "ends_at": datetime.combine(last + timedelta(days=1), time(), CHINA),
    }  # fmt: skip
    return [Candidate(*row) for row in await session.execute(text(_CANDIDATES), values)]


async def get(session: AsyncSession, inspection_id: str) -> Inspection | None:
    """Give an inspection."""
    return await session.get(Inspection, inspection_id)


async def task(session: AsyncSession, task_id: str, *, lock: bool = False) -> InspectionTask | None:
    """Give a household that was drawn, locked until the transaction ends if its result is given."""
    return await session.get(InspectionTask, task_id, with_for_update=lock, populate_existing=lock)


async def page(
    session: AsyncSession, counties: Sequence[str], wanted: InspectionsQuery, *, before: str | None, limit: int
) -> tuple[list[Inspection], int]:
    """Give inspections of counties, the newest first, and how many there are."""
    where, values = ["i.area_code = ANY(CAST(:counties AS text[]))"], dict[str, Any](counties=list(counties))
    if wanted.period is not None:
        where.append("i.period = :period")
        values["period"] = wanted.period
    condition = " AND ".join(where)
    number = await session.execute(text(f"SELECT count(*) FROM inspection i WHERE {condition}"), values)
    if before is not None:
        condition += " AND i.id < CAST(:before AS uuid)"
        values["before"] = before
    statement = text(f"SELECT i.* FROM inspection i WHERE {condition} ORDER BY i.id DESC LIMIT :limit")
    found = await session.execute(select(Inspection).from_statement(statement.bindparams(**values, limit=limit)))
    return list(found.scalars()), int(number.scalar_one())


def _within(principal: Principal, in_grid: str) -> tuple[str, dict[str, Any]]:
    """Give the condition that a household is the caller's by where it lives now; a department has none."""
    scope, parameters = principal.area_clause("h.area_code", in_grid)
    return scope if principal.department is None else "false", dict(parameters)


async def drawn(session: AsyncSession, principal: Principal, in_grid: str, inspection_ids: Sequence[str]) -> list[Any]:
    """Count the households that were drawn in the caller's areas: by inspection and stratum, and how many are open."""
    scope, values = _within(principal, in_grid)
    statement = (
        "SELECT t.inspection_id::text, t.stratum, count(*) AS drawn, count(*) FILTER (WHERE t.state = 'open') AS open"
        f" FROM {_TASKS} WHERE t.inspection_id = ANY(CAST(:ids AS uuid[])) AND {scope} GROUP BY 1, 2"
    )
    return list(await session.execute(text(statement), values | {"ids": list(inspection_ids)}))


async def tasks(
    session: AsyncSession,
    principal: Principal,
    in_grid: str,
    inspection_id: str,
    wanted: InspectionTasksQuery,
    *,
    after: int | None,
    limit: int,
) -> tuple[list[InspectionTask], int]:
    """Give households that were drawn, in their order, and how many there are."""
    scope, values = _within(principal.within(wanted.area_code), in_grid)
    where = ["t.inspection_id = CAST(:inspection AS uuid)", scope]
    values["inspection"] = inspection_id
    for name in ("state", "stratum"):
        if (value := getattr(wanted, name)) is not None:
            where.append(f"t.{name} = :{name}")
            values[name] = value
    condition = " AND ".join(where)
    number = await session.execute(text(f"SELECT count(*) FROM {_TASKS} WHERE {condition}"), values)
    if after is not None:
        condition += " AND t.place > :after"
        values["after"] = after
    statement = text(f"SELECT {_COLUMNS} FROM {_TASKS} WHERE {condition} ORDER BY t.place LIMIT :limit")
    found = await session.execute(select(InspectionTask).from_statement(statement.bindparams(**values, limit=limit)))
    return list(found.scalars()), int(number.scalar_one())
