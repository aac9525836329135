"""Queries of the worklist: set-based where a run writes, by key where people read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final

from psycopg.rows import class_row
from sqlalchemy import Row, func, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from servicekit import clock, conflicts
from servicekit.areas import range_of
from servicekit.auth import Principal
from servicekit.db import copy_in, copy_out, execute
from sharing.catalogue.service import load_catalogue, load_datasets
from sharing.worklist.rules import ANSWERS, BOUNDED, REGISTER
from sharing.worklist.schemas import WorklistFilter, WorklistQuery
from sharing.worklist.tables import WorklistRest, WorklistRow

# A row that a comparison could not use, as it writes it: column -> type in PostgreSQL, in order.
ROW: Final = "worklist_row"  # the kind of subject that a refused decision was about

UNUSED: Final = {
    "dataset": "text", "kind": "text", "delivery_id": "text", "part_no": "int",
    "line_no": "bigint", "id_token": "text", "person_token": "text", "household_id": "text", "person_id": "text",
    "area_code": "text",
}  # fmt: skip
# A decision as a comparison reads it: column -> type in DuckDB, in order.
DECISION_COLUMNS: Final = dict.fromkeys(("dataset", "id_token", "person_token", "verdict"), "VARCHAR")

_UNUSED = (
    "CREATE TEMP TABLE IF NOT EXISTS unused ("
    + ", ".join(f"{name} {kind}" for name, kind in UNUSED.items())
    + ") ON COMMIT DELETE ROWS"
)
_KEY = "kind, dataset, id_token, person_token"
_SAID = (
    "jsonb_build_array(jsonb_build_object('state', CAST({state} AS text), 'at', CAST(:at AS timestamptz),"
    " 'by', 'comparison', 'run', CAST(:run AS text)))"
)
# One question is asked once: what was decided holds for the same number and name in the months that follow. What
# contradicts itself in another delivery is another question.
_AGAIN = (
    "(w.state = 'moot' OR (w.kind = 'contradicts' AND w.state <> 'open' AND w.delivery_id <> EXCLUDED.delivery_id))"
)
# Of one cause the first rows are listed, with those that wait already; nobody decides about 300,000 of a wrong file.
# What tells whether a number is registered is listed in bounds: so many new ones a department and day, and a number
# under so many names; see docs/decisions/0023.
_MET = f"""
CREATE TEMP TABLE met ON COMMIT DROP AS
WITH given AS (
    SELECT DISTINCT ON ({_KEY}) u.*, CASE u.kind WHEN 'unchecked' THEN u.person_token ELSE u.delivery_id END AS cause,
           CAST(:departments AS jsonb) ->> CASE u.kind WHEN 'unchecked' THEN u.person_token ELSE u.dataset END
               AS department,
           kind = ANY(:answers) AS is_answer, coalesce(w.state = 'open', false) AS is_open,
           coalesce(w.state <> 'moot', false) AS known
    FROM unused u LEFT JOIN worklist_row w USING ({_KEY}) ORDER BY {_KEY}, u.part_no, u.line_no
), asked AS (
    SELECT department, id_token, array_agg(DISTINCT person_token) AS names FROM worklist_row
    WHERE kind = ANY(:answers) GROUP BY department, id_token
), told AS (
    SELECT department, count(*) AS told FROM worklist_row WHERE opened_at >= :today AND kind = ANY(:answers)
    GROUP BY department
), named AS (
    SELECT g.*, coalesce(told, 0) AS told, coalesce(cardinality(names), 0) AS names,
           coalesce(person_token = ANY(names), false) AS is_asked,
           row_number() OVER (PARTITION BY kind, dataset, cause
                              ORDER BY is_open DESC, known, part_no, line_no, area_code, id_token) AS in_cause
    FROM given g LEFT JOIN asked USING (department, id_token) LEFT JOIN told USING (department)
), tried AS (
    SELECT *, is_answer AND NOT is_asked AND names + dense_rank() OVER (
        PARTITION BY is_answer, is_asked, department, id_token ORDER BY person_token) > :names AS is_tried FROM named
), placed AS (
    SELECT *, count(*) FILTER (WHERE is_answer AND NOT known)
        OVER (PARTITION BY department ORDER BY is_tried, in_cause, {_KEY}) AS in_day FROM tried
)
SELECT *, known OR (NOT is_tried AND in_cause <= :most AND (NOT is_answer OR told + in_day <= :per_day)) AS is_listed
FROM placed
"""
# What of it a bound kept back: by department, rows of numbers tried under many names; whether the day's rows are used
# up by this run.
_CAPPED = """
SELECT department, count(*) FILTER (WHERE NOT is_listed AND is_tried) AS tried,
       coalesce(bool_or(is_listed AND told + in_day = :per_day AND told < :per_day), false) AS is_used_up
