"""What there is to do, and what was announced of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_DAY = "CAST({0} AT TIME ZONE 'Asia/Shanghai' AS date)"

# One duty a held list; of rows that wait one a department, dataset, month and county, due when the first of them is.
_WANTED = f"""
SELECT 'H01-' || d.id AS id, jsonb_build_object('kind', 'H01', 'subject_id', d.id, 'area_code', d.area_code,
    'department', d.department, 'counts_from', {_DAY.format("d.closed_at")}, 'due_on', d.hold_due_on) AS said
FROM delivery d WHERE d.state = 'held' AND d.hold_due_on IS NOT NULL
UNION ALL
SELECT concat_ws('-', 'W01', w.department, w.dataset, w.period, left(w.area_code, 6)),
    jsonb_build_object('kind', 'W01', 'subject_id', w.dataset || '/' || w.period,
        'area_code', left(w.area_code, 6) || '000000', 'department', w.department,
        'counts_from', min({_DAY.format("w.opened_at")}), 'due_on', min(w.due_on))
FROM worklist_row w WHERE w.state = 'open' GROUP BY w.department, w.dataset, w.period, left(w.area_code, 6)
"""
_DIFFER = f"""
WITH wanted AS ({_WANTED}),
opened AS (
    INSERT INTO duty_said AS d (id, revision, is_open, said) SELECT id, 1, true, said FROM wanted
    ON CONFLICT (id) DO UPDATE SET revision = d.revision + 1, is_open = true, said = excluded.said
    WHERE NOT d.is_open OR d.said <> excluded.said
    RETURNING id, revision, is_open, said),
closed AS (
    UPDATE duty_said d SET revision = d.revision + 1, is_open = false
    WHERE d.is_open AND NOT EXISTS (SELECT FROM wanted w WHERE w.id = d.id)
    RETURNING id, revision, is_open, said)
SELECT * FROM opened UNION ALL SELECT * FROM closed ORDER BY id
"""


async def take_differences(session: AsyncSession) -> Sequence[Any]:
    """Remember what there is to do now; give the duties that are to be announced: id, revision, is_open, said."""
    return (await session.execute(text(_DIFFER))).mappings().all()
