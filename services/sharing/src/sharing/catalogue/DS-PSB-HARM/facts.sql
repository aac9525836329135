SELECT
    psb_harm.pn,
    max(happened_on) AS harm_on,
    bool_or(consequence = 'death') AS has_died_of_harm,
    bool_or(consequence IN ('disabled', 'injured')) AS is_hurt_by_harm
FROM psb_harm
CROSS JOIN run
JOIN household ON household.hn = psb_harm.hn
JOIN parameter ON parameter.area_code = household.area_code
WHERE is_match
    AND consequence <> 'none'
    AND happened_on > add_months(run.as_of, -parameter."psb.new_months")
    AND happened_on <= run.as_of
GROUP BY psb_harm.pn;