FROM met WHERE is_answer AND NOT known GROUP BY department
"""
_OPEN = f"""
INSERT INTO worklist_row AS w (id, kind, dataset, department, period, area_code, delivery_id, part_no, line_no,
    id_token, person_token, household_id, person_id, state, due_on, opened_at, changed_at, version, history)
SELECT CAST(gen_random_uuid() AS text), kind, dataset, department, :period, area_code,
    delivery_id, part_no, line_no, id_token, person_token, household_id, person_id, 'open', :due, :at, :at, 1,
    {_SAID.format(state="'open'")}
FROM met WHERE is_listed ORDER BY part_no, line_no, area_code, id_token
ON CONFLICT ({_KEY}) DO UPDATE SET
    period = EXCLUDED.period, area_code = EXCLUDED.area_code, delivery_id = EXCLUDED.delivery_id,
    part_no = EXCLUDED.part_no, line_no = EXCLUDED.line_no, household_id = EXCLUDED.household_id,
    person_id = EXCLUDED.person_id, changed_at = :at, version = w.version + 1,
    state = CASE WHEN {_AGAIN} THEN 'open' ELSE w.state END,
    due_on = CASE WHEN {_AGAIN} THEN EXCLUDED.due_on ELSE w.due_on END,
    history = CASE WHEN {_AGAIN} THEN w.history || EXCLUDED.history ELSE w.history END
WHERE w.period <= EXCLUDED.period AND (w.state = 'moot'
    OR (w.period, w.area_code, w.delivery_id, w.part_no, w.line_no)
       IS DISTINCT FROM (EXCLUDED.period, EXCLUDED.area_code, EXCLUDED.delivery_id, EXCLUDED.part_no, EXCLUDED.line_no))
"""
# What a run could not look at has not gone: a rule that was not evaluated for want of a list.
_LOOKED_AT = """
{w}.period <= :period AND {w}.dataset = ANY(CAST(:datasets AS text[]))
  AND {w}.area_code >= :low AND {w}.area_code < :high
  AND NOT EXISTS (
      SELECT FROM unnest(CAST(:unevaluated AS text[]), CAST(:unevaluated_in AS text[])) AS s (rule_id, area_code)
      WHERE {w}.kind = 'unchecked' AND s.rule_id = {rule} AND coalesce(s.area_code, {w}.area_code) = {w}.area_code)
"""
_MOOT = f"""
UPDATE worklist_row w SET state = 'moot', changed_at = :at, version = w.version + 1,
    history = w.history || {_SAID.format(state="'moot'")}
WHERE w.state = 'open' AND {_LOOKED_AT.format(w="w", rule="w.person_token")}
  AND NOT EXISTS (SELECT FROM met u WHERE (u.kind, u.dataset, u.id_token, u.person_token)
                                        = (w.kind, w.dataset, w.id_token, w.person_token))
