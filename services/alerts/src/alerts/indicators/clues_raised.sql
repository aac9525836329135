-- A clue counts where its household lived when the period ended.
SELECT coalesce(m.area_code, c.area_code), c.id::text, c.household_id,
    jsonb_build_object(
        'channel', c.channels,
        'department', coalesce((SELECT jsonb_agg(DISTINCT s.department) FROM clue_source s
                                WHERE s.clue_id = c.id AND s.department IS NOT NULL), '[]'),
        'risk', c.risk_type,
        'severity', c.severity),
    1, CAST(NULL AS numeric)
FROM clue c LEFT JOIN clue_moved_since(:ends_at) m ON m.clue_id = c.id
WHERE c.raised_at >= :starts_at AND c.raised_at < :ends_at
