-- `person_base` holds what the register and each dataset tell of a person; this completes it to `person_fact`.
WITH poor AS (
    SELECT DISTINCT hn FROM person_base WHERE NOT is_dead AND (is_on_registered_relief OR is_on_relief_list)
),
marginal AS (
    SELECT DISTINCT hn FROM person_base WHERE is_on_marginal_list
)
SELECT
    person_base.*,
    hh_type = '1' OR is_monitored OR is_on_registered_relief OR is_on_relief AS is_low_income,
    hh_type = '1' OR is_monitored OR poor.hn IS NOT NULL AS has_low_income,
    marginal.hn IS NOT NULL AS is_in_marginal_family,
    newcomer.pn IS NOT NULL AND NOT is_told_of_by_relief_list AND NOT is_doubtful_on_relief_list
        AS is_new_to_relief_list
FROM person_base
LEFT JOIN poor ON poor.hn = person_base.hn
LEFT JOIN marginal ON marginal.hn = person_base.hn
LEFT JOIN newcomer ON newcomer.pn = person_base.pn AND newcomer.dataset = 'DS-CIV-LOW';

-- The same for households. `person_hit` holds, per person, the severity of each person rule that holds.
WITH member AS (
    SELECT
        person_fact.hn,
        bool_or(NOT is_dead AND has_id_number AND is_member_by_enrolment AND NOT is_insured AND parameter."whole.DS-MED-ENROL")
            AS has_uninsured,
        bool_or(NOT is_dead AND is_new_to_relief_list AND is_on_registered_relief) AS has_relief_from_elsewhere,
        CAST(sum(coalesce(cost_self_paid_ytd, 0) + coalesce(fee_self_paid_max, 0)) AS DECIMAL(14, 2)) AS delivered_cost
    FROM person_fact
    JOIN parameter ON parameter.area_code = person_fact.area_code
    GROUP BY person_fact.hn
),
hit AS (
    SELECT hn, bool_or("R-EDU-01" IS NOT NULL) AS has_dropout, bool_or(has_named_risk) AS has_member_at_risk
    FROM person_hit
    GROUP BY hn
)
SELECT
    household_base.*,
    coalesce(member.has_uninsured, FALSE) AS has_uninsured,
    coalesce(member.has_relief_from_elsewhere, FALSE) AS has_relief_from_elsewhere,
    coalesce(hit.has_dropout, FALSE) AS has_dropout,
    coalesce(hit.has_member_at_risk, FALSE) AS has_member_at_risk,
    member.delivered_cost,
    greatest(self_paid, member.delivered_cost) AS rigid_cost,
    CASE
        WHEN parameter."whole.DS-CIV-LOW" THEN has_current_relief OR coalesce(member.has_relief_from_elsewhere, FALSE)
        ELSE has_registered_relief
    END AS has_basic_relief,
    CASE
        WHEN new_relief_risk IS NOT NULL THEN new_relief_risk
        WHEN temp_relief_count >= parameter."civ.temp_count" THEN temp_relief_risk
    END AS relief_risk
FROM household_base
JOIN parameter ON parameter.area_code = household_base.area_code
LEFT JOIN member ON member.hn = household_base.hn
LEFT JOIN hit ON hit.hn = household_base.hn;
