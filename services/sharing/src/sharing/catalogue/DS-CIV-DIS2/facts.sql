WITH entry AS (
    SELECT
        pn,
        bool_or(is_match AND item = 'nursing' AND from_on <= run.as_of AND (to_on IS NULL OR to_on >= run.as_of))
            AS has_nursing_subsidy,
        bool_or(is_match AND item = 'living' AND from_on <= run.as_of AND (to_on IS NULL OR to_on >= run.as_of))
            AS has_living_subsidy,
        bool_or(NOT is_match) AS is_doubtful_on_subsidy_list
    FROM civ_dis2
    CROSS JOIN run
    GROUP BY pn
)
SELECT
    person.pn,
    entry.has_nursing_subsidy,
    entry.has_living_subsidy,
    entry.is_doubtful_on_subsidy_list,
    newcomer.pn IS NOT NULL AND entry.pn IS NULL AS is_new_to_subsidy_list
FROM person
LEFT JOIN entry ON entry.pn = person.pn
LEFT JOIN newcomer ON newcomer.pn = person.pn AND newcomer.dataset = 'DS-CIV-DIS2'
WHERE entry.pn IS NOT NULL OR newcomer.pn IS NOT NULL;
