SELECT civ_temp.hn, count(*) AS temp_relief_count
FROM civ_temp
CROSS JOIN run
JOIN household ON household.hn = civ_temp.hn
JOIN parameter ON parameter.area_code = household.area_code
WHERE is_match
    AND granted_on > add_months(run.as_of, -parameter."civ.temp_window_months")
    AND granted_on <= run.as_of
GROUP BY civ_temp.hn;
