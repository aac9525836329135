"""Queries of conflicts: refused decisions that nobody has settled, and requests that contradict each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from registry.change_requests.service import CONTRADICTED

_CONTESTED = f"""
WITH contested AS (
    SELECT d.id, d.subject, d.subject_id, coalesce(e.household_id, q.household_id,
            CASE WHEN d.subject = 'household' THEN CAST(d.subject_id AS uuid) END) AS household_id,
        d.decision, d.seen_etag, d.current_etag, d.code, d.refused_at AS at, d.refused_by AS by
    FROM refused_decision d
    LEFT JOIN episode e ON e.id = CASE WHEN d.subject = 'episode' THEN CAST(d.subject_id AS uuid) END
    LEFT JOIN change_request q ON q.id = CASE WHEN d.subject = 'change_request' THEN CAST(d.subject_id AS uuid) END
    WHERE d.settled_at IS NULL
    UNION ALL
    SELECT r.id, 'change_request', r.id::text, r.household_id,
        jsonb_build_object('change', 'propose', 'kind', r.kind), '"v' || r.seen_version || '"', NULL,
        'registry.change_request.contradicted', r.requested_at, r.requested_by
    FROM change_request r WHERE {CONTRADICTED}
)"""
_WHICH = "FROM contested c JOIN household h ON h.id = c.household_id WHERE {where}"
_ROWS = f"""{_CONTESTED}
SELECT c.id::text AS id, c.subject, c.subject_id, c.household_id::text AS household_id, h.hh_no,
    h.village_code AS area_code, c.decision, c.seen_etag, c.current_etag, c.code, c.at, c.by, c.by = :actor AS is_mine,
    (SELECT y.replaced_by FROM household_history y WHERE y.household_id = c.household_id AND c.subject <> 'episode'
        AND y.version = CAST(substring(c.current_etag from '[0-9]+') AS int) - 1) AS first_by
{_WHICH} ORDER BY c.id DESC LIMIT :limit"""
_COUNT = f"{_CONTESTED} SELECT count(*) {_WHICH}"


async def rows(session: AsyncSession, conditions: Sequence[str], values: Mapping[str, Any]) -> Sequence[Row[Any]]:
    """Give conflicts `c` about households `h`, the newest first, `:limit` at most."""
    return (await session.execute(text(_ROWS.format(where=" AND ".join(conditions))), dict(values))).all()


async def count(session: AsyncSession, conditions: Sequence[str], values: Mapping[str, Any]) -> int:
    """Count them."""
    counted = await session.execute(text(_COUNT.format(where=" AND ".join(conditions))), dict(values))
    return int(counted.scalar_one())
