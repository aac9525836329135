-- In what register and export differ.
INSERT INTO reconciliation_difference (id, reconciliation_id, kind, subject, field, year, area_code, household_id,
    person_id, hh_no, person_no, who, line, registered, exported, is_sealed, exported_mark, state, revision,
    household_version)
SELECT uuidv7(), CAST(:id AS uuid), 'field', 'household', v.field, NULL::int, h.village_code, h.id, NULL::uuid, h.hh_no,
    NULL, NULL, t.line, v.registered, v.exported, false, NULL::bytea, 'open', 1, h.version

FROM s_twin t JOIN s_household s ON s.id = t.staged_id JOIN household h ON h.id = t.household_id
CROSS JOIN LATERAL (VALUES
    ('hh_no', to_jsonb(h.hh_no), to_jsonb(s.hh_no), true AND to_jsonb(h.hh_no) IS DISTINCT FROM to_jsonb(s.hh_no)),
    ('village_code', to_jsonb(h.village_code), to_jsonb(s.village_code), true AND to_jsonb(h.village_code) IS DISTINCT FROM to_jsonb(s.village_code)),
    ('group_name', to_jsonb(h.group_name), to_jsonb(s.group_name), NOT coalesce(jsonb_exists(s.kept->'h', 'group_name'), false) AND regexp_replace(normalize(h.group_name, NFKC), '[[:space:]]', '', 'g') IS DISTINCT FROM regexp_replace(normalize(s.group_name, NFKC), '[[:space:]]', '', 'g')),
    ('grid', to_jsonb(h.grid), to_jsonb(s.grid), NOT coalesce(jsonb_exists(s.kept->'h', 'grid'), false) AND regexp_replace(normalize(h.grid, NFKC), '[[:space:]]', '', 'g') IS DISTINCT FROM regexp_replace(normalize(s.grid, NFKC), '[[:space:]]', '', 'g')),
    ('hh_type', to_jsonb(h.hh_type), to_jsonb(s.hh_type), true AND to_jsonb(h.hh_type) IS DISTINCT FROM to_jsonb(s.hh_type)),
    ('housing_tenure', to_jsonb(h.housing_tenure), to_jsonb(s.housing_tenure), NOT coalesce(jsonb_exists(s.kept->'h', 'housing_tenure'), false) AND to_jsonb(h.housing_tenure) IS DISTINCT FROM to_jsonb(s.housing_tenure)),
    ('is_resettled', to_jsonb(h.is_resettled), to_jsonb(s.is_resettled), NOT coalesce(jsonb_exists(s.kept->'h', 'is_resettled'), false) AND to_jsonb(h.is_resettled) IS DISTINCT FROM to_jsonb(s.is_resettled)),
    ('poverty_exit_year', to_jsonb(h.poverty_exit_year), to_jsonb(s.poverty_exit_year), NOT coalesce(jsonb_exists(s.kept->'h', 'poverty_exit_year'), false) AND to_jsonb(h.poverty_exit_year) IS DISTINCT FROM to_jsonb(s.poverty_exit_year)),
    ('is_military_family', to_jsonb(h.is_military_family), to_jsonb(s.is_military_family), NOT coalesce(jsonb_exists(s.kept->'h', 'is_military_family'), false) AND to_jsonb(h.is_military_family) IS DISTINCT FROM to_jsonb(s.is_military_family)),
    ('is_whole_no_labour', to_jsonb(h.is_whole_no_labour), to_jsonb(s.is_whole_no_labour), NOT coalesce(jsonb_exists(s.kept->'h', 'is_whole_no_labour'), false) AND to_jsonb(h.is_whole_no_labour) IS DISTINCT FROM to_jsonb(s.is_whole_no_labour)),
    ('resettlement_site', to_jsonb(h.resettlement_site), to_jsonb(s.resettlement_site), NOT coalesce(jsonb_exists(s.kept->'h', 'resettlement_site'), false) AND regexp_replace(normalize(h.resettlement_site, NFKC), '[[:space:]]', '', 'g') IS DISTINCT FROM regexp_replace(normalize(s.resettlement_site, NFKC), '[[:space:]]', '', 'g')),
    ('risk_note', to_jsonb(h.risk_note), to_jsonb(s.risk_note), NOT coalesce(jsonb_exists(s.kept->'h', 'risk_note'), false) AND regexp_replace(normalize(h.risk_note, NFKC), '[[:space:]]', '', 'g') IS DISTINCT FROM regexp_replace(normalize(s.risk_note, NFKC), '[[:space:]]', '', 'g')),
    ('is_willing', to_jsonb(h.is_willing), to_jsonb(s.is_willing), NOT coalesce(jsonb_exists(s.kept->'h', 'is_willing'), false) AND to_jsonb(h.is_willing) IS DISTINCT FROM to_jsonb(s.is_willing)),
    ('last_negative_decision_on', to_jsonb(h.last_negative_decision_on), to_jsonb(s.last_negative_decision_on), NOT coalesce(jsonb_exists(s.kept->'h', 'last_negative_decision_on'), false) AND to_jsonb(h.last_negative_decision_on) IS DISTINCT FROM to_jsonb(s.last_negative_decision_on)),
    ('monitor_category', CASE WHEN h.is_monitored THEN to_jsonb(h.monitor_category) END, to_jsonb(s.monitor_category),
        s.is_monitored AND CASE WHEN h.is_monitored THEN to_jsonb(h.monitor_category) END IS DISTINCT FROM to_jsonb(s.monitor_category)),
    ('open_risks', (SELECT jsonb_agg(c ORDER BY c) FROM unnest(h.open_risks) c), (SELECT jsonb_agg(c ORDER BY c) FROM unnest(s.open_risks) c),
        s.is_monitored AND h.is_monitored AND (SELECT jsonb_agg(c ORDER BY c) FROM unnest(h.open_risks) c) IS DISTINCT FROM (SELECT jsonb_agg(c ORDER BY c) FROM unnest(s.open_risks) c)),
    ('identified_on', (SELECT to_jsonb(e.identified_on) FROM episode e WHERE e.household_id = h.id AND e.is_active), to_jsonb(s.identified_on),
        s.is_monitored AND h.is_monitored AND (SELECT to_jsonb(e.identified_on) FROM episode e WHERE e.household_id = h.id AND e.is_active) IS DISTINCT FROM to_jsonb(s.identified_on))
) v (field, registered, exported, is_difference)
WHERE v.is_difference
