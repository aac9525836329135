"""Queries of feedback."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import select

from alerts.feedback.rules import Round
from alerts.feedback.schemas import RoundQuery
from alerts.feedback.tables import FeedbackRound, FindingFeedback
from servicekit.auth import Principal

_DEPARTMENTS = """
SELECT DISTINCT s.department FROM clue_source s
WHERE s.clue_id = CAST(:clue AS uuid) AND s.department IS NOT NULL AND s.finding_id IS NOT NULL
  AND NOT s.is_suppressed AND s.withdrawn_at IS NULL ORDER BY 1
"""
# Whoever adds to a round shares it; who acknowledges it waits for them, and they find it closed.
_OPEN = """
SELECT id::text FROM feedback_round
WHERE area_code = :county AND department = :department AND acknowledged_on IS NULL FOR SHARE
"""
_BEGIN = """
INSERT INTO feedback_round (id, area_code, department, opened_on, due_on)
VALUES (CAST(:id AS uuid), :county, :department, :opened_on, :due_on)
ON CONFLICT (area_code, department) WHERE acknowledged_on IS NULL DO NOTHING RETURNING id::text
"""
_TELL = """
INSERT INTO finding_feedback (clue_id, finding_id, round_id, rule_id, period, household_id, person_id, area_code,
    result, reason, decided_on)
SELECT DISTINCT ON (s.finding_id) s.clue_id, s.finding_id, CAST(:round AS uuid), s.rule_id, s.period, c.household_id,
    s.person_id, c.area_code, c.state, c.result_reason, :today
FROM clue_source s JOIN clue c ON c.id = s.clue_id
WHERE s.clue_id = CAST(:clue AS uuid) AND s.department = :department AND s.finding_id IS NOT NULL
  AND NOT s.is_suppressed AND s.withdrawn_at IS NULL
ORDER BY s.finding_id, s.id ON CONFLICT DO NOTHING
"""
_ROUNDS = """
SELECT r.id::text, r.area_code, r.department, r.opened_on, r.due_on, r.acknowledged_on, r.acknowledged_by,
    (SELECT count(*) FROM finding_feedback f WHERE f.round_id = r.id) AS items
FROM feedback_round r WHERE {where}
"""


class Begun(NamedTuple):
    """The round that is open, and whether it was begun now."""

    id: str
    is_new: bool


async def departments(session: AsyncSession, clue_id: str) -> list[str]:
    """Give the departments whose findings hold for a clue."""
    return list((await session.execute(text(_DEPARTMENTS), {"clue": clue_id})).scalars())


async def open_round(session: AsyncSession, wanted: Round) -> Begun:
    """Give the round that a department has open in a county, begun as it is wanted if there is none.

    It is shared until the transaction ends: nobody acknowledges it meanwhile.
    """
    place = {"county": wanted.area_code, "department": wanted.department}
    values = place | {"id": wanted.id, "opened_on": wanted.opened_on, "due_on": wanted.due_on}
    while True:
        found = (await session.execute(text(_OPEN), place)).scalar_one_or_none()
        if found is not None:
            return Begun(found, is_new=False)
        begun = (await session.execute(text(_BEGIN), values)).scalar_one_or_none()
        if begun is not None:
            return Begun(begun, is_new=True)


async def tell(session: AsyncSession, clue_id: str, department: str, round_id: str, today: date) -> None:
    """Keep what a clue that is verified says of each finding of a department behind it."""
    await session.execute(text(_TELL), {"clue": clue_id, "department": department, "round": round_id, "today": today})


async def lock(session: AsyncSession, round_id: str) -> FeedbackRound:
    """Give a round that is known to be there; nobody adds to it until the transaction ends."""
    return await session.get_one(FeedbackRound, round_id, with_for_update=True, populate_existing=True)


async def seen(session: AsyncSession, round_id: str) -> dict[str, Any] | None:
    """Give a round with how many results are in it; None when there is none."""
    query = text(_ROUNDS.format(where="r.id = CAST(:id AS uuid)"))
    row = (await session.execute(query, {"id": round_id})).mappings().first()
    return dict(row) if row else None


async def page(
    session: AsyncSession, principal: Principal, wanted: RoundQuery, *, before: str | None, limit: int
) -> list[dict[str, Any]]:
    """Give rounds of the caller's areas and department, the newest first."""
    scope, parameters = principal.within(wanted.area).area_clause("r.area_code")
    where, values = [scope], dict[str, Any](parameters) | {"limit": limit}
    if principal.department is not None:
        where.append("r.department = :own_department")
        values["own_department"] = principal.department.value
    if wanted.department is not None:
        where.append("r.department = :department")
        values["department"] = wanted.department.value
    if wanted.state is not None:
        where.append(f"r.acknowledged_on IS {'NULL' if wanted.state == 'open' else 'NOT NULL'}")
    if before is not None:
        where.append("r.id < CAST(:before AS uuid)")
        values["before"] = before
    query = f"{_ROUNDS.format(where=' AND '.join(where))} ORDER BY r.id DESC LIMIT :limit"
    return [dict(row) for row in (await session.execute(text(query), values)).mappings()]


async def items(
    session: AsyncSession, round_id: str, *, after: Sequence[str] | None, limit: int
) -> Sequence[FindingFeedback]:
    """Give what was decided in a round, by finding and clue."""
    where, values = "round_id = CAST(:round AS uuid)", dict[str, Any](round=round_id, limit=limit)
    if after is not None:
        where += " AND (finding_id, clue_id) > (:finding, CAST(:clue AS uuid))"
        values["finding"], values["clue"] = after
    query = text(f"SELECT * FROM finding_feedback WHERE {where} ORDER BY finding_id, clue_id LIMIT :limit")
    found = await session.execute(select(FindingFeedback).from_statement(query.bindparams(**values)))
    return found.scalars().all()