"""
_FORGET_REST = f"DELETE FROM worklist_rest w WHERE {_LOOKED_AT.format(w='w', rule='w.cause')}"
_REST = """
INSERT INTO worklist_rest AS w (kind, dataset, cause, area_code, department, period, rows)
SELECT kind, dataset, cause, area_code, department, :period, count(*) FROM met WHERE NOT is_listed
GROUP BY kind, dataset, cause, area_code, department
ON CONFLICT (kind, dataset, cause, area_code) DO UPDATE SET rows = EXCLUDED.rows, period = EXCLUDED.period
WHERE w.period <= EXCLUDED.period
"""
_DECISIONS = """
SELECT dataset, id_token, person_token, state FROM worklist_row
WHERE kind = 'name_differs' AND state IN ('same_person', 'other_person') OR kind = 'deceased' AND state = 'alive'
ORDER BY dataset, id_token, person_token
"""


@dataclass(frozen=True)
class Bounds:
    """How much is listed row by row.

    Attributes:
        most: Rows of one cause.
        per_day: New rows of a department and day that tell what the register knows of a number.
        names: Names under which a department's rows of one number are.
    """

    most: int
    per_day: int
    names: int


@dataclass(frozen=True)
class Capped:
    """What a bound kept back of a department's rows.

    Attributes:
        tried: Rows of numbers that came under more names than are listed.
        is_used_up: Whether the last of the day's new rows was listed now.
    """

    department: str
    tried: int
    is_used_up: bool


@dataclass(frozen=True)
class Met:
    """What a run of a period met in an area.

    Attributes:
        run_id: `None`: no run, but single records as they came.
        datasets: Those whose deliveries were read: what they no longer have waits no longer.
        unevaluated: Rules that could not be evaluated, with the village, or `None` for everywhere.
    """

    run_id: str | None
    period: str
    area_code: str
    datasets: Sequence[str]
    unevaluated: Sequence[tuple[str, str | None]]
    at: datetime
    due_on: date
    bounds: Bounds


async def merge(session: AsyncSession, met: Met, unused: Path) -> list[Capped]:
    """Bring the list to what a run met: new rows are opened, and those that are gone wait no longer.

    Give the departments whose rows met a bound.
    """
    low, high = range_of(met.area_code)
    values = _values(met) | {
        "datasets": [*met.datasets, REGISTER], "low": low, "high": high,
        "unevaluated": [rule for rule, _ in met.unevaluated],
        "unevaluated_in": [area for _, area in met.unevaluated],
    }  # fmt: skip
    await execute(session, _UNUSED)
    await copy_in(session, "unused", list(UNUSED), unused)
    await execute(session, "ANALYZE unused")
    capped = await _open(session, values)
    await execute(session, _MOOT, values)
    await execute(session, _FORGET_REST, values)
    await execute(session, _REST, values)
    return capped


async def add(session: AsyncSession, met: Met, rows: Sequence[Mapping[str, Any]]) -> list[Capped]:
    """Add rows, `UNUSED` each, that no run has met; give as `merge`."""
    values = _values(met)
    await execute(session, _UNUSED)
    columns = ", ".join(f"{name} {kind}" for name, kind in UNUSED.items())
    await execute(
        session,
        f"INSERT INTO unused SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r ({columns})",
        {"rows": json.dumps(list(rows))},
    )
    capped = await _open(session, values)
    await execute(session, _REST, values)
    for statement in ("DROP TABLE met", "DELETE FROM unused"):  # rows of another period may follow
        await execute(session, statement)
    return capped


def _values(met: Met) -> dict[str, Any]:
    departments = {code: dataset.department for code, dataset in load_datasets().items()}
    departments |= {compiled.rule.id: compiled.rule.department for compiled in load_catalogue().rules}
    return {
        "run": met.run_id, "period": met.period, "at": met.at, "due": met.due_on, "answers": list(BOUNDED),
        "departments": json.dumps(departments), **asdict(met.bounds),
        "today": datetime.combine(clock.today(), time.min, tzinfo=clock.CHINA),
    }  # fmt: skip


async def _open(session: AsyncSession, values: Mapping[str, Any]) -> list[Capped]:
    await execute(session, _MET, values)
    await execute(session, "ANALYZE met")
    found = await execute(session, _CAPPED, values, row_factory=class_row(Capped))
    capped = [each for each in await found.fetchall() if each.tried or each.is_used_up]
    await execute(session, _OPEN, values)
    return capped


_SETTLED = """
UPDATE worklist_row w SET state = 'moot', changed_at = :at, version = w.version + 1, history = w.history
    || jsonb_build_array(jsonb_build_object('state', 'moot', 'at', CAST(:at AS timestamptz), 'by', 'register'))
FROM unnest(CAST(:id_tokens AS text[]), CAST(:person_tokens AS text[])) AS p (id_token, person_token)
WHERE w.state = 'open' AND w.kind = ANY(:answers) AND w.dataset = ANY(:datasets)
  AND (w.id_token, w.person_token) = (p.id_token, p.person_token)
