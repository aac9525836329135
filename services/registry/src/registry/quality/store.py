"""Queries of data quality: evaluating the rules over a set of households, what they found, runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from contracts.fields import PERSON, titled
from contracts.vocabulary import RiskType
from registry.checked import Checked
from registry.fields import shown_fields
from registry.plans import service as plans
from registry.quality.checks import KIND
from registry.quality.rules import found_sql
from registry.quality.tables import QualityError, QualityPlace, QualityRun
from registry.rulebook import Catalogue, parameters_sql
from servicekit import areas
from servicekit.event_sql import json_object

COUNTED = 10_000

# What the planner is told of a temporary table is what makes it join sets instead of rows.
_MAKE = "CREATE TEMPORARY TABLE {name} ON COMMIT DROP AS\n{query}"
_CHOSEN = "SELECT DISTINCT unnest(CAST(:ids AS uuid[])) AS household_id"
_COUNTIES = "SELECT DISTINCT left(village_code, 6) || '000000' FROM household JOIN quality_chosen ON household_id = id"
# What was said to be true is true of what it was said of.
_CLOSE = """
UPDATE quality_error e SET closed_at = :now FROM quality_chosen c
WHERE c.household_id = e.household_id AND e.closed_at IS NULL AND NOT EXISTS (
    SELECT FROM quality_found f
    WHERE f.household_id = e.household_id AND f.rule = e.rule AND f.subject_id = e.subject_id
      AND (e.accepted_at IS NULL OR f.evidence = e.evidence))
"""
_RENEW = """
UPDATE quality_error e SET evidence = f.evidence FROM quality_found f
WHERE e.household_id = f.household_id AND e.rule = f.rule AND e.subject_id = f.subject_id
  AND e.closed_at IS NULL AND e.evidence <> f.evidence
"""
_OPEN = """
INSERT INTO quality_error (household_id, scope, subject_id, rule, evidence, opened_at)
SELECT f.household_id, f.scope, f.subject_id, f.rule, f.evidence, :now FROM quality_found f
WHERE NOT EXISTS (
    SELECT FROM quality_error e
    WHERE e.household_id = f.household_id AND e.rule = f.rule AND e.subject_id = f.subject_id AND e.closed_at IS NULL)
ORDER BY f.household_id, f.rule, f.subject_id
"""

_CHECKED = """
SELECT e.id::text AS id, e.household_id::text AS household_id, h.village_code AS area_code, e.opened_at,
    coalesce(e.accepted_at, e.closed_at) AS ended_at
FROM quality_error e JOIN household h ON h.id = e.household_id
"""
_CHECKED_OF_CHOSEN = f"""{_CHECKED}JOIN quality_chosen c ON c.household_id = e.household_id
WHERE e.rule = ANY(CAST(:rules AS text[])) AND (e.closed_at IS NULL OR e.closed_at = :now) ORDER BY e.id
"""

_OF_STATE = {
    "open": "e.closed_at IS NULL AND e.accepted_at IS NULL",
    "accepted": "e.closed_at IS NULL AND e.accepted_at IS NOT NULL",
    "closed": "e.closed_at IS NOT NULL",
}
_PERSON = json_object({"id": "p.id", **shown_fields(titled(PERSON), "p")})
_SHOWN = f"""
SELECT e.id::text AS id, e.rule, e.scope, e.household_id::text AS household_id, h.village_code AS area_code, e.evidence,
    CASE WHEN e.scope = 'person' THEN {_PERSON} END AS person,
    CASE WHEN e.scope IN ('episode', 'elimination') THEN e.subject_id::text END AS episode_id,
    CASE WHEN e.closed_at IS NOT NULL THEN 'closed' WHEN e.accepted_at IS NOT NULL THEN 'accepted' ELSE 'open' END
        AS state,
    e.opened_at, e.closed_at, e.accepted_at, e.accepted_by, e.accepted_reason
