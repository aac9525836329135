-- The latest income year up to the period's, unless it is older than the year before it.
WITH latest AS (
    SELECT income.hn, max(income.year) AS income_year
    FROM income CROSS JOIN run
    WHERE income.year <= run.year
    GROUP BY income.hn, run.year
    HAVING max(income.year) >= run.year - 1
)
SELECT
    latest.hn,
    latest.income_year,
    y.net AS net_income,
    y.per_capita_net,
    y.ref_per_capita AS per_capita_ref,
    y.self_paid,
    y1.per_capita_net AS per_capita_net_prev,
    y1.self_paid AS self_paid_prev,
    y2.per_capita_net AS per_capita_net_prev2
FROM latest
JOIN income AS y ON y.hn = latest.hn AND y.year = latest.income_year
LEFT JOIN income AS y1 ON y1.hn = latest.hn AND y1.year = latest.income_year - 1
LEFT JOIN income AS y2 ON y2.hn = latest.hn AND y2.year = latest.income_year - 2