"""


async def settle(session: AsyncSession, persons: Sequence[tuple[str, str]], at: datetime) -> None:
    """Let rows wait no longer whose number and name are registered now: `(ID token, person token)`."""
    values = {
        "id_tokens": [id_token for id_token, _ in persons], "person_tokens": [token for _, token in persons],
        "answers": list(ANSWERS), "datasets": list(load_datasets()), "at": at,
    }  # fmt: skip
    await execute(session, _SETTLED, values)


async def export_decisions(session: AsyncSession, file: Path) -> None:
    """Write what was decided about numbers and names to a CSV file, `DECISION_COLUMNS` each."""
    await copy_out(session, _DECISIONS, None, file)


async def get_row(session: AsyncSession, row_id: str, *, lock: bool = False) -> WorklistRow | None:
    """Give a row, locked until the transaction ends if it is to be changed."""
    return await session.get(WorklistRow, row_id, with_for_update=lock, populate_existing=lock)


def _wanted(query: Any, of: Any, principal: Principal, wanted: WorklistFilter, names: Sequence[str]) -> Any:
    """Keep of a table what the caller may see and asks for."""
    condition, parameters = principal.area_clause("area_code")
    query = query.where(text(condition).bindparams(**parameters))
    if principal.department is not None:
        query = query.where(of.department == principal.department)
    for name in names:
        value = getattr(wanted, name)
        if value is not None:
            query = query.where(getattr(of, name) == value)
    if wanted.area is not None:
        low, high = range_of(wanted.area)
        query = query.where(of.area_code >= low, of.area_code < high)
    return query


def _rows_wanted(query: Any, principal: Principal, wanted: WorklistFilter) -> Any:
    names = ("kind", "state", "dataset", "period", "delivery_id", "household_id")
    query = _wanted(query, WorklistRow, principal, wanted, names)
    if wanted.has_refused is not None:
        has_one = conflicts.has_open(ROW, "worklist_row.id")
        query = query.where(text(has_one if wanted.has_refused else f"NOT {has_one}"))
    if wanted.overdue:
        query = query.where(WorklistRow.state == "open", WorklistRow.due_on < clock.today())
    if wanted.changed_since is not None:
        query = query.where(WorklistRow.changed_at >= wanted.changed_since)
    return query


async def list_rows(
    session: AsyncSession, principal: Principal, wanted: WorklistQuery, after: tuple[datetime, str] | None
) -> tuple[Sequence[WorklistRow], int]:
    """Give a page of rows in the caller's areas, those that are due first, one more than a page, and their number."""
    query = _rows_wanted(select(WorklistRow), principal, wanted)
    total = int((await session.execute(select(func.count()).select_from(query.subquery()))).scalar_one())
    if after is not None:
        query = query.where(text("(opened_at, id) > (:at, :id)").bindparams(at=after[0], id=after[1]))
    query = query.order_by(col(WorklistRow.opened_at), col(WorklistRow.id)).limit(wanted.limit + 1)
    return (await session.execute(query)).scalars().all(), total


async def count_rows(session: AsyncSession, principal: Principal, wanted: WorklistFilter) -> Sequence[Row[Any]]:
    """Count the rows by kind, state, dataset, department and township, and those past their day."""
    by = (
        WorklistRow.kind, WorklistRow.state, WorklistRow.dataset, WorklistRow.department,
        func.rpad(func.left(WorklistRow.area_code, 9), 12, "0").label("area_code"),
    )  # fmt: skip
    overdue = func.count().filter(col(WorklistRow.state) == "open", col(WorklistRow.due_on) < clock.today())
    query = _rows_wanted(select(*by, func.count().label("rows"), overdue.label("overdue")), principal, wanted)  # type: ignore[call-overload]  # five columns
    columns = [text(str(number)) for number in range(1, len(by) + 1)]
    return (await session.execute(query.group_by(*columns).order_by(*columns))).all()


async def rest_of(session: AsyncSession, principal: Principal, wanted: WorklistFilter) -> Sequence[WorklistRest]:
    """Give how many more rows there are, by cause and area; none where the filter asks for what only rows have."""
    is_about_rows = wanted.household_id or wanted.overdue or wanted.changed_since or wanted.has_refused is not None
    if wanted.state not in (None, "open") or is_about_rows:
        return []
    query = _wanted(select(WorklistRest), WorklistRest, principal, wanted, ("kind", "dataset", "period"))
    if wanted.delivery_id is not None:
        query = query.where(WorklistRest.cause == wanted.delivery_id)
    return (await session.execute(query)).scalars().all()


async def count_waiting(session: AsyncSession) -> Sequence[Row[Any]]:
    """Count the rows that wait for a person: `(department, kind, is_overdue, rows)`."""
    query = (
        "SELECT department, kind, due_on < :today AS is_overdue, count(*) AS rows FROM worklist_row"
        " WHERE state = 'open' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    )
    return (await session.execute(text(query), {"today": clock.today()})).all()
