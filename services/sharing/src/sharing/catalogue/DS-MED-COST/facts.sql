SELECT
    pn,
    max(self_paid_ytd) AS cost_self_paid_ytd,
    max(outpatient_self_paid_month) AS cost_outpatient_month,
    max(aid_paid) AS cost_aid_paid
FROM med_cost CROSS JOIN run
WHERE is_match AND med_cost.year = run.year
GROUP BY pn;
