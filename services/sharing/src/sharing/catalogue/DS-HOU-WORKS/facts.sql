SELECT hn, min(due_on) AS works_due_on, min(coalesce(started_on, approved_on)) AS works_open_since
FROM hou_works
CROSS JOIN run
WHERE is_match AND approved_on <= run.as_of AND (finished_on IS NULL OR finished_on > run.as_of)
GROUP BY hn;
