"""Queries of what departments gave."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from registry.aid.tables import Aid

_TOLD = """
jsonb_to_recordset(CAST(:told AS jsonb)) AS t (aid_id uuid, household_id uuid, person_id uuid, dataset text,
    department text, category text, title jsonb, name text, given_on date, until date, amount numeric(14, 2),
    income text, period text, at timestamptz)
"""
_SUPERSEDE = f"""
UPDATE aid a SET superseded_at = t.at FROM {_TOLD}
WHERE a.aid_id = t.aid_id AND a.superseded_at IS NULL
"""
_RECORD = f"""
INSERT INTO aid (aid_id, version, household_id, person_id, dataset, department, category, title, name, given_on, until,
    amount, income, period, recorded_at)
SELECT t.aid_id, 1 + (SELECT count(*) FROM aid a WHERE a.aid_id = t.aid_id), t.household_id, t.person_id, t.dataset,
    t.department, t.category, t.title, t.name, t.given_on, t.until, t.amount, t.income, t.period, t.at
FROM {_TOLD} JOIN household h ON h.id = t.household_id
"""
_END = """
UPDATE aid a SET ended_at = t.at, was_wrong = t.was_wrong
FROM jsonb_to_recordset(CAST(:told AS jsonb)) AS t (aid_id uuid, was_wrong boolean, at timestamptz)
WHERE a.aid_id = t.aid_id AND a.superseded_at IS NULL AND a.ended_at IS NULL
"""


async def record(session: AsyncSession, told: Sequence[Mapping[str, Any]]) -> None:
    """Keep what lists say now, one version an id.

    Args:
        told: Columns of the table as JSON knows them, with `at`: when it was said.
    """
    values = {"told": json.dumps(list(told), ensure_ascii=False)}
    await session.execute(text(_SUPERSEDE), values)
    await session.execute(text(_RECORD), values)


async def end(session: AsyncSession, told: Sequence[Mapping[str, Any]]) -> None:
    """Keep that lists say something no more: `aid_id`, `was_wrong`, `at`."""
    await session.execute(text(_END), {"told": json.dumps(list(told))})


async def of_households(session: AsyncSession, household_ids: Sequence[str]) -> list[Aid]:
    """Give every version of what some households were given: the newest day first, those without a day last."""
    result = await session.execute(
        select(Aid)
        .where(col(Aid.household_id).in_([UUID(each) for each in household_ids]))
        .order_by(col(Aid.given_on).desc().nulls_last(), col(Aid.aid_id), col(Aid.version).desc())
    )
    return list(result.scalars())
