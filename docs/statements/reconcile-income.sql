-- In what register and export differ.
INSERT INTO reconciliation_difference (id, reconciliation_id, kind, subject, field, year, area_code, household_id,
    person_id, hh_no, person_no, who, line, registered, exported, is_sealed, exported_mark, state, revision,
    household_version)
SELECT uuidv7(), CAST(:id AS uuid), 'field', 'income', v.field, n.year, h.village_code, h.id, NULL::uuid, h.hh_no,
    NULL, NULL, t.line, v.registered, v.exported, false, NULL::bytea, 'open', 1, h.version

FROM s_twin t JOIN s_household s ON s.id = t.staged_id JOIN household h ON h.id = t.household_id
JOIN s_income n ON n.household_id = t.staged_id
LEFT JOIN income i ON i.household_id = h.id AND i.year = n.year AND i.superseded_at IS NULL
CROSS JOIN LATERAL (VALUES
    ('wage', to_jsonb(i.wage::text), to_jsonb(n.wage::text), NOT coalesce(jsonb_exists(s.kept->'i'->CAST(n.year AS text), 'wage'), false) AND to_jsonb(i.wage::text) IS DISTINCT FROM to_jsonb(n.wage::text)),
    ('business', to_jsonb(i.business::text), to_jsonb(n.business::text), NOT coalesce(jsonb_exists(s.kept->'i'->CAST(n.year AS text), 'business'), false) AND to_jsonb(i.business::text) IS DISTINCT FROM to_jsonb(n.business::text)),
    ('property', to_jsonb(i.property::text), to_jsonb(n.property::text), NOT coalesce(jsonb_exists(s.kept->'i'->CAST(n.year AS text), 'property'), false) AND to_jsonb(i.property::text) IS DISTINCT FROM to_jsonb(n.property::text)),
    ('transfer', to_jsonb(i.transfer::text), to_jsonb(n.transfer::text), NOT coalesce(jsonb_exists(s.kept->'i'->CAST(n.year AS text), 'transfer'), false) AND to_jsonb(i.transfer::text) IS DISTINCT FROM to_jsonb(n.transfer::text)),
    ('business_cost', to_jsonb(i.business_cost::text), to_jsonb(n.business_cost::text), NOT coalesce(jsonb_exists(s.kept->'i'->CAST(n.year AS text), 'business_cost'), false) AND to_jsonb(i.business_cost::text) IS DISTINCT FROM to_jsonb(n.business_cost::text)),
    ('insurance_payout', to_jsonb(i.insurance_payout::text), to_jsonb(n.insurance_payout::text), NOT coalesce(jsonb_exists(s.kept->'i'->CAST(n.year AS text), 'insurance_payout'), false) AND to_jsonb(i.insurance_payout::text) IS DISTINCT FROM to_jsonb(n.insurance_payout::text)),
    ('self_paid', to_jsonb(i.self_paid::text), to_jsonb(n.self_paid::text), NOT coalesce(jsonb_exists(s.kept->'i'->CAST(n.year AS text), 'self_paid'), false) AND to_jsonb(i.self_paid::text) IS DISTINCT FROM to_jsonb(n.self_paid::text))
) v (field, registered, exported, is_difference)
WHERE v.is_difference
