SELECT
    pn,
    max(finished_on) AS left_school_on,
    bool_or(continues_at IS NOT NULL) AS goes_on_learning,
    max(CASE WHEN trained_until <= run.as_of THEN trained_until END) AS trained_until,
    max(CASE WHEN job_from <= run.as_of THEN job_from END) AS at_work_since,
    bool_or(job_from <= run.as_of) AS has_job_after_school
FROM edu_grad CROSS JOIN run
WHERE is_match AND finished_on <= run.as_of
GROUP BY pn;
