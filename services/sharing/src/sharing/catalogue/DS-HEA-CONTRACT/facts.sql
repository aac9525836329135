WITH contract AS (
    SELECT
        pn,
        bool_or(is_match AND signed_on <= run.as_of AND valid_to >= run.as_of) AS has_doctor_contract,
        bool_or(NOT is_match) AS is_doubtful_on_contract_list
    FROM hea_contract
    CROSS JOIN run
    GROUP BY pn
)
SELECT
    person.pn,
    TRUE AS is_priority_for_doctor,
    contract.has_doctor_contract,
    contract.is_doubtful_on_contract_list,
    newcomer.pn IS NOT NULL AND contract.pn IS NULL AS is_new_to_contract_list
FROM person
CROSS JOIN run
JOIN household ON household.hn = person.hn
JOIN parameter ON parameter.area_code = household.area_code
LEFT JOIN contract ON contract.pn = person.pn
LEFT JOIN newcomer ON newcomer.pn = person.pn AND newcomer.dataset = 'DS-HEA-CONTRACT'
WHERE person.health LIKE '%chronic%' OR person.health LIKE '%major_disease%' OR person.health LIKE '%disabled%'
    OR person.birth_date <= add_months(run.as_of, -12 * parameter."hea.priority_age");
