-- Regular is what was paid over some months: a single payment does not stop.
SELECT
    fin_subsidy.pn,
    max((year(run.as_of) - year(last_month)) * 12 + month(run.as_of) - month(last_month)) AS months_without_subsidy
FROM fin_subsidy
CROSS JOIN run
JOIN household ON household.hn = fin_subsidy.hn
JOIN parameter ON parameter.area_code = household.area_code
WHERE is_match
    AND stop_reason IS NULL
    AND last_month <= run.as_of
    AND last_month >= add_months(first_month, parameter."fin.regular_months" - 1)
GROUP BY fin_subsidy.pn;
