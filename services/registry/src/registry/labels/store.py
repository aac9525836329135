"""Queries of labels: all of a set of households at once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from registry.labels.tables import Label, LabelPlace

# A year that is over is compared with those before it; the newest income is this year's or the last one's.
_COMPUTE = """
WITH said AS MATERIALIZED (
    SELECT county, former_poor, labour
    FROM jsonb_to_recordset(CAST(:lines AS jsonb)) AS s (county text, former_poor numeric, labour numeric)
), chosen AS MATERIALIZED (
    SELECT h.id, h.hh_type = '1' AS is_former_poor, h.is_monitored, s.former_poor, s.labour
    FROM household h LEFT JOIN said s ON s.county = left(h.village_code, 6) || '000000'
    WHERE h.status = 'active' AND {of_household}
), member AS (
    SELECT p.household_id, bool_or(p.labour IN ('1', '2')) AS is_able, bool_or(p.labour = '3') AS is_weak,
        bool_or(p.relief = 'dibao') AS has_dibao, bool_or(p.relief = 'tekun') AS has_tekun,
        bool_or(p.relief = 'marginal') AS has_marginal, bool_or(p.relief = 'rigid') AS has_rigid
    FROM person p WHERE p.is_active AND {of_person} GROUP BY p.household_id
), earned AS (
    SELECT i.household_id,
        coalesce(max(i.per_capita_net) FILTER (WHERE i.year = :year),
                 max(i.per_capita_net) FILTER (WHERE i.year = :year - 1)) AS newest,
        max(i.per_capita_net) FILTER (WHERE i.year = :year - 1) AS last,
        max(i.per_capita_net) FILTER (WHERE i.year = :year - 2) AS before,
        max(i.per_capita_net) FILTER (WHERE i.year = :year - 3) AS before_that
    FROM income i
    WHERE i.superseded_at IS NULL AND i.year BETWEEN :year - 3 AND :year AND {of_person_income}
    GROUP BY i.household_id
), now AS MATERIALIZED (
    SELECT c.id AS household_id, l.label
    FROM chosen c JOIN member m ON m.household_id = c.id LEFT JOIN earned e ON e.household_id = c.id
    CROSS JOIN LATERAL (VALUES
        (CASE WHEN m.is_able THEN 'labour_capable' WHEN m.is_weak THEN 'labour_weak' ELSE 'labour_none' END, true),
        ('income_fell', e.last < e.before),
        ('income_fell_twice', e.last < e.before AND e.before < e.before_that),
        ('below_focus', c.is_former_poor AND e.newest < c.former_poor),
        ('below_focus_labour', (c.is_former_poor OR c.is_monitored) AND m.is_able AND e.newest < c.labour),
        ('dibao', m.has_dibao),
        ('tekun', m.has_tekun),
        ('marginal', m.has_marginal),
        ('rigid', m.has_rigid)
    ) AS l (label, has)
    WHERE l.has
), gone AS (
    DELETE FROM household_label l
    WHERE {of_label} AND NOT EXISTS (
        SELECT FROM now n WHERE n.household_id = l.household_id AND n.label = l.label)
    RETURNING 1
), given AS (
    INSERT INTO household_label (household_id, label, since_on)
    SELECT n.household_id, n.label, :today FROM now n ON CONFLICT DO NOTHING RETURNING 1
)
SELECT (SELECT count(*) FROM given) AS given, (SELECT count(*) FROM gone) AS gone
"""
_SOME = "= ANY(CAST(:ids AS uuid[]))"
_OF_SOME = _COMPUTE.format(
    of_household=f"h.id {_SOME}",
    of_person=f"p.household_id {_SOME}",
    of_person_income=f"i.household_id {_SOME}",
    of_label=f"l.household_id {_SOME}",
)
_OF_ALL = _COMPUTE.format(of_household="true", of_person="true", of_person_income="true", of_label="true")
_COUNTIES = "SELECT DISTINCT left(code, 6) || '000000' AS county FROM area WHERE right(code, 6) <> '000000'"


async def compute(
    session: AsyncSession, household_ids: Sequence[str] | None, lines: Sequence[Mapping[str, str]], today: date
) -> tuple[int, int]:
    """Give households their labels, in one statement; give how many labels came and went.

    Args:
        household_ids: None for all.
        lines: `county`, and the focus lines there: `former_poor`, `labour`.
    """
    values: dict[str, Any] = {"lines": json.dumps(list(lines)), "year": today.year, "today": today}
    if household_ids is not None:
        values["ids"] = list(household_ids)
    found = await session.execute(text(_OF_ALL if household_ids is None else _OF_SOME), values)
    row = found.one()
    return row.given, row.gone


async def counties(session: AsyncSession) -> list[str]:
    """Give the counties that have villages."""
    return sorted((await session.execute(text(_COUNTIES))).scalars())


async def of_household(session: AsyncSession, household_id: UUID) -> list[Label]:
    """Give a household's labels."""
    result = await session.execute(select(Label).where(Label.household_id == household_id).order_by(col(Label.label)))
    return list(result.scalars())


async def place(session: AsyncSession) -> LabelPlace:
    """Give how far labels follow the register."""
    return await session.get_one(LabelPlace, True)
