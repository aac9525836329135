-- One row an active household. `person_hit` holds, per person, the severity of each person rule that holds.
WITH member AS (
    SELECT
        hn,
        bool_or(labour IN ('1', '2', '3')) AS has_labour,
        bool_or(labour IN ('1', '2')) AS has_full_labour,
        sum(CASE WHEN is_student THEN 1 ELSE 0 END) AS student_count,
        bool_or(has_current_relief) AS has_current_relief,
        bool_or(has_new_relief) AS has_new_relief,
        bool_or(has_doubtful_relief) AS has_doubtful_relief,
        min(relief_stopped_on) AS relief_stopped_on,
        bool_or(has_id_number AND NOT is_insured AND parameter."whole.DS-MED-ENROL") AS has_uninsured
    FROM person_fact
    JOIN parameter ON parameter.area_code = person_fact.area_code
    GROUP BY hn
),
temporary AS (
    SELECT civ_temp.hn, count(*) AS temp_relief_count
    FROM civ_temp
    CROSS JOIN run
    JOIN household ON household.hn = civ_temp.hn
    JOIN parameter ON parameter.area_code = household.area_code
    WHERE civ_temp.is_match
        AND civ_temp.granted_on > add_months(run.as_of, -parameter."civ.temp_window_months")
        AND civ_temp.granted_on <= run.as_of
    GROUP BY civ_temp.hn
),
house AS (
    SELECT hn, max(grade) AS unsafe_house_grade
    FROM hou_grade
    WHERE is_match AND sole_residence AND grade IN ('C', 'D') AND measure <> 'finished'
    GROUP BY hn
)
SELECT
    household.hn,
    household.area_code,
    run.as_of,
    household.hh_type,
    household.is_monitored,
    household.housing_tenure,
    household.has_open_risk,
    household.last_negative_decision_on,
    income_fact.income_year,
    income_fact.net_income,
    income_fact.per_capita_net,
    income_fact.per_capita_ref,
    income_fact.per_capita_net_prev,
    income_fact.per_capita_net_prev2,
    income_fact.self_paid,
    income_fact.self_paid_prev,
    coalesce(member.has_labour, FALSE) AS has_labour,
    coalesce(member.has_full_labour, FALSE) AS has_full_labour,
    CAST(coalesce(member.student_count, 0) AS INTEGER) AS student_count,
    coalesce(member.has_current_relief, FALSE) AS has_current_relief,
    coalesce(member.has_new_relief, FALSE) AS has_new_relief,
    coalesce(member.has_doubtful_relief, FALSE) AS has_doubtful_relief,
    member.relief_stopped_on,
    coalesce(member.has_uninsured, FALSE) AS has_uninsured,
    CAST(coalesce(temporary.temp_relief_count, 0) AS INTEGER) AS temp_relief_count,
    house.unsafe_house_grade
FROM household
CROSS JOIN run
LEFT JOIN member ON member.hn = household.hn
LEFT JOIN income_fact ON income_fact.hn = household.hn
LEFT JOIN temporary ON temporary.hn = household.hn
LEFT JOIN house ON house.hn = household.hn
