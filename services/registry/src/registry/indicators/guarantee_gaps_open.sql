-- What counts at an instant is the newest day that anybody tells of; at the same day the newer word, then the visit's.
-- Its age counts from the day that the first word of the gap told of, after the last word that all is well.
WITH said AS (
    SELECT household_id, kind, 'visit' AS source, is_safe, checked_on, recorded_at, superseded_at
    FROM guarantee_status WHERE recorded_at < :ends_at
    UNION ALL
    SELECT household_id, kind, source, is_safe, checked_on, recorded_at, superseded_at
    FROM guarantee_claim WHERE recorded_at < :ends_at
), settled AS (
    SELECT DISTINCT ON (household_id, kind) household_id, kind, is_safe FROM said
    WHERE coalesce(superseded_at >= :ends_at, true)
    ORDER BY household_id, kind, checked_on DESC, recorded_at DESC, source <> 'visit', source
), gap AS (
    SELECT g.household_id, g.kind, (
        SELECT :last_on - min(u.checked_on) FROM said u
        WHERE u.household_id = g.household_id AND u.kind = g.kind AND NOT u.is_safe
          AND u.recorded_at > coalesce((SELECT max(s.recorded_at) FROM said s WHERE s.household_id = g.household_id
                                          AND s.kind = g.kind AND s.is_safe), '-infinity')) AS days
    FROM settled g WHERE NOT g.is_safe
)
SELECT h.area_code, g.household_id || '/' || g.kind, g.household_id::text,
    jsonb_build_object('guarantee', g.kind, 'age', CASE WHEN g.days <= 30 THEN 'to_30_days'
        WHEN g.days <= 90 THEN 'to_90_days' WHEN g.days IS NULL THEN 'none' ELSE 'over_90_days' END),
    1, CAST(NULL AS numeric)
FROM gap g JOIN household_at(:ends_at) h ON h.id = g.household_id
WHERE h.status = 'active'
