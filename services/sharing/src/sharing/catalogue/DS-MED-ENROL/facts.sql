-- Absence from the list may be claimed only if no row carries the ID number, whatever the name in it, and only of those
-- who were there on the list's day: born, and come.
SELECT
    person.pn,
    insured.pn IS NOT NULL AS is_insured,
    insured.has_paid_in_full,
    person.birth_date <= coalesce(parameter."day.DS-MED-ENROL", run.as_of) AND newcomer.pn IS NULL
        AS is_member_by_enrolment
FROM person
CROSS JOIN run
JOIN household ON household.hn = person.hn
JOIN parameter ON parameter.area_code = household.area_code
LEFT JOIN newcomer ON newcomer.pn = person.pn AND newcomer.dataset = 'DS-MED-ENROL'
LEFT JOIN (
    SELECT
        pn,
        bool_or(is_match AND scheme = 'resident' AND personal_paid > 0 AND subsidy = 0) AS has_paid_in_full
    FROM med_enrol
    CROSS JOIN run
    WHERE med_enrol.year = run.year
    GROUP BY pn
) AS insured ON insured.pn = person.pn;
