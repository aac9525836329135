SELECT h.area_code, m.id::text, m.household_id::text,
    jsonb_build_object('measure', m.category, 'department', m.responsible_department, 'risk', m.risk_types),
    1, CAST(NULL AS numeric)
FROM measure m JOIN household_at(:ends_at) h ON h.id = m.household_id
WHERE m.state = 'implemented' AND m.implemented_on BETWEEN :first_on AND :last_on
