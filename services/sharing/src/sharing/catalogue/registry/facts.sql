-- Fields of the register that rules name as they stand (contracts.fields) are added to both statements.

-- One row a household. Of the incomes the latest year up to the period's counts, unless it is older than the year before.
WITH latest AS (
    SELECT income.hn, max(income.year) AS income_year
    FROM income CROSS JOIN run
    WHERE income.year <= run.year
    GROUP BY income.hn, run.year
    HAVING max(income.year) >= run.year - 1
),
members AS (
    SELECT
        person.hn,
        count(*) AS population,
        bool_or(person.labour IN ('1', '2', '3')) AS has_labour,
        bool_or(person.labour IN ('1', '2')) AS has_full_labour,
        bool_or(person.health LIKE '%disabled%' OR person.health LIKE '%major_disease%') AS has_sick_member,
        bool_or(person.relief IN ('dibao', 'tekun')) AS has_registered_relief
    FROM person
    WHERE NOT person.is_dead
    GROUP BY person.hn
)
SELECT
    household.hn,
    household.area_code,
    run.as_of,
    household.has_open_risk,
    household.has_unsafe_status,
    y1.per_capita_net AS per_capita_net_prev,
    y2.per_capita_net AS per_capita_net_prev2,
    y1.self_paid AS self_paid_prev,
    CASE WHEN household.to_date_year = run.year AND latest.income_year IS DISTINCT FROM run.year
        THEN household.to_date_quarters END AS quarters_known,
    CAST(household.to_date_net / members.population AS DECIMAL(18, 2)) AS per_capita_to_date,
    last_year.per_capita_net AS per_capita_last_year,
    coalesce(members.has_labour, FALSE) AS has_labour,
    coalesce(members.has_full_labour, FALSE) AS has_full_labour,
    coalesce(members.has_sick_member, FALSE) AS has_sick_member,
    coalesce(members.has_registered_relief, FALSE) AS has_registered_relief
FROM household
CROSS JOIN run
LEFT JOIN latest ON latest.hn = household.hn
LEFT JOIN income AS newest_income ON newest_income.hn = latest.hn AND newest_income.year = latest.income_year
LEFT JOIN income AS y1 ON y1.hn = latest.hn AND y1.year = latest.income_year - 1
LEFT JOIN income AS y2 ON y2.hn = latest.hn AND y2.year = latest.income_year - 2
LEFT JOIN income AS last_year ON last_year.hn = household.hn AND last_year.year = run.year - 1
LEFT JOIN members ON members.hn = household.hn;

-- One row a person.
SELECT
    person.pn,
    person.hn,
    registry_household.area_code,
    run.as_of,
    registry_household.hh_type,
    registry_household.is_monitored,
    registry_household.last_negative_decision_on,
    registry_household.net_income,
    person.is_dead,
    person.id_token IS NOT NULL AS has_id_number,
    year(run.as_of) - year(person.birth_date)
        - CASE WHEN month(person.birth_date) * 100 + day(person.birth_date)
                    > month(run.as_of) * 100 + day(run.as_of) THEN 1 ELSE 0 END AS age,
    year(run.cutoff) - year(person.birth_date)
        - CASE WHEN month(person.birth_date) * 100 + day(person.birth_date)
                    > month(run.cutoff) * 100 + day(run.cutoff) THEN 1 ELSE 0 END AS age_at_cutoff,
    person.relief IN ('dibao', 'tekun') AS is_on_registered_relief,
    coalesce(person.school_stage IN ('senior', 'vocational', 'higher_vocational', 'bachelor', 'master'), FALSE)
        AS is_registered_student
FROM person
CROSS JOIN run
JOIN registry_household ON registry_household.hn = person.hn;
