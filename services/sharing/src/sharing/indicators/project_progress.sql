-- Of the year that the period lies in, as it was read of the period's own delivery.
SELECT r.area_code, r.fields ->> 'project_no', CAST(NULL AS text), jsonb_build_object('project_category', r.fields ->> 'category'),
    CASE WHEN CAST(r.fields ->> 'finished_on' AS date) <= :last_on THEN 1 ELSE 0 END, 1
FROM ledger_row r
WHERE r.dataset = 'DS-AGR-PROJ' AND r.period = to_char(CAST(:last_on AS date), 'YYYY-MM')
  AND CAST(r.fields ->> 'project_year' AS int) = extract(year FROM CAST(:last_on AS date))
