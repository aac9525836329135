WITH insured AS (
    SELECT
        pn,
        bool_or(is_match AND hrs_pension.year = run.year) AS is_in_pension,
        bool_or(is_match AND hrs_pension.year = run.year AND scheme = 'employee') AS is_in_pension_of_employees,
        bool_or(is_match AND hrs_pension.year = run.year AND subsidised_by_gov) AS is_pension_subsidised,
        bool_or(NOT is_match) AS has_doubtful_pension
    FROM hrs_pension CROSS JOIN run
    GROUP BY pn
)
SELECT
    person.pn,
    insured.is_in_pension,
    insured.is_in_pension_of_employees,
    insured.is_pension_subsidised,
    insured.has_doubtful_pension,
    newcomer.pn IS NOT NULL AND insured.pn IS NULL AS is_new_to_pension_list
FROM person
LEFT JOIN insured ON insured.pn = person.pn
LEFT JOIN newcomer ON newcomer.pn = person.pn AND newcomer.dataset = 'DS-HRS-PENSION';
