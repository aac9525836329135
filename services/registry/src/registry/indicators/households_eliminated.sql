SELECT h.area_code, e.id::text, e.household_id::text,
    jsonb_build_object('category', e.category, 'risk', e.risk_types), 1, CAST(NULL AS numeric)
FROM episode e JOIN household_at(:ends_at) h ON h.id = e.household_id
WHERE e.eliminated_on BETWEEN :first_on AND :last_on
