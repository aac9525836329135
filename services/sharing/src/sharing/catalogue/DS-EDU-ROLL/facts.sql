SELECT
    pn,
    bool_or(is_match AND roll_status = 'enrolled' AND present) AS is_at_school,
    bool_or(is_match AND roll_status = 'graduated' AND stage = 'junior') AS is_junior_graduate,
    bool_or(NOT is_match) AS has_doubtful_roll
FROM edu_roll
GROUP BY pn;

SELECT hn, count(DISTINCT pn) AS student_count
FROM edu_roll
WHERE is_match AND roll_status = 'enrolled' AND present
    AND stage IN ('senior', 'vocational', 'higher_vocational', 'bachelor', 'master')
GROUP BY hn;