FROM quality_error e JOIN household h ON h.id = e.household_id
LEFT JOIN person p ON e.scope = 'person' AND p.id = e.subject_id
"""
_FITTING = orjson.dumps({risk.value: sorted(categories) for risk, categories in plans.FITTING.items()}).decode()
_DIGITS = {"village": 12, "town": 9, "county": 6}


class Changed(NamedTuple):
    """What an evaluation did to the errors."""

    opened: int
    closed: int


async def choose(session: AsyncSession, household_ids: Sequence[str]) -> list[str]:
    """Choose the households that are evaluated in this transaction; give their counties."""
    await _make(session, "quality_chosen", _CHOSEN, {"ids": list(household_ids)})
    return list((await session.execute(text(_COUNTIES))).scalars())


async def evaluate(
    session: AsyncSession,
    catalogue: Catalogue,
    profiles: Mapping[str, Mapping[str, Any]],
    *,
    now: datetime,
    today: date,
) -> Changed:
    """Evaluate every rule over the chosen households; open, renew and close their errors.

    Args:
        profiles: Values of the catalogue's parameters, by county.
    """
    said = [
        {"county": county, "said": {name: str(values[name]) for name in catalogue.parameters}}
        for county, values in profiles.items()
    ]
    of_parameters = {"profiles": orjson.dumps(said).decode()}
    await _make(session, "quality_parameter", parameters_sql(catalogue.parameters), of_parameters)
    known: Mapping[str, Any] = {
        "today": today,
        "named_risks": [risk.value for risk in RiskType if risk.is_named],
        "fitting": _FITTING,
        "training": list(plans.TRAINING),
    }
    for scope, query in catalogue.relations.items():
        await _make(session, f"quality_{scope}", query, {name: known[name] for name in known if f":{name}" in query})
    await _make(session, "quality_found", found_sql(catalogue), {})
    closed: Any = await session.execute(text(_CLOSE), {"now": now})
    await session.execute(text(_RENEW))
    opened: Any = await session.execute(text(_OPEN), {"now": now})
    return Changed(opened.rowcount, closed.rowcount)


async def checked(session: AsyncSession, codes: Sequence[str], now: datetime) -> list[Checked]:
    """Give what counter-checks have found of the chosen households: what is open, and what was closed just now."""
    found = await session.execute(text(_CHECKED_OF_CHOSEN), {"rules": list(codes), "now": now})
    return [Checked(KIND, **row) for row in found.mappings()]


async def checked_one(session: AsyncSession, error_id: UUID) -> Checked:
    """Give one finding of a counter-check."""
    found = await session.execute(text(f"{_CHECKED}WHERE e.id = :id"), {"id": error_id})
    return Checked(KIND, **found.mappings().one())


async def _make(session: AsyncSession, name: str, query: str, values: Mapping[str, Any]) -> None:
    await session.execute(text(_MAKE.format(name=name, query=query)), values)
    await session.execute(text(f"ANALYZE {name}"))


async def shown(
    session: AsyncSession, conditions: Sequence[str], values: Mapping[str, Any], *, order: str = "e.id", limit: int
) -> Sequence[RowMapping]:
    """Give errors `e` of households `h` as they are shown."""
    where = " AND ".join(conditions)
    query = text(f"{_SHOWN}WHERE {where} ORDER BY {order} LIMIT :limit")
    return (await session.execute(query, {**values, "limit": limit})).mappings().all()


async def total(session: AsyncSession, conditions: Sequence[str], values: Mapping[str, Any]) -> int:
    """Count errors `e` of households `h`, to one more than `COUNTED`."""
    counted = await session.execute(
        text(
            "SELECT count(*) FROM (SELECT FROM quality_error e JOIN household h ON h.id = e.household_id"
            f" WHERE {' AND '.join(conditions)} LIMIT {COUNTED + 1}) e"
        ),
        values,
    )
    return int(counted.scalar_one())


async def counts(
    session: AsyncSession, conditions: Sequence[str], values: Mapping[str, Any], by: str
) -> Sequence[RowMapping]:
    """Count errors that are not closed by rule and area."""
    query = f"""
