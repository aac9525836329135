"""The statements of duties, as texts. Pure."""

from __future__ import annotations

from alerts.duties.rules import LADDER

_ROWS = ", ".join(f"('{kind}', {place}, {day}, nullif('{to or ''}', ''))" for kind, place, day, to in LADDER)
_LADDER = f"(VALUES {_ROWS}) AS {{name}} (kind, place, day, level)"

_SAID = (
    "revision", "kind", "subject_id", "household_id", "area_code", "department", "counts_from", "due_on", "unit",
    "is_estimate", "pauses", "state", "closed_on", "person_id",
)  # fmt: skip
_SOURCE = ", ".join(("id", *_SAID))

# A pause that lasts and began in time: nothing is done until the owner says from when it counts again.
_IS_PAUSED = """EXISTS (
        SELECT FROM jsonb_array_elements(s.pauses) p
        WHERE p ->> 'until' IS NULL AND CAST(p ->> 'since' AS date) <= s.due_on)"""

# Of the steps that are past when a duty is heard of, the last one is done and the ones before it never: nobody is
# reminded of a day that is over, and a duty that comes late goes where it belongs at once.
KEEP = f"""
INSERT INTO duty AS d (id, {", ".join(_SAID)}, is_paused, step, next_on, opened_at, updated_at)
SELECT s.id, {", ".join(f"s.{name}" for name in _SAID)}, {_IS_PAUSED}, p.step,
    (SELECT s.due_on + l.day FROM {_LADDER.format(name="l")} WHERE l.kind = s.kind AND l.place = p.step + 1), :now, :now
FROM ({{source}}) s CROSS JOIN LATERAL (
    SELECT greatest(count(*) FILTER (WHERE s.due_on + l.day <= :today) - 1, 0) AS step
    FROM {_LADDER.format(name="l")} WHERE l.kind = s.kind) p
ORDER BY s.id
ON CONFLICT (id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in (*_SAID, "is_paused"))},
    step = CASE WHEN d.due_on = excluded.due_on THEN d.step ELSE excluded.step END,
    next_on = CASE WHEN d.due_on = excluded.due_on THEN d.next_on ELSE excluded.next_on END,
    escalated_to = CASE WHEN d.due_on = excluded.due_on THEN d.escalated_to END,
    updated_at = excluded.updated_at, version = d.version + 1
WHERE d.revision < excluded.revision
"""
# Of what was kept, the duties that nobody had before.
OPENED = f"""
WITH kept AS ({KEEP} RETURNING WITH (OLD AS o, NEW AS n)
    n.id AS duty_id, n.kind AS duty_kind, n.household_id, n.area_code, n.department, n.due_on,
    CAST(NULL AS text) AS escalated_to, n.state, o.state AS was)
SELECT duty_id, duty_kind, household_id, area_code, department, due_on, escalated_to
FROM kept WHERE state = 'open' AND was IS DISTINCT FROM 'open' ORDER BY duty_id
"""
# A row is one step: what several steps are past for is done one after the other.
STEP = f"""
WITH due AS (
    SELECT id FROM duty WHERE state = 'open' AND NOT is_paused AND next_on <= :today ORDER BY next_on, id LIMIT :limit
    FOR UPDATE SKIP LOCKED)
UPDATE duty d SET step = l.place, next_on = d.due_on + n.day, escalated_to = coalesce(l.level, d.escalated_to),
    updated_at = :now
FROM due, {_LADDER.format(name="l")} LEFT JOIN {_LADDER.format(name="n")} ON n.kind = l.kind AND n.place = l.place + 1
WHERE d.id = due.id AND l.kind = d.kind AND l.place = d.step + 1
RETURNING d.id AS duty_id, d.kind AS duty_kind, d.household_id, d.area_code, d.department, d.due_on,
    l.level AS escalated_to
"""
# Where the household is now, whichever of the two was heard of first.
FOLLOW = """
UPDATE duty d SET area_code = h.area_code FROM household h
WHERE d.household_id = ANY(CAST(:ids AS text[])) AND d.household_id = h.household_id AND h.version > 0
  AND d.area_code <> h.area_code
"""
# A clue's verification: the clue is here, and so is all that can be said of it. One that never was open has none.
OF_CLUES = """
SELECT 'D03-' || c.id AS id, c.version AS revision, 'D03' AS kind, c.id::text AS subject_id, c.household_id,
    c.area_code, CAST(NULL AS text) AS department,
    CAST(coalesce(c.due_from_at, c.raised_at) AT TIME ZONE 'Asia/Shanghai' AS date) AS counts_from,
    CAST(c.due_at AT TIME ZONE 'Asia/Shanghai' AS date) AS due_on, 'calendar' AS unit, false AS is_estimate,
    CAST('[]' AS jsonb) AS pauses,
    CASE WHEN c.is_open THEN 'open' WHEN c.verified_at IS NULL THEN 'cancelled' ELSE 'done' END AS state,
    CASE WHEN NOT c.is_open THEN CAST(coalesce(c.verified_at, c.updated_at) AT TIME ZONE 'Asia/Shanghai' AS date)
        END AS closed_on,
    CAST(NULL AS text) AS person_id
FROM clue c
WHERE c.id = ANY(CAST(:ids AS uuid[])) AND c.due_at IS NOT NULL
  AND (c.is_open OR EXISTS (SELECT FROM duty d WHERE d.id = 'D03-' || c.id))
"""
# A policy gap: the department's duty, and the township's once the department does not grant it.
OF_GAPS = """
SELECT o.kind || '-' || g.id AS id, g.version AS revision, o.kind, g.id::text AS subject_id, c.household_id,
    c.area_code, o.department, o.counts_from, o.due_on, 'calendar' AS unit, false AS is_estimate,
    CAST('[]' AS jsonb) AS pauses,
    CASE WHEN g.state = o.waits THEN 'open' WHEN o.done_on IS NULL THEN 'cancelled' ELSE 'done' END AS state,
    CASE WHEN g.state <> o.waits THEN coalesce(o.done_on, g.withdrawn_on) END AS closed_on, g.person_id
FROM policy_gap g JOIN clue c ON c.id = g.clue_id CROSS JOIN LATERAL (VALUES
    ('G01', 'open', g.department, g.counts_from, g.due_on, g.answered_on),
    ('G02', 'returned', CAST(NULL AS text), g.returned_on, g.review_due_on, g.reviewed_on)
) AS o (kind, waits, department, counts_from, due_on, done_on)
WHERE g.id = ANY(CAST(:ids AS uuid[])) AND o.due_on IS NOT NULL
"""
# Clues that a release before this one raised or closed.
ASTRAY = """
SELECT c.id::text, c.household_id, c.area_code FROM clue c LEFT JOIN duty d ON d.id = 'D03-' || c.id
WHERE c.due_at IS NOT NULL AND ((c.is_open AND d.id IS NULL) OR (NOT c.is_open AND d.state = 'open'))
ORDER BY c.household_id LIMIT :limit
"""
OF_EVENTS = f"""
SELECT {_SOURCE} FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS said (
    id text, revision int, kind text, subject_id text, household_id text, area_code text, department text,
    counts_from date, due_on date, unit text, is_estimate boolean, pauses jsonb, state text, closed_on date,
    person_id text)
"""
