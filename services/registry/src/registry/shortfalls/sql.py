"""The statement that finds when guarantees were lacking, from every version of what was said of them.

What counts at an instant is what `guarantees.rules.settle` says of the versions that stood then. A shortfall begins
with the version that makes the guarantee unsafe and ends with the one that makes it safe, with the department's
taking its word back, or with the household. As of an earlier instant nothing later is known.
"""

from __future__ import annotations

from typing import Final

from contracts.vocabulary import HouseholdStatus
from registry.shortfalls.rules import ENDED, WITHDRAWN

_SAID = """
    SELECT {0}.household_id, {0}.kind, {1} AS source, {0}.is_safe, {0}.checked_on, {2}, {0}.recorded_at,
        {0}.superseded_at
    FROM named n JOIN {3} {0} ON {0}.household_id = n.household_id AND {0}.kind = n.kind
    WHERE {0}.recorded_at < :until"""
_VISITED = _SAID.format("s", "'visit'", "s.note, CAST(NULL AS jsonb) AS detail", "guarantee_status")
_CLAIMED = _SAID.format("c", "c.source", "NULL, c.detail", "guarantee_claim")
_DAY = "CAST({} AT TIME ZONE 'Asia/Shanghai' AS date)"

SHORTFALLS: Final = f"""
WITH deadline AS MATERIALIZED (
    SELECT county, kind, days FROM jsonb_to_recordset(CAST(:deadlines AS jsonb)) AS d (county text, kind text, days int)
), named AS MATERIALIZED (
    SELECT u.household_id, u.kind, h.village_code AS area_code,
        CASE WHEN h.status <> '{HouseholdStatus.ACTIVE}' THEN (
            SELECT max(r.replaced_at) FROM household_history r
            WHERE r.household_id = h.id AND r.replaced_at < :until
              AND r.snapshot ->> 'status' = '{HouseholdStatus.ACTIVE}') END AS ended_at
    FROM (SELECT household_id, kind FROM guarantee_status WHERE NOT is_safe
          UNION SELECT household_id, kind FROM guarantee_claim WHERE NOT is_safe) u
    JOIN household h ON h.id = u.household_id
    WHERE {{reach}}
), said AS MATERIALIZED ({_VISITED}
    UNION ALL{_CLAIMED}
), moment AS (
    SELECT DISTINCT s.household_id, s.kind, m.at
    FROM said s CROSS JOIN LATERAL (VALUES (s.recorded_at), (s.superseded_at)) AS m (at) WHERE m.at < :until
), settled AS (
    SELECT DISTINCT ON (m.household_id, m.kind, m.at) m.household_id, m.kind, m.at,
        s.is_safe IS FALSE AS is_unsafe, s.source, s.checked_on, s.note, s.detail
    FROM moment m LEFT JOIN said s ON s.household_id = m.household_id AND s.kind = m.kind
        AND s.recorded_at <= m.at AND coalesce(s.superseded_at > m.at, true)
    ORDER BY m.household_id, m.kind, m.at, s.checked_on DESC, s.recorded_at DESC, s.source <> 'visit', s.source
), turned AS (
    SELECT s.*, lag(s.is_unsafe, 1, false) OVER (PARTITION BY s.household_id, s.kind ORDER BY s.at) AS was_unsafe
    FROM settled s
), lasted AS (
    SELECT t.*, lead(t.at) OVER w AS safe_at, lead(t.source) OVER w AS safe_by
    FROM turned t WHERE t.is_unsafe <> t.was_unsafe
    WINDOW w AS (PARTITION BY t.household_id, t.kind ORDER BY t.at)
), known AS (
    SELECT l.household_id, n.area_code, l.kind AS guarantee, l.checked_on AS since_on, l.at AS opened_at,
        {_DAY.format("l.at")} AS opened_on, l.source, l.note, l.detail,
        {_DAY.format("l.at")} + d.days AS due_on,
        {_DAY.format("least(l.safe_at, n.ended_at)")} AS closed_on,
        CASE WHEN n.ended_at < coalesce(l.safe_at, 'infinity') THEN '{ENDED}'
             WHEN l.safe_at IS NOT NULL THEN coalesce(l.safe_by, '{WITHDRAWN}') END AS closed_by
    FROM lasted l JOIN named n ON n.household_id = l.household_id AND n.kind = l.kind
    JOIN deadline d ON d.county = left(n.area_code, 6) || '000000' AND d.kind = l.kind
    WHERE l.is_unsafe AND coalesce(l.at < n.ended_at, true)
), shortfall AS (
    SELECT k.*, k.closed_by IS NULL AS is_open, k.closed_by IS NULL AND k.due_on < :as_of AS is_overdue FROM known k
)
"""