SELECT c.*, a.name AS area_name FROM (
    SELECT e.rule, rpad(left(h.village_code, {_DIGITS[by]}), 12, '0') AS area_code,
        count(*) FILTER (WHERE e.accepted_at IS NULL) AS open,
        count(*) FILTER (WHERE e.accepted_at IS NOT NULL) AS accepted,
        count(DISTINCT e.household_id) FILTER (WHERE e.accepted_at IS NULL) AS households,
        min(e.opened_at) FILTER (WHERE e.accepted_at IS NULL) AS oldest_opened_at
    FROM quality_error e JOIN household h ON h.id = e.household_id
    WHERE e.closed_at IS NULL AND {" AND ".join(conditions)} GROUP BY 1, 2
) c LEFT JOIN area a ON a.code = c.area_code ORDER BY c.rule, c.area_code"""
    return (await session.execute(text(query), values)).mappings().all()


def of_state(state: str) -> str:
    """Give the condition that an error `e` is in a state."""
    return _OF_STATE[state]


async def error(session: AsyncSession, error_id: UUID) -> QualityError | None:
    """Lock and give an error."""
    return await session.get(QualityError, error_id, with_for_update=True, populate_existing=True)


async def place(session: AsyncSession) -> QualityPlace:
    """Give up to where changes were followed."""
    return (await session.execute(select(QualityPlace))).scalar_one()


async def run(session: AsyncSession, run_id: UUID) -> QualityRun | None:
    """Give a run."""
    return await session.get(QualityRun, run_id)


async def unfinished(session: AsyncSession, area_code: str) -> QualityRun | None:
    """Give the run of exactly an area that is not finished."""
    found = await session.execute(
        select(QualityRun).where(QualityRun.area_code == area_code, col(QualityRun.finished_at).is_(None))
    )
    return found.scalar_one_or_none()


async def add_night(session: AsyncSession, run_id: str, night_of: date, now: datetime) -> None:
    """Have every household looked at in a night; again changes nothing."""
    await session.execute(
        text(
            "INSERT INTO quality_run (id, area_code, night_of, asked_at)"
            " VALUES (CAST(:id AS uuid), :area, :night, :now) ON CONFLICT DO NOTHING"
        ),
        {"id": run_id, "area": areas.NATION, "night": night_of, "now": now},
    )


async def last_night(session: AsyncSession) -> date | None:
    """Give the last night in which every household was looked at."""
    found = await session.execute(
        text("SELECT max(night_of) FROM quality_run WHERE night_of IS NOT NULL AND finished_at IS NOT NULL")
    )
    night: date | None = found.scalar()
    return night


async def next_run(session: AsyncSession) -> QualityRun | None:
    """Lock and give the run that goes on: what somebody asked for before a night's."""
    found = await session.execute(
        select(QualityRun)
        .where(col(QualityRun.finished_at).is_(None))
        .order_by(col(QualityRun.night_of).is_not(None), col(QualityRun.asked_at), col(QualityRun.id))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return found.scalars().first()


async def households_in(session: AsyncSession, area_code: str) -> int:
    """Count the households of an area."""
    low, high = areas.range_of(area_code)
    counted = await session.execute(
        text("SELECT count(*) FROM household WHERE village_code >= :low AND village_code < :high"),
        {"low": low, "high": high},
    )
    return int(counted.scalar_one())


async def next_households(session: AsyncSession, going: QualityRun, limit: int) -> Sequence[tuple[str, UUID]]:
    """Give village and id of the households that a run comes to next, in their order."""
    low, high = areas.range_of(going.area_code)
    found = await session.execute(
        text(
            "SELECT village_code, id FROM household WHERE village_code >= :low AND village_code < :high"
            " AND (village_code, id) > (:village, :id) ORDER BY village_code, id LIMIT :limit"
        ),
        {"low": low, "high": high, "village": going.after_village, "id": going.after_id, "limit": limit},
    )
    return [(row.village_code, row.id) for row in found]
