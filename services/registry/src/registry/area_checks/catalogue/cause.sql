-- Each village and township with each risk for which households were identified there lately.
SELECT a.area_code, CAST(:county AS text) AS county, r.cause, CAST(count(DISTINCT e.household_id) AS int) AS of_cause
FROM episode e
JOIN household h ON h.id = e.household_id AND h.status = 'active'
CROSS JOIN LATERAL unnest(e.risk_types) r (cause)
CROSS JOIN LATERAL (VALUES (h.village_code), (left(h.village_code, 9) || '000')) a (area_code)
WHERE h.village_code >= :low AND h.village_code < :high
  AND e.identified_on > CAST(:today AS date) - CAST(:cause_window AS int)
GROUP BY a.area_code, r.cause
