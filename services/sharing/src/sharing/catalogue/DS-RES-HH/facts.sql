SELECT
    person.hn,
    coalesce(bool_or(res_hh.is_match), FALSE) AS is_on_resettled_list,
    bool_or(res_hh.pn IS NOT NULL AND NOT res_hh.is_match OR res_hh.pn IS NULL AND newcomer.pn IS NOT NULL)
        AS cannot_be_on_resettled_list
FROM person
LEFT JOIN res_hh ON res_hh.pn = person.pn
LEFT JOIN newcomer ON newcomer.pn = person.pn AND newcomer.dataset = 'DS-RES-HH'
WHERE NOT person.is_dead AND person.id_token IS NOT NULL
GROUP BY person.hn;
