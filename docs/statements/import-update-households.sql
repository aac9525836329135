-- Known households out of staging.
UPDATE household h SET
    village_code = s.village_code,
    group_name = s.group_name,
    hh_type = s.hh_type,
    housing_tenure = s.housing_tenure,
    is_resettled = s.is_resettled,
    last_negative_decision_on = GREATEST(h.last_negative_decision_on, s.last_negative_decision_on),
    contact = s.contact, phone_masked = s.phone_masked, population = s.population,
    fingerprint = s.fingerprint,
    monitor_category = CASE WHEN h.is_monitored OR s.monitor_category IS NULL OR b.is_busy
                            THEN h.monitor_category ELSE s.monitor_category END,
    open_risks = CASE WHEN h.is_monitored OR s.monitor_category IS NULL OR b.is_busy
                      THEN h.open_risks ELSE s.open_risks END,
    is_monitored = h.is_monitored OR (s.monitor_category IS NOT NULL AND NOT b.is_busy)
FROM s_map m
JOIN s_household s ON s.id = m.staged_id
CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT FROM episode e WHERE e.household_id = m.household_id AND e.is_active) AS is_busy) b
WHERE h.id = m.household_id AND NOT m.is_new AND NOT m.is_same
