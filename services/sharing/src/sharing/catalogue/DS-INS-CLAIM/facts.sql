WITH claim AS (
    SELECT
        ins_claim.hn,
        amount,
        CASE
            WHEN cause = 'illness' THEN '01'
            WHEN cause = 'disaster' THEN '02'
            WHEN cause = 'accident' THEN '05'
            WHEN cause = 'schooling' THEN '09'
        END AS risk
    FROM ins_claim
    CROSS JOIN run
    JOIN household ON household.hn = ins_claim.hn
    JOIN parameter ON parameter.area_code = household.area_code
    WHERE is_match AND paid_on > add_months(run.as_of, -parameter."ins.window_months") AND paid_on <= run.as_of
),
paid AS (
    SELECT hn, count(*) AS claim_count, max(amount) AS claim_largest, sum(amount) AS claim_total, min(risk) AS claim_risk
    FROM claim
    GROUP BY hn
)
SELECT
    household.hn,
    paid.claim_count,
    paid.claim_largest,
    paid.claim_total,
    paid.claim_risk,
    household.open_risks LIKE '%01%' OR household.open_risks LIKE '%02%' OR household.open_risks LIKE '%05%'
        AS has_insurable_risk
FROM household
LEFT JOIN paid ON paid.hn = household.hn;
