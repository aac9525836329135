-- `person_base` holds what the register and each dataset tell of a person; this completes it to `person_fact`.
SELECT
    person_base.*,
    hh_type = '1' OR is_monitored OR is_on_registered_relief OR is_on_relief AS is_low_income
FROM person_base;

-- The same for households. `person_hit` holds, per person, the severity of each person rule that holds.
WITH insurance AS (
    SELECT
        person_fact.hn,
        bool_or(has_id_number AND NOT is_insured AND parameter."whole.DS-MED-ENROL") AS has_uninsured
    FROM person_fact
    JOIN parameter ON parameter.area_code = person_fact.area_code
    GROUP BY person_fact.hn
),
schooling AS (
    SELECT hn, bool_or("R-EDU-01" IS NOT NULL) AS has_dropout
    FROM person_hit
    GROUP BY hn
)
SELECT
    household_base.*,
    coalesce(insurance.has_uninsured, FALSE) AS has_uninsured,
    coalesce(schooling.has_dropout, FALSE) AS has_dropout
FROM household_base
LEFT JOIN insurance ON insurance.hn = household_base.hn
LEFT JOIN schooling ON schooling.hn = household_base.hn;
