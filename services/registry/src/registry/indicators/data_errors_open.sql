SELECT h.area_code, q.id::text, q.household_id::text, jsonb_build_object('rule', q.rule), 1, CAST(NULL AS numeric)
FROM quality_error q JOIN household_at(:ends_at) h ON h.id = q.household_id
WHERE q.opened_at < :ends_at AND coalesce(q.closed_at >= :ends_at, true) AND coalesce(q.accepted_at >= :ends_at, true)
