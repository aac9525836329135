-- In time is who was visited by the day, however late that is told, as everywhere (a visit's day, not the record's).
WITH moved AS (
    SELECT DISTINCT ON (clue_id) clue_id, data ->> 'moved_from' AS area_code
    FROM alert WHERE kind = 'moved' AND published_at >= :ends_at AND data ->> 'moved_from' IS NOT NULL
    ORDER BY clue_id, position
)
SELECT coalesce(m.area_code, c.area_code), c.id::text, c.household_id,
    jsonb_build_object('risk', c.risk_type, 'severity', c.severity),
    coalesce(c.verified_at IS NOT NULL AND c.visited_on <= CAST(c.due_at AT TIME ZONE 'Asia/Shanghai' AS date), false)::int,
    1
FROM clue c LEFT JOIN moved m ON m.clue_id = c.id
WHERE c.due_at >= :starts_at AND c.due_at < :ends_at AND c.closed_because IS NULL
