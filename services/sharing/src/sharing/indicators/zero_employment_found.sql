-- Found by the month's list and not by the one before: a household that lost its work again is found again.
SELECT DISTINCT ON (f.household_id) f.area_code, f.household_id, f.household_id,
    jsonb_build_object('resettled', CASE WHEN f.severity = 'RED' THEN 'yes' ELSE 'no' END), 1, CAST(NULL AS numeric)
FROM village_told(:last_on, 'work') v
JOIN finding f ON f.area_code = v.area_code AND f.period = v.period
WHERE f.rule_id = 'R-HRS-02' AND f.withdrawn_at IS NULL
  AND NOT EXISTS (SELECT FROM finding b WHERE b.household_id = f.household_id AND b.rule_id = 'R-HRS-02'
                  AND b.period = months_before(v.period, 1) AND b.withdrawn_at IS NULL)
ORDER BY f.household_id, f.period DESC
