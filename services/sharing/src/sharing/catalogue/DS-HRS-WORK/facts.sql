-- Pay is compared of whole months only: who began or stopped in the middle of one is paid for a part of it. Of whom last
-- month's list had at work to its end, and this month's has not, the last known day is the end of last month.
WITH now AS (
    SELECT
        pn,
        bool_or(is_match AND from_on <= run.as_of AND (to_on IS NULL OR to_on >= run.as_of)) AS is_working,
        bool_or(is_match AND from_on <= run.as_of AND (to_on IS NULL OR to_on >= run.as_of)
            AND place IN ('province', 'outside')) AS is_working_outside,
        min(CASE WHEN is_match AND to_on <= run.as_of THEN run.as_of - to_on END) AS days_since,
        bool_or(NOT is_match) AS has_doubtful_work
    FROM hrs_work CROSS JOIN run
    GROUP BY pn
),
whole AS (
    SELECT pn, CASE WHEN count(monthly_pay) = count(*) THEN sum(monthly_pay) END AS pay
    FROM hrs_work CROSS JOIN run
    WHERE is_match AND from_on <= run.period_from AND (to_on IS NULL OR to_on >= run.as_of)
    GROUP BY pn
),
earlier AS (
    SELECT
        pn,
        min(run.as_of - CASE WHEN to_on < run.period_from THEN to_on ELSE run.period_from - 1 END) AS days_since
    FROM hrs_work_before CROSS JOIN run
    WHERE is_match AND from_on < run.period_from
    GROUP BY pn
),
whole_before AS (
    SELECT pn, CASE WHEN count(monthly_pay) = count(*) THEN sum(monthly_pay) END AS pay
    FROM hrs_work_before CROSS JOIN run
    WHERE is_match
        AND from_on <= add_months(run.period_from, -1) AND (to_on IS NULL OR to_on >= run.period_from - 1)
    GROUP BY pn
)
SELECT
    person.pn,
    now.is_working,
    now.is_working_outside,
    least(now.days_since, earlier.days_since) AS days_since_work,
    now.has_doubtful_work,
    newcomer.pn IS NOT NULL AND now.pn IS NULL AS is_new_to_work_list,
    whole.pay AS month_pay,
    whole_before.pay AS month_pay_before
FROM person
LEFT JOIN now ON now.pn = person.pn
LEFT JOIN whole ON whole.pn = person.pn
LEFT JOIN earlier ON earlier.pn = person.pn
LEFT JOIN whole_before ON whole_before.pn = person.pn
LEFT JOIN newcomer ON newcomer.pn = person.pn AND newcomer.dataset = 'DS-HRS-WORK';

SELECT
    person.hn,
    bool_or(hrs_work_person.is_working) AS has_worker,
    bool_or(person.labour IN ('1', '2') AND (person.id_token IS NULL OR coalesce(hrs_work_person.has_doubtful_work, FALSE)
        OR hrs_work_person.is_new_to_work_list)) AS has_unchecked_worker
FROM person
JOIN hrs_work_person ON hrs_work_person.pn = person.pn
WHERE NOT person.is_dead
GROUP BY person.hn;
