WITH entry AS (
    SELECT
        pn,
        type,
        is_match,
        is_match AND change <> 'stopped' AND from_on <= run.as_of AND (to_on IS NULL OR to_on >= run.as_of) AS is_current
    FROM civ_low CROSS JOIN run
)
SELECT
    pn,
    bool_or(is_current AND type IN ('dibao', 'tekun')) AS is_on_relief,
    bool_or(is_current AND type = 'dibao') AS is_on_dibao,
    bool_or(is_current AND type IN ('marginal', 'rigid')) AS is_on_marginal_list,
    bool_or(is_current) AS is_on_relief_list,
    bool_or(is_match) AS is_told_of_by_relief_list,
    bool_or(NOT is_match) AS is_doubtful_on_relief_list
FROM entry
GROUP BY pn;

-- New is what the department calls new: whom last month's list did not have yet, or what began lately. An approval that
-- comes late, or is paid back, begins before the month.
WITH entry AS (
    SELECT
        civ_low.hn,
        civ_low.pn,
        is_match AND type IN ('dibao', 'tekun') AND change = 'stopped' AS is_stopped,
        to_on,
        is_match AND change = 'new' AND (before.pn IS NULL
            OR from_on >= add_months(run.period_from, 1 - parameter."civ.new_months") AND from_on <= run.as_of) AS is_new,
        CASE
            WHEN reason = 'illness' THEN '01'
            WHEN reason = 'disaster' THEN '02'
            WHEN reason = 'disability' THEN '03'
            WHEN reason = 'no_labour' THEN '04'
            WHEN reason = 'schooling' THEN '09'
        END AS risk
    FROM civ_low
    CROSS JOIN run
    JOIN household ON household.hn = civ_low.hn
    JOIN parameter ON parameter.area_code = household.area_code
    LEFT JOIN (
        SELECT DISTINCT pn FROM civ_low_before WHERE is_match AND change <> 'stopped'
    ) AS before ON before.pn = civ_low.pn
)
SELECT
    entry.hn,
    bool_or(civ_low_person.is_on_relief) AS has_current_relief,
    bool_or(civ_low_person.is_doubtful_on_relief_list) AS has_doubtful_relief,
    bool_or(is_new) AS has_new_relief,
    min(CASE WHEN is_new THEN risk END) AS new_relief_risk,
    min(CASE WHEN is_stopped THEN to_on END) AS relief_stopped_on
FROM entry
JOIN civ_low_person ON civ_low_person.pn = entry.pn
GROUP BY entry.hn;
