SELECT DISTINCT ON (f.household_id) h.area_code, f.household_id, f.household_id,
    jsonb_build_object('monitored', CASE WHEN h.is_monitored THEN 'yes' ELSE 'no' END), 1, CAST(NULL AS numeric)
FROM finding f
JOIN directory_household h ON h.household_id = f.household_id AND h.status = 'active'
JOIN village_told(:last_on, 'income') v ON v.area_code = h.area_code
WHERE f.rule_id = 'R-AGR-04b' AND f.withdrawn_at IS NULL
  AND f.period >= v.period AND f.period <= to_char(CAST(:last_on AS date), 'YYYY-MM')
ORDER BY f.household_id, f.period DESC
