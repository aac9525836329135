-- What is open, or was settled later only. Nothing is written to a clue that is settled, so its last change is that.
SELECT coalesce(m.area_code, c.area_code), c.id::text, c.household_id,
    jsonb_build_object('risk', c.risk_type, 'severity', c.severity), 1, CAST(NULL AS numeric)
FROM clue c LEFT JOIN clue_moved_since(:ends_at) m ON m.clue_id = c.id
WHERE c.raised_at < :ends_at AND (c.is_open OR coalesce(c.verified_at, c.updated_at) >= :ends_at)
