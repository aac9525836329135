"""What there is to do, and what was announced of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from psycopg.rows import class_row
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from servicekit.db import array_text, execute
from sharing.duties.rules import Expected, Spell

_DAY = "CAST({0} AT TIME ZONE 'Asia/Shanghai' AS date)"

# A county is owed data from the month in which the first came, or in which it was first heard of.
_KNOW = f"""
INSERT INTO county_expected (county, since)
SELECT c.county, to_char(coalesce(
    (SELECT min({_DAY.format("d.closed_at")}) FROM delivery d
     WHERE d.area_code >= c.county AND d.area_code < left(c.county, 6) || ':' AND d.state = 'committed'),
    CAST(:today AS date)), 'YYYY-MM')
FROM unnest(CAST(:counties AS text[])) AS c (county)
WHERE NOT EXISTS (SELECT FROM county_expected e WHERE e.county = c.county)
ON CONFLICT DO NOTHING
"""
_SINCE = "SELECT county, since FROM county_expected WHERE county = ANY(CAST(:counties AS text[])) ORDER BY county"
_SPELLS = f"""
SELECT dataset, period, area_code, {_DAY.format("closed_at")} + 1 AS since,
    CASE WHEN state <> 'held' THEN {_DAY.format("coalesce(decided_at, closed_at)")} END AS until
FROM delivery WHERE hold_due_on IS NOT NULL AND closed_at IS NOT NULL AND kind <> 'record'
"""
# One duty a month's data, a held list, a held comparison; of rows that wait one a department, dataset, month and
# county, due when the first of them is.
_EXPECTED = """
SELECT e.id, e.said, EXISTS (
    SELECT FROM delivery d WHERE d.dataset = e.dataset AND d.period = e.period AND d.area_code = ANY(e.areas)
      AND d.state = 'committed' AND d.kind <> 'record' AND NOT d.is_addition AND d.superseded_by IS NULL) AS is_there
FROM jsonb_to_recordset(CAST(:expected AS jsonb)) AS e (id text, said jsonb, dataset text, period text, areas text[])
"""
_WANTED = f"""
SELECT id, said FROM expected WHERE NOT is_there
UNION ALL
SELECT 'D02-' || r.id, jsonb_build_object('kind', 'D02', 'subject_id', r.id, 'area_code', r.area_code,
    'counts_from', {_DAY.format("r.held_at")}, 'due_on', r.due_on)
FROM comparison_run r WHERE r.state = 'held' AND r.due_on IS NOT NULL
UNION ALL
SELECT 'H01-' || d.id AS id, jsonb_build_object('kind', 'H01', 'subject_id', d.id, 'area_code', d.area_code,
    'department', d.department, 'counts_from', {_DAY.format("d.closed_at")}, 'due_on', d.hold_due_on) AS said
FROM delivery d WHERE d.state = 'held' AND d.hold_due_on IS NOT NULL
UNION ALL
SELECT concat_ws('-', 'W01', w.department, w.dataset, w.period, left(w.area_code, 6)),
    jsonb_build_object('kind', 'W01', 'subject_id', w.dataset || '/' || w.period,
        'area_code', left(w.area_code, 6) || '000000', 'department', w.department,
        'counts_from', min({_DAY.format("w.opened_at")}), 'due_on', min(w.due_on))
FROM worklist_row w WHERE w.state = 'open' GROUP BY w.department, w.dataset, w.period, left(w.area_code, 6)
UNION ALL
SELECT 'K01-' || c.id, jsonb_build_object('kind', 'K01', 'subject_id', c.id, 'area_code', f.area_code,
    'household_id', f.household_id, 'person_id', f.person_id, 'department', c.department,
    'counts_from', {_DAY.format("c.asked_at")}, 'due_on', c.due_on)
FROM correction c JOIN finding f USING (finding_id) WHERE c.state = 'open'
"""
# A month that takes no data any more, a comparison that a newer one replaces, a correction that nothing asks for any
# more: nobody did them.
_DIFFER = f"""
WITH expected AS MATERIALIZED ({_EXPECTED}), wanted AS MATERIALIZED ({_WANTED}),
opened AS (
    INSERT INTO duty_said AS d (id, revision, is_open, said) SELECT id, 1, true, said FROM wanted
    ON CONFLICT (id) DO UPDATE SET revision = d.revision + 1, is_open = true, said = excluded.said
    WHERE NOT d.is_open OR d.said <> excluded.said
    RETURNING id, revision, is_open, said),
closed AS (
    UPDATE duty_said d SET revision = d.revision + 1, is_open = false
    WHERE d.is_open AND NOT EXISTS (SELECT FROM wanted w WHERE w.id = d.id)
    RETURNING id, revision, is_open, said)
SELECT *, CAST(NULL AS text) AS outcome FROM opened
UNION ALL
SELECT c.*, CASE
    WHEN c.said ->> 'kind' = 'D01' AND NOT EXISTS (SELECT FROM expected e WHERE e.id = c.id AND e.is_there)
      OR EXISTS (SELECT FROM comparison_run r WHERE 'D02-' || r.id = c.id AND r.state = 'superseded')
      OR EXISTS (SELECT FROM correction k WHERE 'K01-' || k.id = c.id AND k.state IN ('withdrawn', 'moot'))
    THEN 'cancelled' ELSE 'done' END
FROM closed c ORDER BY id
"""


async def expected_since(session: AsyncSession, counties: Sequence[str], today: str) -> dict[str, str]:
    """Give the month from which each county is owed data; who was never heard of is from now on."""
    values = {"counties": array_text(counties)}
    await session.execute(text(_KNOW), values | {"today": today})
    return {row.county: row.since for row in await session.execute(text(_SINCE), values)}


async def held_spells(session: AsyncSession) -> list[Spell]:
    """Give the days on which lists were held."""
    return await (await execute(session, _SPELLS, {}, row_factory=class_row(Spell))).fetchall()


async def take_differences(session: AsyncSession, expected: Sequence[Expected]) -> Sequence[Any]:
    """Remember what there is to do now; give the duties that are to be announced: id, revision, is_open, said, outcome.

    Args:
        expected: The data that counties are owed, those that are there included.
    """
    rows = orjson.dumps([each.row() for each in expected]).decode()
    return (await session.execute(text(_DIFFER), {"expected": rows})).mappings().all()
