"""Queries of duties."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from alerts.directory import service as directory
from alerts.duties import sql
from alerts.duties.schemas import DutyFilter
from alerts.duties.tables import Duty, DutyNote
from contracts.duties import KINDS
from servicekit import areas, conflicts
from servicekit.auth import Principal
from servicekit.db import any_of, array_text
from servicekit.persons import is_person

DUTY = "duty"  # the kind of subject that a refused step was about
COUNTED = 10_000
_TODAY = "d.state = 'open' AND NOT d.is_paused AND d.due_on < :today"


async def keep_events(
    session: AsyncSession, rows: Sequence[dict[str, Any]], now: datetime, today: date
) -> Sequence[RowMapping]:
    """Keep what owners say where it is newer than what is known; give the duties that nobody had before."""
    values = {"rows": orjson.dumps(rows).decode(), "now": now, "today": today}
    return (await session.execute(text(sql.OPENED.format(source=sql.OF_EVENTS)), values)).mappings().all()


async def keep_clues(session: AsyncSession, clue_ids: Collection[str], now: datetime, today: date) -> None:
    """Bring the duties of clues to what the clues are."""
    values = {"ids": array_text(sorted(clue_ids)), "now": now, "today": today}
    await session.execute(text(sql.KEEP.format(source=sql.OF_CLUES)), values)


async def keep_gaps(session: AsyncSession, gap_ids: Collection[str], now: datetime, today: date) -> None:
    """Bring the duties of policy gaps to what the gaps are."""
    values = {"ids": array_text(sorted(gap_ids)), "now": now, "today": today}
    await session.execute(text(sql.KEEP.format(source=sql.OF_GAPS)), values)


async def astray(session: AsyncSession, limit: int) -> Sequence[Any]:
    """Give clues (id, household, area) whose duty is missing, or open though they are closed."""
    return (await session.execute(text(sql.ASTRAY), {"limit": limit})).all()


async def follow(session: AsyncSession, household_ids: Collection[str]) -> None:
    """Let duties lie where their households do."""
    await session.execute(text(sql.FOLLOW), {"ids": array_text(sorted(household_ids))})


async def take_steps(session: AsyncSession, now: datetime, today: date, limit: int) -> Sequence[Any]:
    """Do the next step of duties whose day for it has come, one each; give what was done, by days and ids."""
    result = await session.execute(text(sql.STEP), {"now": now, "today": today, "limit": limit})
    return sorted(result.mappings(), key=lambda row: (row["due_on"], row["duty_id"]))


def _conditions(principal: Principal, wanted: DutyFilter, today: date) -> tuple[str, dict[str, Any]]:
    where, values = ["true"], dict[str, Any]()
    # Within the caller's areas the one that is asked for says it all. Both beside each other would mislead a plan made
    # without the values: it takes a county's range for the smaller one, and reads the county for a township.
    if wanted.area is None or not principal.covers(wanted.area):
        scope, values = principal.area_clause("d.area_code", directory.in_grid("d.household_id"))
        where, values = [scope], dict(values)
    if principal.department is not None:
        where.append("d.department = :own_department")
        values["own_department"] = principal.department.value
    if wanted.area is not None:
        if areas.level_of(wanted.area) == "town":  # its own column, in the order of the list
            where.append("d.town_code = :town")
            values["town"] = wanted.area
        else:
            values["low"], values["high"] = areas.range_of(wanted.area)
            where.append("d.area_code >= :low AND d.area_code < :high")
    for name in ("kind", "state", "department", "household_id", "subject_id", "holder", "escalated_to"):
        value = getattr(wanted, name)
        if value is not None:
            where.append(f"d.{name} = :{name}")
            values[name] = value
    if wanted.assignee is not None:
        if wanted.assignee == "me" or is_person(wanted.assignee):
            where.append("d.holder = :assignee")
            values["assignee"] = principal.actor if wanted.assignee == "me" else wanted.assignee
        else:
            where.append("d.kind = ANY(CAST(:kinds AS text[]))")
            values["kinds"] = [code for code, kind in KINDS.items() if kind.assignee == wanted.assignee]
    if wanted.has_holder is not None:
        where.append(f"d.holder IS {'NOT ' if wanted.has_holder else ''}NULL")
    if wanted.has_refused is not None:
        where.append(f"{'' if wanted.has_refused else 'NOT '}{conflicts.has_open(DUTY, 'd.id')}")
    if wanted.due_before is not None:
        where.append("d.due_on < :due_before")
        values["due_before"] = wanted.due_before
    if wanted.overdue is not None:
        where.append(f"({_TODAY})" if wanted.overdue else f"NOT ({_TODAY})")
        values["today"] = today
    return " AND ".join(where), values


async def page(
    session: AsyncSession, principal: Principal, wanted: DutyFilter, today: date, *, after: list[str] | None, limit: int
) -> tuple[list[Duty], int]:
    """Give duties by due day, and how many there are, counted to one more than `COUNTED`."""
    where, values = _conditions(principal, wanted, today)
    counted = await session.execute(
        text(f"SELECT count(*) FROM (SELECT FROM duty d WHERE {where} LIMIT {COUNTED + 1}) d"), values
    )
    if after is not None:
        where += " AND (d.due_on, d.id) > (CAST(:after_day AS date), :after_id)"
        values |= {"after_day": date.fromisoformat(after[0]), "after_id": after[1]}
    query = select(Duty).from_statement(
        text(f"SELECT d.* FROM duty d WHERE {where} ORDER BY d.due_on, d.id LIMIT :limit").bindparams(
            **values, limit=limit
        )
    )
    return list((await session.execute(query)).scalars()), int(counted.scalar_one())


async def given(session: AsyncSession, principal: Principal, duty_ids: Sequence[str], today: date) -> list[Duty]:
    """Give those of these duties that the caller may see."""
    where, values = _conditions(principal, DutyFilter(), today)
    query = select(Duty).from_statement(
        text(f"SELECT d.* FROM duty d WHERE {where} AND d.id = {any_of('ids')}").bindparams(
            **values, ids=array_text(duty_ids)
        )
    )
    return list((await session.execute(query)).scalars())


async def counts(
    session: AsyncSession, principal: Principal, wanted: DutyFilter, today: date, digits: int
) -> Sequence[Any]:
    """Count duties by kind, state and area, of which `digits` are looked at, and those that are late."""
    where, values = _conditions(principal, wanted, today)
    result = await session.execute(
        text(
            f"SELECT d.kind, d.state, rpad(left(d.area_code, {digits:d}), 12, '0') AS area_code, count(*) AS duties,"
            f" count(*) FILTER (WHERE {_TODAY}) AS overdue FROM duty d WHERE {where} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
        ),
        values | {"today": today},
    )
    return result.mappings().all()


async def get(session: AsyncSession, duty_id: str, *, lock: bool = False) -> Duty | None:
    """Give a duty, locked until the transaction ends if it is to be changed."""
    return await session.get(Duty, duty_id, with_for_update=lock, populate_existing=lock)


async def notes(session: AsyncSession, duty_id: str) -> list[DutyNote]:
    """Give what was said on a duty, oldest first."""
    result = await session.execute(
        select(DutyNote).where(DutyNote.duty_id == duty_id).order_by(col(DutyNote.at), col(DutyNote.id))
    )
    return list(result.scalars())
