SELECT DISTINCT ON (o.person_id) o.area_code, o.person_id, o.household_id,
    jsonb_build_object('enrolled', CASE WHEN o.is_enrolled THEN 'yes' ELSE 'no' END),
    CASE WHEN o.is_enrolled THEN 1 ELSE 0 END, 1
FROM village_told(:last_on, 'leavers') v JOIN occupation o ON o.period = v.period AND o.area_code = v.area_code
WHERE o.left_school_on > last_day_of(v.period) - make_interval(months => v.leaver_months)
ORDER BY o.person_id, o.period DESC
