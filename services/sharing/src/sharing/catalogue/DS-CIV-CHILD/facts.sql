SELECT DISTINCT pn, TRUE AS is_unattended_child
FROM civ_child CROSS JOIN run
WHERE is_match AND from_on <= run.as_of;
