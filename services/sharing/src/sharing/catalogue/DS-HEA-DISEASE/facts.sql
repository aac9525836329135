SELECT hea_disease.pn, max(diagnosed_on) AS listed_disease_on
FROM hea_disease
CROSS JOIN run
JOIN household ON household.hn = hea_disease.hn
JOIN parameter ON parameter.area_code = household.area_code
WHERE is_match
    AND hea_disease.status IN ('confirmed', 'treated')
    AND diagnosed_on <= run.as_of
    AND (' ' || parameter."hea.listed_diseases" || ' ') LIKE ('% ' || disease_code || ' %')
GROUP BY hea_disease.pn;
