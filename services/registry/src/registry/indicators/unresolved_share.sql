-- Of all objects that were ever identified and have neither died out nor were none, those whose risk is not eliminated.
SELECT h.area_code, e.id::text, e.household_id::text, jsonb_build_object('category', e.category),
    CAST(coalesce(e.eliminated_on > :last_on, true) AS int), 1
FROM episode e JOIN household_at(:ends_at) h ON h.id = e.household_id
WHERE e.identified_on <= :last_on
  AND NOT EXISTS (SELECT FROM episode_step s WHERE s.episode_id = e.id AND s.occurred_on <= :last_on
                    AND s.state IN ('ENDED_NATURAL', 'CORRECTED', 'REJECTED', 'WITHDRAWN'))
