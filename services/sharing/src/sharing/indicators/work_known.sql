SELECT h.area_code, h.household_id, h.household_id,
    jsonb_build_object('known', CASE WHEN v.area_code IS NULL THEN 'no' ELSE 'yes' END),
    CASE WHEN v.area_code IS NULL THEN 0 ELSE 1 END, 1
FROM directory_household h LEFT JOIN village_told(:last_on, 'work') v ON v.area_code = h.area_code
WHERE h.status = 'active' AND (h.hh_type = '1' OR h.is_monitored)
