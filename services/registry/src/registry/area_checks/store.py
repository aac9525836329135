"""Queries of the counter-checks of areas: evaluating them over a county, and what they found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from registry.area_checks.rules import KIND, SITE, found_sql
from registry.area_checks.tables import AreaCheck
from registry.checked import Checked
from registry.households.service import path_of
from registry.rulebook import Catalogue, parameters_sql

COUNTED = 10_000
BEHIND = 200

_MAKE = "CREATE TEMPORARY TABLE {name} ON COMMIT DROP AS\n{query}"
_DROP = (
    "DROP TABLE IF EXISTS area_check_parameter, area_check_area, area_check_cause, area_check_site, area_check_found"
)
_OF_COUNTY = "c.area_code >= :low AND c.area_code < :high AND c.closed_at IS NULL"
_SAME = "f.code = c.code AND f.area_code = c.area_code AND f.cause = c.cause"
_CLOSE = f"""
UPDATE area_check c SET closed_at = :now
WHERE {_OF_COUNTY} AND NOT EXISTS (SELECT FROM area_check_found f WHERE {_SAME})
"""
_RENEW = f"""
UPDATE area_check c SET evidence = f.evidence FROM area_check_found f
WHERE {_OF_COUNTY} AND {_SAME} AND c.answered_at IS NULL AND c.evidence <> f.evidence
"""
_OPEN = f"""
INSERT INTO area_check (code, area_code, cause, evidence, opened_at)
SELECT f.code, f.area_code, f.cause, f.evidence, :now FROM area_check_found f
WHERE NOT EXISTS (SELECT FROM area_check c WHERE {_OF_COUNTY} AND {_SAME})
ORDER BY f.area_code, f.code, f.cause
"""
_CHECKED = f"""
SELECT '{KIND}' AS kind, c.id::text AS id, c.area_code, c.opened_at, coalesce(c.answered_at, c.closed_at) AS ended_at
FROM area_check c
"""
_STATE = """CASE WHEN c.closed_at IS NOT NULL THEN 'closed'
    WHEN c.answered_at IS NOT NULL THEN 'answered' ELSE 'open' END"""
_SHOWN = f"""
SELECT c.id::text AS id, c.code, c.area_code, {path_of("c.area_code")} AS area_path,
    CASE WHEN c.cause NOT LIKE '{SITE}%' THEN nullif(c.cause, '') END AS cause,
    CASE WHEN c.cause LIKE '{SITE}%' THEN substr(c.cause, {len(SITE) + 1}) END AS site,
    c.evidence, {_STATE} AS state, c.opened_at, c.closed_at, c.answered_at, c.answered_by, c.answer
