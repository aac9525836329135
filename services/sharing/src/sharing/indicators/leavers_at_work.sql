-- By the list of work where it is there, which tells of the month's end; else by what the schools say.
WITH trained AS (
    SELECT DISTINCT ON (o.person_id) o.area_code, o.person_id, o.household_id,
        CASE WHEN v.knows_work THEN o.is_working ELSE o.at_work_since IS NOT NULL END AS is_at_work
    FROM village_told(:last_on, 'leavers') v JOIN occupation o ON o.period = v.period AND o.area_code = v.area_code
    WHERE o.trained_until <= last_day_of(v.period) - make_interval(months => v.stable_work_months)
      AND o.trained_until > last_day_of(v.period) - make_interval(months => v.stable_work_months + v.leaver_months)
    ORDER BY o.person_id, o.period DESC
)
SELECT t.area_code, t.person_id, t.household_id,
    jsonb_build_object('at_work', CASE WHEN t.is_at_work THEN 'yes' ELSE 'no' END),
    CASE WHEN t.is_at_work THEN 1 ELSE 0 END, 1
FROM trained t
