-- Absence from the list may be claimed only if no row carries the ID number, whatever the name in it.
SELECT DISTINCT pn, TRUE AS is_insured
FROM med_enrol CROSS JOIN run
WHERE med_enrol.year = run.year;
