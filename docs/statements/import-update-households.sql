-- Known households out of staging.
UPDATE household h SET
    hh_no = s.hh_no,
    village_code = CASE WHEN (h.known->>'village_code')::date > s.known_on IS TRUE THEN h.village_code ELSE s.village_code END,
    group_name = CASE WHEN (h.known->>'group_name')::date > s.known_on IS TRUE THEN h.group_name ELSE s.group_name END,
    grid = CASE WHEN (h.known->>'grid')::date > s.known_on IS TRUE THEN h.grid ELSE s.grid END,
    hh_type = CASE WHEN (h.known->>'hh_type')::date > s.known_on IS TRUE THEN h.hh_type ELSE s.hh_type END,
    housing_tenure = CASE WHEN (h.known->>'housing_tenure')::date > s.known_on IS TRUE THEN h.housing_tenure ELSE s.housing_tenure END,
    is_resettled = CASE WHEN (h.known->>'is_resettled')::date > s.known_on IS TRUE THEN h.is_resettled ELSE s.is_resettled END,
    poverty_exit_year = CASE WHEN (h.known->>'poverty_exit_year')::date > s.known_on IS TRUE THEN h.poverty_exit_year ELSE s.poverty_exit_year END,
    is_military_family = CASE WHEN (h.known->>'is_military_family')::date > s.known_on IS TRUE THEN h.is_military_family ELSE s.is_military_family END,
    is_whole_no_labour = CASE WHEN (h.known->>'is_whole_no_labour')::date > s.known_on IS TRUE THEN h.is_whole_no_labour ELSE s.is_whole_no_labour END,
    resettlement_site = CASE WHEN (h.known->>'resettlement_site')::date > s.known_on IS TRUE THEN h.resettlement_site ELSE s.resettlement_site END,
    risk_note = CASE WHEN (h.known->>'risk_note')::date > s.known_on IS TRUE THEN h.risk_note ELSE s.risk_note END,
    is_willing = CASE WHEN (h.known->>'is_willing')::date > s.known_on IS TRUE THEN h.is_willing ELSE s.is_willing END,
    last_negative_decision_on = GREATEST(h.last_negative_decision_on, s.last_negative_decision_on),
    contact = CASE WHEN h.hh_no = s.hh_no THEN CASE WHEN (h.known->>'address')::date > s.known_on IS TRUE OR (h.known->>'phone')::date > s.known_on IS TRUE THEN h.contact ELSE s.contact END ELSE s.contact END,
    phone_masked = CASE WHEN h.hh_no = s.hh_no THEN CASE WHEN (h.known->>'address')::date > s.known_on IS TRUE OR (h.known->>'phone')::date > s.known_on IS TRUE THEN h.phone_masked ELSE s.phone_masked END ELSE s.phone_masked END,
    population = s.population, fingerprint = s.fingerprint,
    monitor_category = CASE WHEN h.is_monitored OR s.monitor_category IS NULL OR b.is_busy
                            THEN h.monitor_category ELSE s.monitor_category END,
    open_risks = CASE WHEN h.is_monitored OR s.monitor_category IS NULL OR b.is_busy
                      THEN h.open_risks ELSE s.open_risks END,
    is_monitored = h.is_monitored OR (s.monitor_category IS NOT NULL AND NOT b.is_busy),
    known_on = s.known_on, known = (SELECT COALESCE(jsonb_object_agg(e.key, e.value), '{}') FROM jsonb_each_text(h.known) e WHERE e.value::date > s.known_on)
FROM s_map m
JOIN s_household s ON s.id = m.staged_id
CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT FROM episode e WHERE e.household_id = m.household_id AND e.is_active) AS is_busy) b
WHERE h.id = m.household_id AND NOT m.is_new AND NOT m.is_same