FROM area_check c
"""
_NEW = "e.identified_on > CAST(:on AS date) - CAST(:window AS int)"
_IDLE = """h.resettlement_site = :site AND EXISTS (
    SELECT FROM person m WHERE m.household_id = h.id AND m.is_active AND m.labour IN ('1', '2')
    HAVING count(*) > 0 AND bool_and(m.work_months = 0 AND m.public_post IS NULL))"""
_BEHIND = {
    "CK-08A": _NEW,
    "CK-08B": "h.is_monitored",
    "CK-08C": _NEW,
    "CK-08D": "e.identified_on > CAST(:on AS date) - CAST(:cause_window AS int) AND :cause = ANY(e.risk_types)",
    "CK-08E": _IDLE,
    "CK-08F": _IDLE,
    "CK-12A": "EXISTS (SELECT FROM clue k WHERE k.household_id = h.id::text AND k.found_at >= :since)",
    "CK-12B": "e.state = 'REJECTED' AND e.updated_at >= :month AND e.updated_at < :month_end",
}
"""Which households `h`, with their episodes `e`, are behind what a check found."""


async def evaluate(
    session: AsyncSession, catalogue: Catalogue, parameters: Mapping[str, Any], values: Mapping[str, Any], now: datetime
) -> None:
    """Evaluate every check over a county; open, renew and close what was found there.

    Args:
        parameters: Of the county's profile, by name.
        values: The parameters of the queries: `county`, `low`, `high`, `today` and the days that are looked back.
    """
    said = [{"county": values["county"], "said": {name: str(parameters[name]) for name in catalogue.parameters}}]
    await session.execute(text(_DROP))
    await _make(session, "area_check_parameter", parameters_sql(catalogue.parameters), {"profiles": _json(said)})
    for scope, query in catalogue.relations.items():
        known = {name: value for name, value in values.items() if f":{name}" in query}
        await _make(session, f"area_check_{scope}", query, known)
    await _make(session, "area_check_found", found_sql(catalogue), {})
    of_county = {"low": values["low"], "high": values["high"]}
    await session.execute(text(_CLOSE), {**of_county, "now": now})
    await session.execute(text(_RENEW), of_county)
    await session.execute(text(_OPEN), {**of_county, "now": now})


async def _make(session: AsyncSession, name: str, query: str, values: Mapping[str, Any]) -> None:
    await session.execute(text(_MAKE.format(name=name, query=query)), values)


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


async def checked(session: AsyncSession, low: str, high: str, now: datetime) -> list[Checked]:
    """Give what is open in an area, and what was closed just now."""
    where = "WHERE c.area_code >= :low AND c.area_code < :high AND (c.closed_at IS NULL OR c.closed_at = :now)"
    found = await session.execute(text(f"{_CHECKED}{where} ORDER BY c.id"), {"low": low, "high": high, "now": now})
    return [Checked(**row) for row in found.mappings()]


async def checked_one(session: AsyncSession, check_id: UUID) -> Checked:
    """Give one finding."""
    found = await session.execute(text(f"{_CHECKED}WHERE c.id = :id"), {"id": check_id})
    return Checked(**found.mappings().one())


async def shown(
    session: AsyncSession, conditions: Sequence[str], values: Mapping[str, Any], *, limit: int
) -> Sequence[RowMapping]:
    """Give findings `c` as they are shown, the oldest first."""
    query = text(f"{_SHOWN}WHERE {' AND '.join(conditions)} ORDER BY c.id LIMIT :limit")
    return (await session.execute(query, {**values, "limit": limit})).mappings().all()


async def total(session: AsyncSession, conditions: Sequence[str], values: Mapping[str, Any]) -> int:
    """Count findings `c`, to one more than `COUNTED`."""
    query = f"SELECT count(*) FROM (SELECT FROM area_check c WHERE {' AND '.join(conditions)} LIMIT {COUNTED + 1}) c"
    return int((await session.execute(text(query), values)).scalar_one())


def of_state(state: str) -> str:
    """Give the condition that a finding `c` is in a state."""
    return f"{_STATE} = '{state}'"


async def lock(session: AsyncSession, check_id: UUID) -> AreaCheck | None:
    """Lock and give a finding."""
    return await session.get(AreaCheck, check_id, with_for_update=True, populate_existing=True)


async def behind(
    session: AsyncSession, row: RowMapping, clause: str, values: Mapping[str, Any], asked: Mapping[str, Any]
) -> tuple[list[tuple[str, str]], int]:
    """Give the households behind a finding, id and village, at most `BEHIND`, and how many the caller sees.

    Args:
        clause: What the caller sees, with its `values`.
        asked: The days that are looked back, and `on`: the day.
    """
    condition = _BEHIND[row["code"]]
    low, high = asked["low"], asked["high"]
    known = {
        name: value
        for name, value in {**asked, "cause": row["cause"], "site": row["site"]}.items()
        if f":{name}" in condition
    }
    query = f"""
SELECT h.id::text AS id, h.village_code, count(*) OVER () AS number
FROM household h LEFT JOIN episode e ON e.household_id = h.id
WHERE h.village_code >= :area_low AND h.village_code < :area_high AND h.status = 'active'
  AND {clause} AND {condition}
GROUP BY h.id ORDER BY h.id LIMIT {BEHIND}"""
    found = await session.execute(text(query), {**values, **known, "area_low": low, "area_high": high})
    rows = found.all()
    return [(each.id, each.village_code) for each in rows], int(rows[0].number) if rows else 0
