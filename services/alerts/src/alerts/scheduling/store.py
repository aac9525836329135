"""Queries of scheduling."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from alerts.scheduling.rules import Kept
from alerts.scheduling.schemas import SchedulingQuery
from alerts.scheduling.tables import Scheduling, SchedulingItem
from servicekit.auth import Principal
from servicekit.db import any_of, array_text

_KEPT = """
SELECT min(recorded_on) FILTER (WHERE cancelled_at IS NULL) AS first_on, count(*) + count(cancelled_at) AS said
FROM scheduling WHERE area_code = :county AND period = :period
"""


async def get(session: AsyncSession, record_id: str, *, lock: bool = False) -> Scheduling | None:
    """Give a record, locked until the transaction ends if it is to be cancelled."""
    return await session.get(Scheduling, record_id, with_for_update=lock, populate_existing=lock)


async def item(session: AsyncSession, item_id: str, *, lock: bool = False) -> SchedulingItem | None:
    """Give what was decided, locked until the transaction ends if it is to be closed."""
    return await session.get(SchedulingItem, item_id, with_for_update=lock, populate_existing=lock)


async def items(session: AsyncSession, record_ids: Collection[str], *, lock: bool = False) -> list[SchedulingItem]:
    """Give what records decided, in their order."""
    query = (
        select(SchedulingItem)
        .where(col(SchedulingItem.scheduling_id).in_(record_ids))
        .order_by(col(SchedulingItem.scheduling_id), col(SchedulingItem.place))
    )
    return list((await session.execute(query.with_for_update() if lock else query)).scalars())


async def kept(session: AsyncSession, county: str, period: str) -> Kept:
    """Give what is kept of a county and period."""
    row = (await session.execute(text(_KEPT), {"county": county, "period": period})).one()
    return Kept(row.first_on, row.said)


async def asked(session: AsyncSession, duty_ids: Sequence[str]) -> set[str]:
    """Give those of the duties that were announced."""
    found = await session.execute(
        text(f"SELECT id FROM duty WHERE id = {any_of('ids')}"), {"ids": array_text(duty_ids)}
    )
    return set(found.scalars())


async def page(
    session: AsyncSession, principal: Principal, wanted: SchedulingQuery, *, before: str | None, limit: int
) -> tuple[list[Scheduling], int]:
    """Give records of the caller's areas, the newest first, and how many there are; none to a department."""
    scope, parameters = principal.within(wanted.area).area_clause("s.area_code")
    where, values = [scope], dict[str, Any](parameters)
    if principal.department is not None:
        where.append("false")
    if wanted.period is not None:
        where.append("s.period = :period")
        values["period"] = wanted.period
    condition = " AND ".join(where)
    number = await session.execute(text(f"SELECT count(*) FROM scheduling s WHERE {condition}"), values)
    if before is not None:
        condition += " AND s.id < CAST(:before AS uuid)"
        values["before"] = before
    query = select(Scheduling).from_statement(
        text(f"SELECT s.* FROM scheduling s WHERE {condition} ORDER BY s.id DESC LIMIT :limit").bindparams(
            **values, limit=limit
        )
    )
    return list((await session.execute(query)).scalars()), int(number.scalar_one())
