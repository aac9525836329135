SELECT
    pn,
    bool_or(is_match AND type IN ('dibao', 'tekun') AND change <> 'stopped' AND from_on <= run.as_of
        AND (to_on IS NULL OR to_on >= run.as_of)) AS is_on_relief
FROM civ_low CROSS JOIN run
GROUP BY pn;

SELECT
    civ_low.hn,
    bool_or(civ_low_person.is_on_relief) AS has_current_relief,
    bool_or(is_match AND change = 'new' AND from_on BETWEEN run.period_from AND run.as_of) AS has_new_relief,
    bool_or(NOT is_match) AS has_doubtful_relief,
    min(CASE WHEN is_match AND type IN ('dibao', 'tekun') AND change = 'stopped' THEN to_on END) AS relief_stopped_on
FROM civ_low CROSS JOIN run
JOIN civ_low_person ON civ_low_person.pn = civ_low.pn
GROUP BY civ_low.hn;
