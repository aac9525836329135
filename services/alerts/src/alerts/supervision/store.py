"""Queries of the supervision list."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import select

from alerts.supervision.schemas import SupervisionQuery
from alerts.supervision.tables import Supervision
from servicekit.auth import Principal


async def get(session: AsyncSession, entry_id: str, *, lock: bool = False) -> Supervision | None:
    """Give an entry, locked until the transaction ends if it is to be changed."""
    return await session.get(Supervision, entry_id, with_for_update=lock, populate_existing=lock)


async def page(
    session: AsyncSession, principal: Principal, wanted: SupervisionQuery, *, before: str | None, limit: int
) -> tuple[list[Supervision], int]:
    """Give entries of the caller's areas and department, the newest first, and how many there are."""
    scope, parameters = principal.within(wanted.area).area_clause("s.area_code")
    where, values = [scope], dict[str, Any](parameters)
    for name, department in (("own_department", principal.department), ("department", wanted.department)):
        if department is not None:
            where.append(f"s.department = :{name}")
            values[name] = department.value
    if wanted.state is not None:
        where.append(f"s.closed_on IS {'NULL' if wanted.state == 'open' else 'NOT NULL'}")
    condition = " AND ".join(where)
    number = await session.execute(text(f"SELECT count(*) FROM supervision s WHERE {condition}"), values)
    if before is not None:
        condition += " AND s.id < CAST(:before AS uuid)"
        values["before"] = before
    query = text(f"SELECT s.* FROM supervision s WHERE {condition} ORDER BY s.id DESC LIMIT :limit")
    found = await session.execute(select(Supervision).from_statement(query.bindparams(**values, limit=limit)))
    return list(found.scalars()), int(number.scalar_one())
