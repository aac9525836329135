SELECT DISTINCT ON (o.person_id) o.area_code, o.person_id, o.household_id, jsonb '{}', 1, CAST(NULL AS numeric)
FROM village_told(:last_on, 'work') v JOIN occupation o ON o.period = v.period AND o.area_code = v.area_code
WHERE o.is_working
ORDER BY o.person_id, o.period DESC
