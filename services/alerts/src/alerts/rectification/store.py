"""Queries of the rectification ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from alerts.rectification.schemas import ProblemFilter
from alerts.rectification.tables import Rectification, RectificationStep
from servicekit import areas
from servicekit.auth import Principal

LATE = "r.state IN ('open', 'rectifying') AND r.due_on < :today"
_EARLIER = """
SELECT id::text FROM rectification
WHERE unit = :unit AND problem_class = :problem_class AND cleared_on <= :found_on AND id::text <> :own
ORDER BY cleared_on DESC, id DESC LIMIT 1
"""


async def get(session: AsyncSession, problem_id: str, *, lock: bool = False) -> Rectification | None:
    """Give a problem, locked until the transaction ends if it is to be changed."""
    return await session.get(Rectification, problem_id, with_for_update=lock, populate_existing=lock)


async def steps(session: AsyncSession, problem_id: str) -> list[RectificationStep]:
    """Give what became of a problem, in order."""
    found = await session.execute(
        select(RectificationStep)
        .where(col(RectificationStep.rectification_id) == problem_id)
        .order_by(col(RectificationStep.version))
    )
    return list(found.scalars())


async def earlier(session: AsyncSession, problem: Rectification) -> str | None:
    """Give the last one of the same class and unit that was cleared before a problem was found."""
    found = await session.execute(
        text(_EARLIER),
        {
            "unit": problem.unit,
            "problem_class": problem.problem_class,
            "found_on": problem.found_on,
            "own": problem.id,
        },
    )
    return found.scalar_one_or_none()


def _conditions(principal: Principal, wanted: ProblemFilter, today: date) -> tuple[str, dict[str, Any]]:
    scope, parameters = principal.within(wanted.area).area_clause("r.area_code")
    where, values = [scope], dict[str, Any](parameters)
    if principal.department is not None:
        where.append("r.department = :own_department")
        values["own_department"] = principal.department.value
    for name in ("department", "source", "problem_class", "state"):
        value = getattr(wanted, name)
        if value is not None:
            where.append(f"r.{name} = :{name}")
            values[name] = value
    if wanted.overdue is not None:
        where.append(f"({LATE})" if wanted.overdue else f"NOT ({LATE})")
        values["today"] = today
    if wanted.recurring is not None:
        where.append("r.is_recurring" if wanted.recurring else "NOT r.is_recurring")
    return " AND ".join(where), values


async def page(
    session: AsyncSession, principal: Principal, wanted: ProblemFilter, today: date, *, before: str | None, limit: int
) -> tuple[list[Rectification], int]:
    """Give problems of the caller's areas and department, the newest first, and how many there are."""
    where, values = _conditions(principal, wanted, today)
    number = await session.execute(text(f"SELECT count(*) FROM rectification r WHERE {where}"), values)
    if before is not None:
        where += " AND r.id < CAST(:before AS uuid)"
        values["before"] = before
    query = select(Rectification).from_statement(
        text(f"SELECT r.* FROM rectification r WHERE {where} ORDER BY r.id DESC LIMIT :limit").bindparams(
            **values, limit=limit
        )
    )
    return list((await session.execute(query)).scalars()), int(number.scalar_one())


async def counts(session: AsyncSession, principal: Principal, wanted: ProblemFilter, today: date) -> Sequence[Any]:
    """Count problems by class, source, state and area of the next level, those that are late and that came back."""
    where, values = _conditions(principal, wanted, today)
    digits = areas.digits_below(wanted.area or areas.common_root(*principal.areas))
    found = await session.execute(
        text(
            f"SELECT r.problem_class, r.source, r.state, rpad(left(r.area_code, {digits:d}), 12, '0') AS area_code,"
            f" count(*) AS problems, count(*) FILTER (WHERE {LATE}) AS overdue,"
            " count(*) FILTER (WHERE r.is_recurring) AS recurring"
            f" FROM rectification r WHERE {where} GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"
        ),
        values | {"today": today},
    )
    return found.mappings().all()


# How a problem stood at an instant is what its last step before it says; who did what is counted once a problem.
_MONTH = """
SELECT r.source, r.department,
    CASE WHEN r.department IS NULL THEN r.unit ELSE split_part(r.unit, '/', 1) END AS area_code,
    count(*) FILTER (WHERE r.registered_on >= :first) AS registered,
    count(*) FILTER (WHERE s.submitted) AS submitted,
    count(*) FILTER (WHERE s.cleared) AS cleared,
    count(*) FILTER (WHERE s.looked_back) AS looked_back,
    count(*) FILTER (WHERE s.recurred OR (r.registered_on >= :first AND r.is_recurring)) AS recurring,
    count(*) FILTER (WHERE l.state IN ('open', 'rectifying', 'submitted')) AS standing,
    count(*) FILTER (WHERE l.state IN ('open', 'rectifying') AND l.due_on <= :last) AS overdue
FROM rectification r
    CROSS JOIN LATERAL (
        SELECT b.state, b.due_on FROM rectification_step b
        WHERE b.rectification_id = r.id AND b.said_on <= :last ORDER BY b.version DESC LIMIT 1) l
    CROSS JOIN LATERAL (
        SELECT coalesce(bool_or(m.action = 'submitted'), false) AS submitted,
            coalesce(bool_or(m.action = 'cleared'), false) AS cleared,
            coalesce(bool_or(m.action = 'looked_back'), false) AS looked_back,
            coalesce(bool_or(m.action = 'recurred'), false) AS recurred, count(*) AS steps
        FROM rectification_step m WHERE m.rectification_id = r.id AND m.said_on BETWEEN :first AND :last) s
WHERE r.area_code >= :low AND r.area_code < :high
  AND (s.steps > 0 OR l.state IN ('open', 'rectifying', 'submitted'))
GROUP BY 1, 2, 3 ORDER BY 1, 2 NULLS FIRST, 3
"""


async def month(session: AsyncSession, area_code: str, first: date, last: date) -> Sequence[Any]:
    """Count, by source and unit, what was done in a month and how the ledger of an area stood at its end.

    Nothing is counted of problems on which nothing was done and which had ended before.
    """
    low, high = areas.range_of(area_code)
    values = {"low": low, "high": high, "first": first, "last": last}
    return (await session.execute(text(_MONTH), values)).mappings().all()


async def counties(session: AsyncSession) -> list[str]:
    """Give the counties that have a ledger, in order."""
    found = await session.execute(
        text("SELECT DISTINCT left(area_code, 6) || '000000' AS county FROM rectification ORDER BY 1")
    )
    return list(found.scalars())
