SELECT
    pn,
    sum(CASE WHEN from_on <= run.as_of AND (to_on IS NULL OR to_on >= run.as_of) THEN 1 ELSE 0 END) AS ranger_count,
    bool_or(from_on <= run.as_of AND (to_on IS NULL OR to_on >= run.period_from)
        AND monthly_pay > 0 AND coalesce(attendance_days, 0) = 0) AS has_unattended_ranger
FROM for_ranger CROSS JOIN run
WHERE is_match
GROUP BY pn;

SELECT person.hn, bool_or(for_ranger_person.ranger_count > 0) AS has_ranger
FROM for_ranger_person
JOIN person ON person.pn = for_ranger_person.pn
GROUP BY person.hn;
