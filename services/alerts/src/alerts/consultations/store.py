"""Queries of consultations."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import select

from alerts.consultations.schemas import ConsultationQuery
from alerts.consultations.tables import Consultation
from alerts.directory import service as directory
from servicekit.auth import Principal

_IN_GRID = directory.in_grid("k.household_id")


async def get(session: AsyncSession, consultation_id: str, *, lock: bool = False) -> Consultation | None:
    """Give a consultation, locked until the transaction ends if it is to be changed."""
    return await session.get(Consultation, consultation_id, with_for_update=lock, populate_existing=lock)


async def page(
    session: AsyncSession, principal: Principal, wanted: ConsultationQuery, *, before: str | None, limit: int
) -> tuple[list[Consultation], int]:
    """Give consultations of the caller's areas, or about clues there, of its department if it has one; count them.

    The newest come first. A county judges the clues of townships, which are to read what it found.
    """
    caller = principal.within(wanted.area)
    scope, parameters = caller.area_clause("c.area_code")
    of_clue, own = caller.area_clause("k.area_code", _IN_GRID)
    about = f"EXISTS (SELECT FROM clue k WHERE k.id = ANY(c.clue_ids) AND {of_clue})"
    where, values = [f"({scope} OR {about})"], dict[str, Any](parameters | own)
    where.append("c.withdrawn_at IS NOT NULL" if wanted.withdrawn else "c.withdrawn_at IS NULL")
    if principal.department is not None:
        where.append(":own_department = ANY(c.departments)")
        values["own_department"] = principal.department.value
    if wanted.department is not None:
        where.append(":department = ANY(c.departments)")
        values["department"] = wanted.department.value
    if wanted.clue_id is not None:
        where.append("c.clue_ids @> ARRAY[CAST(:clue_id AS uuid)]")
        values["clue_id"] = wanted.clue_id
    condition = " AND ".join(where)
    number = await session.execute(text(f"SELECT count(*) FROM consultation c WHERE {condition}"), values)
    if before is not None:
        condition += " AND c.id < CAST(:before AS uuid)"
        values["before"] = before
    query = text(f"SELECT c.* FROM consultation c WHERE {condition} ORDER BY c.id DESC LIMIT :limit")
    found = await session.execute(select(Consultation).from_statement(query.bindparams(**values, limit=limit)))
    return list(found.scalars()), int(number.scalar_one())
