SELECT DISTINCT person.pn, TRUE AS has_temp_relief
FROM civ_temp
CROSS JOIN run
JOIN household ON household.hn = civ_temp.hn
JOIN parameter ON parameter.area_code = household.area_code
JOIN person ON person.hn = civ_temp.hn
WHERE is_match
    AND granted_on > add_months(run.as_of, -parameter."civ.temp_window_months")
    AND granted_on <= run.as_of;

WITH entry AS (
    SELECT DISTINCT
        civ_temp.hn,
        civ_temp.granted_on,
        civ_temp.reason,
        CASE
            WHEN reason = 'illness' THEN '01'
            WHEN reason = 'disaster' THEN '02'
            WHEN reason = 'disability' THEN '03'
            WHEN reason = 'no_labour' THEN '04'
            WHEN reason = 'schooling' THEN '09'
        END AS risk
    FROM civ_temp
    CROSS JOIN run
    JOIN household ON household.hn = civ_temp.hn
    JOIN parameter ON parameter.area_code = household.area_code
    WHERE is_match
        AND granted_on > add_months(run.as_of, -parameter."civ.temp_window_months")
        AND granted_on <= run.as_of
)
SELECT hn, count(*) AS temp_relief_count, min(risk) AS temp_relief_risk
FROM entry
GROUP BY hn;
