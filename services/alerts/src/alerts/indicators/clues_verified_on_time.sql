-- In time is who was visited by the day, however late that is told, as everywhere (a visit's day, not the record's).
SELECT coalesce(m.area_code, c.area_code), c.id::text, c.household_id,
    jsonb_build_object('risk', c.risk_type, 'severity', c.severity),
    CAST(coalesce(
        c.verified_at IS NOT NULL AND c.visited_on <= CAST(c.due_at AT TIME ZONE 'Asia/Shanghai' AS date), false) AS int),
    1
FROM clue c LEFT JOIN clue_moved_since(:ends_at) m ON m.clue_id = c.id
WHERE c.due_at >= :starts_at AND c.due_at < :ends_at AND c.closed_because IS NULL
