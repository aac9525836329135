SELECT
    hn,
    max(overdue_days) AS loan_overdue_days,
    sum(overdue_amount) AS loan_overdue_amount,
    min(CASE WHEN balance > 0 AND due_on >= run.as_of THEN due_on - run.as_of END) AS loan_days_left
FROM bnk_loan CROSS JOIN run
WHERE is_match
GROUP BY hn;
