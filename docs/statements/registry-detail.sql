-- One household with members and incomes.
SELECT json_build_object(
    'id', h.id,
    'hh_no', h.hh_no,
    'area_code', h.village_code,
    'group_name', h.group_name,
    'hh_type', h.hh_type,
    'status', h.status,
    'housing_tenure', h.housing_tenure,
    'is_resettled', h.is_resettled,
    'phone', h.phone_masked,
    'population', h.population,
    'monitor_category', h.monitor_category,
    'is_monitored', h.is_monitored,
    'open_risks', h.open_risks,
    'last_negative_decision_on', h.last_negative_decision_on,
    'version', h.version,
    'updated_at', h.updated_at,
    'members', (SELECT COALESCE(json_agg(json_build_object(
        'id', p.id,
        'person_no', p.person_no,
        'name', p.name_masked,
        'id_no', p.id_no_masked,
        'birth_date', p.birth_date,
        'sex', p.sex,
        'relation', p.relation,
        'labour', p.labour,
        'school_stage', p.school_stage,
        'has_finished_compulsory', p.has_finished_compulsory,
        'health', p.health,
        'relief', p.relief) ORDER BY p.ordinal, p.id), '[]'::json)
     FROM person p WHERE p.household_id = h.id AND p.is_active),
    'incomes', (SELECT COALESCE(json_agg(json_build_object(
        'year', i.year,
        'net', i.net::text,
        'per_capita_net', i.per_capita_net::text,
        'ref_per_capita', i.ref_per_capita::text,
        'self_paid', i.self_paid::text) ORDER BY i.year DESC), '[]'::json)
     FROM income i WHERE i.household_id = h.id AND i.superseded_at IS NULL)) FROM household h WHERE h.id = CAST(:id AS uuid)
