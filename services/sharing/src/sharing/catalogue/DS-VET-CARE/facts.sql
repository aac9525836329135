SELECT
    pn,
    min(CASE WHEN category = 'soldier' THEN disability_grade END) AS soldier_grade,
    bool_or(category = 'pension') AS has_veteran_pension
FROM vet_care
CROSS JOIN run
WHERE is_match AND from_on <= run.as_of AND (to_on IS NULL OR to_on >= run.as_of)
GROUP BY pn;
