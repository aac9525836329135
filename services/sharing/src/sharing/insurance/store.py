"""Statements of the insurance ledger. `insurance_told` holds what a run found, between two commits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg.rows import dict_row
from sqlalchemy.ext.asyncio import AsyncSession

from servicekit.auth import Principal
from servicekit.db import execute

COLUMNS = (
    "household_id", "person_id", "is_enrolled", "scheme", "paid_on", "premium", "subsidy", "has_cost", "cost_to",
    "total", "basic_paid", "critical_paid", "aid_paid", "self_paid",
)  # fmt: skip
_VALUES = COLUMNS[2:]

TOLD = """
CREATE TEMP TABLE IF NOT EXISTS insurance_told (household_id text, person_id text, is_enrolled boolean, scheme text,
    paid_on date, premium numeric(14, 2), subsidy numeric(14, 2), has_cost boolean, cost_to date, total numeric(14, 2),
    basic_paid numeric(14, 2), critical_paid numeric(14, 2), aid_paid numeric(14, 2), self_paid numeric(14, 2)
) ON COMMIT DELETE ROWS
"""
# What an older month says never replaces what a newer one said of the same year. The same again is not written.
TAKE = f"""
INSERT INTO insurance_year AS y (year, period, told_at, {", ".join(COLUMNS)})
SELECT :year, :period, :at, {", ".join(f"t.{name}" for name in COLUMNS)}
FROM insurance_told t ORDER BY t.household_id, t.person_id
ON CONFLICT (year, household_id, person_id) DO UPDATE SET period = EXCLUDED.period, told_at = EXCLUDED.told_at,
    {", ".join(f"{name} = EXCLUDED.{name}" for name in _VALUES)}
WHERE y.period <= EXCLUDED.period AND (y.period, {", ".join(f"y.{name}" for name in _VALUES)})
    IS DISTINCT FROM (EXCLUDED.period, {", ".join(f"EXCLUDED.{name}" for name in _VALUES)})
"""
# Of whom the run was about and the lists say nothing more: a list was withdrawn, or the person is in focus no more.
FORGET = """
DELETE FROM insurance_year y USING directory_household d
WHERE y.year = :year AND d.household_id = y.household_id AND {told} AND y.period <= :period
  AND NOT EXISTS (SELECT FROM insurance_told t WHERE t.household_id = y.household_id AND t.person_id = y.person_id)
"""
OF_AREA = "d.area_code >= :low AND d.area_code < :high"
OF_HOUSEHOLDS = "d.household_id IN (SELECT household_id FROM comparison_run_household WHERE run_id = :run)"

# Where people live and what they are in focus for is the directory's, as it is now; nothing of it is copied.
_FOCUS = """
FROM directory_household h JOIN directory_person p USING (household_id)
LEFT JOIN insurance_year y ON y.year = :year AND y.household_id = p.household_id AND y.person_id = p.person_id
WHERE h.status = 'active' AND (h.hh_type = '1' OR h.is_monitored OR p.relief <> 'none') AND {kept}
"""
_ENROLMENT = "CASE WHEN y.is_enrolled THEN 'enrolled' WHEN NOT y.is_enrolled THEN 'uninsured' ELSE 'unknown' END"
_IN_FOCUS = {"low_income": "p.relief <> 'none'", "formerly_poor": "h.hh_type = '1'", "monitored": "h.is_monitored"}
_ROW = f"""
SELECT p.household_id, p.person_id, h.area_code, p.relation, CAST(:year AS int) AS year,
    p.relief <> 'none' AS is_low_income, h.hh_type = '1' AS is_formerly_poor, h.is_monitored, {_ENROLMENT} AS enrolment,
    y.scheme, y.paid_on, y.premium, y.subsidy, y.cost_to, y.total, y.basic_paid, y.critical_paid, y.aid_paid,
    y.self_paid, y.period, y.told_at
"""
_SUMS = """
    count(*) AS persons, count(*) FILTER (WHERE y.is_enrolled) AS enrolled,
    count(*) FILTER (WHERE NOT y.is_enrolled) AS uninsured,
    count(*) FILTER (WHERE y.is_enrolled IS NULL) AS enrolment_unknown,
    count(*) FILTER (WHERE y.subsidy > 0) AS subsidised,
    sum(y.premium) AS premium, sum(y.subsidy) AS subsidy, count(*) FILTER (WHERE y.has_cost) AS with_cost,
    count(*) FILTER (WHERE y.has_cost IS NULL) AS cost_unknown, sum(y.total) AS total, sum(y.basic_paid) AS basic_paid,
    sum(y.critical_paid) AS critical_paid, sum(y.aid_paid) AS aid_paid, sum(y.self_paid) AS self_paid
"""


def _kept(principal: Principal, year: int, wanted: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Write the condition of rows that are the caller's and wanted.

    Args:
        principal: The caller within the area that it asks for.
    """
    clause, parameters = principal.area_clause("h.area_code")
    where, values = [clause], {**parameters, "year": year}
    if wanted.get("focus"):
        where.append(_IN_FOCUS[wanted["focus"]])
    if wanted.get("enrolment"):
        where.append(f"{_ENROLMENT} = :enrolment")
        values["enrolment"] = wanted["enrolment"]
    for name in ("household_id", "person_id"):
        if wanted.get(name):
            where.append(f"p.{name} = :{name}")
            values[name] = wanted[name]
    return " AND ".join(where), values


async def page(
    session: AsyncSession,
    principal: Principal,
    year: int,
    wanted: Mapping[str, Any],
    after: tuple[str, str, str] | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Give rows by village, household and person, after a place in that order."""
    kept, values = _kept(principal, year, wanted)
    if after is not None:
        kept += " AND (h.area_code, p.household_id, p.person_id) > (:place, :household, :person)"
        values |= dict(zip(("place", "household", "person"), after, strict=True))
    query = f"{_ROW}{_FOCUS.format(kept=kept)} ORDER BY h.area_code, p.household_id, p.person_id LIMIT :limit"
    return list(await (await execute(session, query, values | {"limit": limit}, row_factory=dict_row)).fetchall())


async def total(session: AsyncSession, principal: Principal, year: int, wanted: Mapping[str, Any]) -> int:
    """Count the rows."""
    kept, values = _kept(principal, year, wanted)
    [(count,)] = await (await execute(session, f"SELECT count(*) {_FOCUS.format(kept=kept)}", values)).fetchall()
    return int(count)


async def statistics(
    session: AsyncSession,
    principal: Principal,
    year: int,
    wanted: Mapping[str, Any],
    *,
    digits: int | None,
    after: str,
    limit: int,
) -> list[dict[str, Any]]:
    """Give the figures of areas after one.

    Args:
        digits: Of the code that names an area of the level; None for all areas together.
    """
    kept, values = _kept(principal, year, wanted)
    area = "''" if digits is None else f"rpad(left(h.area_code, {digits}), 12, '0')"
    query = (
        f"SELECT * FROM (SELECT {area} AS area_code, {_SUMS}{_FOCUS.format(kept=kept)} GROUP BY 1) s"
        " WHERE s.area_code COLLATE \"C\" > :after OR :after = '' ORDER BY s.area_code LIMIT :limit"
    )
    values |= {"after": after, "limit": limit}
    return list(await (await execute(session, query, values, row_factory=dict_row)).fetchall())
