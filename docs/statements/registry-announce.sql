-- What the event of a household says (outbox.add_select).
SELECT json_build_object(
    'household_id', h.id,
    'version', h.version,
    'token_revision', h.token_revision,
    'merged_into', h.merged_into,
    'area_code', h.village_code,
    'grid', h.grid,
    'hh_type', h.hh_type,
    'status', h.status,
    'housing_tenure', h.housing_tenure,
    'is_resettled', h.is_resettled,
    'monitor_category', h.monitor_category,
    'is_monitored', h.is_monitored,
    'open_risks', h.open_risks,
    'unsafe_statuses', h.unsafe_statuses,
    'to_date_year', h.to_date_year,
    'to_date_quarters', h.to_date_quarters,
    'to_date_net', h.to_date_net::text,
    'moved_on', h.moved_on,
    'moved_from', h.moved_from,
    'last_negative_decision_on', h.last_negative_decision_on,
    'incomes', (SELECT COALESCE(json_agg(json_build_object(
        'year', i.year,
        'net', i.net::text,
        'per_capita_net', i.per_capita_net::text,
        'ref_per_capita', i.ref_per_capita::text,
        'self_paid', i.self_paid::text) ORDER BY i.year), '[]'::json)
     FROM income i WHERE i.household_id = h.id AND i.superseded_at IS NULL),
    'members', (SELECT COALESCE(json_agg(json_build_object(
        'person_id', p.id,
        'id_token', encode(p.id_token, 'hex'),
        'person_token', encode(p.person_token, 'hex'),
        'token_key_id', p.token_key_id,
        'other_tokens', (SELECT COALESCE(json_agg(json_build_object(
            'key_id', o.key,
            'id_token', o.value->>0,
            'person_token', o.value->>1) ORDER BY o.key), '[]'::json)
         FROM jsonb_each(p.other_tokens) o),
        'birth_date', p.birth_date,
        'sex', p.sex,
        'relation', p.relation,
        'labour', p.labour,
        'school_stage', p.school_stage,
        'has_finished_compulsory', p.has_finished_compulsory,
        'health', p.health,
        'relief', p.relief,
        'came_on', p.came_on,
        'came_from', p.came_from) ORDER BY p.ordinal), '[]'::json)
     FROM person p WHERE p.household_id = h.id AND p.is_active))
FROM household h WHERE h.id IN ({source})
