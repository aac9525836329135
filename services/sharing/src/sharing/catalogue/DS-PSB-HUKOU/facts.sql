SELECT
    psb_hukou.pn,
    max(changed_on) AS hukou_changed_on,
    bool_or(change = 'death') AS is_dead_by_hukou,
    bool_or(change = 'moved_out') AS has_moved_by_hukou,
    bool_or(change = 'prison') AS is_imprisoned,
    bool_or(person.labour IN ('1', '2')) AS is_main_labour
FROM psb_hukou
CROSS JOIN run
JOIN person ON person.pn = psb_hukou.pn
JOIN household ON household.hn = psb_hukou.hn
JOIN parameter ON parameter.area_code = household.area_code
WHERE is_match
    AND change IN ('death', 'moved_out', 'prison')
    AND changed_on > add_months(run.as_of, -parameter."psb.new_months")
    AND changed_on <= run.as_of
GROUP BY psb_hukou.pn;
