-- A pupil who changed school stands in two rolls: any of them that says present decides. Who came after the roll was made
-- stands in none.
WITH roll AS (
    SELECT
        pn,
        bool_or(is_match AND present) AS is_at_school,
        bool_or(is_match AND (stage IN ('senior', 'vocational', 'higher_vocational', 'bachelor', 'master')
            OR roll_status = 'graduated' AND (stage = 'junior' OR grade = 9))) AS is_past_compulsory,
        bool_or(is_match) AS is_told_of,
        bool_or(is_match AND roll_status = 'enrolled' AND stage IN ('vocational', 'higher_vocational')) AS is_vocational,
        bool_or(NOT is_match) AS has_doubtful_roll
    FROM edu_roll
    GROUP BY pn
)
SELECT
    person.pn,
    roll.is_at_school,
    roll.is_past_compulsory,
    CASE WHEN roll.is_told_of THEN roll.is_vocational
        ELSE person.school_stage IN ('vocational', 'higher_vocational') END AS is_vocational_student,
    roll.has_doubtful_roll,
    newcomer.pn IS NOT NULL AND roll.pn IS NULL AS is_new_to_roll
FROM person
LEFT JOIN roll ON roll.pn = person.pn
LEFT JOIN newcomer ON newcomer.pn = person.pn AND newcomer.dataset = 'DS-EDU-ROLL';

-- No county's roll holds the colleges: of whom no roll tells, the register does.
WITH roll AS (
    SELECT
        pn,
        bool_or(roll_status = 'enrolled'
            AND stage IN ('senior', 'vocational', 'higher_vocational', 'bachelor', 'master')) AS is_student
    FROM edu_roll
    WHERE is_match
    GROUP BY pn
)
SELECT person.hn, count(*) AS student_count
FROM person
LEFT JOIN roll ON roll.pn = person.pn
WHERE NOT person.is_dead AND coalesce(
    roll.is_student, person.school_stage IN ('senior', 'vocational', 'higher_vocational', 'bachelor', 'master'))
GROUP BY person.hn;
