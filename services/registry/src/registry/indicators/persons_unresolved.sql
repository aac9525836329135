-- Identified by the period's end, and neither eliminated nor ended by it: on the last day is in time.
SELECT h.area_code, e.id::text, e.household_id::text,
    jsonb_build_object('category', e.category, 'risk', e.risk_types), h.population, CAST(NULL AS numeric)
FROM episode e JOIN household_at(:ends_at) h ON h.id = e.household_id
WHERE e.identified_on <= :last_on AND coalesce(e.eliminated_on > :last_on, true)
  AND (e.is_active OR NOT EXISTS (SELECT FROM episode_step s WHERE s.episode_id = e.id AND s.occurred_on <= :last_on
                                    AND s.state IN ('ENDED_NATURAL', 'CORRECTED', 'STABLE', 'REJECTED', 'WITHDRAWN')))
