SELECT DISTINCT pn, TRUE AS is_exempt_from_school
FROM edu_exempt CROSS JOIN run
WHERE is_match AND (valid_to IS NULL OR valid_to >= run.as_of);
