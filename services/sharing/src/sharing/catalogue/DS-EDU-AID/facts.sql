-- The autumn term runs from September to January, the spring term from February to August. A list that counts still, but is
-- of the term before, says nothing about this one.
WITH term AS (
    SELECT
        CASE WHEN month(run.as_of) BETWEEN 2 AND 8 THEN 'spring' ELSE 'autumn' END AS name,
        CASE WHEN month(run.as_of) BETWEEN 2 AND 8 THEN add_months(run.cutoff, 5) ELSE run.cutoff END AS day_before,
        run.as_of
    FROM run
),
aid AS (
    SELECT
        pn,
        bool_or(is_match AND edu_aid.term = term.name AND paid_on > term.day_before AND paid_on <= term.as_of) AS has_aid,
        bool_or(is_match AND edu_aid.term = term.name AND paid_on > term.day_before AND paid_on <= term.as_of
            AND item = 'rain_dew') AS has_rain_dew,
        bool_or(NOT is_match) AS has_doubtful_aid
    FROM edu_aid CROSS JOIN term
    GROUP BY pn
)
SELECT
    person.pn,
    aid.has_aid,
    aid.has_rain_dew,
    aid.has_doubtful_aid,
    newcomer.pn IS NOT NULL AND aid.pn IS NULL AS is_new_to_aid_list,
    coalesce(parameter."day.DS-EDU-AID" > term.day_before, FALSE) AS is_aid_list_of_term
FROM person
CROSS JOIN term
JOIN household ON household.hn = person.hn
JOIN parameter ON parameter.area_code = household.area_code
LEFT JOIN aid ON aid.pn = person.pn
LEFT JOIN newcomer ON newcomer.pn = person.pn AND newcomer.dataset = 'DS-EDU-AID';
