-- One row a person of an active household. Columns after `hidden` serve household.sql.
-- Linked rows (edu_roll, ...): pn, hn, is_match (false: quarantined, same ID number, other name), columns.
WITH roll AS (
    SELECT
        pn,
        bool_or(is_match AND roll_status = 'enrolled' AND present) AS is_at_school,
        bool_or(is_match AND roll_status = 'graduated' AND stage = 'junior') AS is_junior_graduate,
        bool_or(NOT is_match) AS has_doubtful_roll,
        bool_or(is_match AND roll_status = 'enrolled' AND present
            AND stage IN ('senior', 'vocational', 'higher_vocational', 'bachelor', 'master')) AS is_student
    FROM edu_roll
    GROUP BY pn
),
exempt AS (
    SELECT DISTINCT pn
    FROM edu_exempt CROSS JOIN run
    WHERE is_match AND (valid_to IS NULL OR valid_to >= run.as_of)
),
fee AS (
    SELECT pn, max(self_paid) AS fee_self_paid_max
    FROM edu_fee
    WHERE is_match
    GROUP BY pn
),
-- Absence from the list may be claimed only if no row carries the ID number, whatever the name in it.
insured AS (
    SELECT DISTINCT pn
    FROM med_enrol CROSS JOIN run
    WHERE med_enrol.year = run.year
),
cost AS (
    SELECT
        pn,
        max(self_paid_ytd) AS cost_self_paid_ytd,
        max(outpatient_self_paid_month) AS cost_outpatient_month
    FROM med_cost CROSS JOIN run
    WHERE is_match AND med_cost.year = run.year
    GROUP BY pn
),
low AS (
    SELECT
        pn,
        bool_or(is_match AND type IN ('dibao', 'tekun') AND change <> 'stopped' AND from_on <= run.as_of
            AND (to_on IS NULL OR to_on >= run.as_of)) AS has_current_relief,
        bool_or(is_match AND change = 'new' AND from_on BETWEEN run.period_from AND run.as_of) AS has_new_relief,
        bool_or(NOT is_match) AS has_doubtful_relief,
        min(CASE WHEN is_match AND type IN ('dibao', 'tekun') AND change = 'stopped' THEN to_on END)
            AS relief_stopped_on
    FROM civ_low CROSS JOIN run
    GROUP BY pn
)
SELECT
    person.pn,
    person.hn,
    household.area_code,
    run.as_of,
    household.hh_type,
    household.is_monitored,
    income_fact.net_income,
    person.id_token IS NOT NULL AS has_id_number,
    year(run.cutoff) - year(person.birth_date)
        - CASE WHEN month(person.birth_date) * 100 + day(person.birth_date)
                    > month(run.cutoff) * 100 + day(run.cutoff) THEN 1 ELSE 0 END AS age_at_cutoff,
    person.has_finished_compulsory,
    household.hh_type = '1' OR household.is_monitored OR person.relief IN ('dibao', 'tekun')
        OR coalesce(low.has_current_relief, FALSE) AS is_low_income,
    coalesce(roll.is_at_school, FALSE) AS is_at_school,
    coalesce(roll.is_junior_graduate, FALSE) AS is_junior_graduate,
    coalesce(roll.has_doubtful_roll, FALSE) AS has_doubtful_roll,
    exempt.pn IS NOT NULL AS is_exempt_from_school,
    fee.fee_self_paid_max,
    insured.pn IS NOT NULL AS is_insured,
    cost.cost_self_paid_ytd,
    cost.cost_outpatient_month,
    -- hidden
    person.labour,
    coalesce(roll.is_student, FALSE) AS is_student,
    coalesce(low.has_current_relief, FALSE) AS has_current_relief,
    coalesce(low.has_new_relief, FALSE) AS has_new_relief,
    coalesce(low.has_doubtful_relief, FALSE) AS has_doubtful_relief,
    low.relief_stopped_on
FROM person
CROSS JOIN run
JOIN household ON household.hn = person.hn
LEFT JOIN income_fact ON income_fact.hn = person.hn
LEFT JOIN roll ON roll.pn = person.pn
LEFT JOIN exempt ON exempt.pn = person.pn
LEFT JOIN fee ON fee.pn = person.pn
LEFT JOIN insured ON insured.pn = person.pn
LEFT JOIN cost ON cost.pn = person.pn
LEFT JOIN low ON low.pn = person.pn
