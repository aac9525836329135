-- Of the year that the period lies in, as it was read of the period's own delivery.
SELECT r.area_code, concat_ws('/', r.area_code, r.fields ->> 'fund_year', r.fields ->> 'fund_source'), CAST(NULL AS text),
    jsonb_build_object('fund_source', r.fields ->> 'fund_source'),
    CAST(r.fields ->> 'spent' AS numeric), CAST(r.fields ->> 'budget' AS numeric)
FROM ledger_row r
WHERE r.dataset = 'DS-FIN-PROGRESS' AND r.period = to_char(CAST(:last_on AS date), 'YYYY-MM')
  AND CAST(r.fields ->> 'fund_year' AS int) = extract(year FROM CAST(:last_on AS date))
