-- A page of the list of households.
WITH chosen AS MATERIALIZED (
    SELECT h.* FROM household h WHERE {where} ORDER BY h.village_code, h.id LIMIT :limit
), shown AS (
    SELECT * FROM chosen ORDER BY village_code, id LIMIT :limit - 1
)
SELECT convert_to(COALESCE((SELECT json_agg(json_build_object(
    'id', h.id,
    'hh_no', h.hh_no,
    'area_code', h.village_code,
    'group_name', h.group_name,
    'grid', h.grid,
    'hh_type', h.hh_type,
    'status', h.status,
    'housing_tenure', h.housing_tenure,
    'is_resettled', h.is_resettled,
    'phone', CASE WHEN h.phone_masked LIKE '1%' THEN h.phone_masked ELSE repeat('*', length(h.phone_masked)) END,
    'population', h.population,
    'monitor_category', h.monitor_category,
    'is_monitored', h.is_monitored,
    'open_risks', h.open_risks,
    'unsafe_statuses', h.unsafe_statuses,
    'moved_on', h.moved_on,
    'moved_from', h.moved_from,
    'last_negative_decision_on', h.last_negative_decision_on,
    'version', h.version,
    'updated_at', h.updated_at,
    'members', (SELECT COALESCE(json_agg(json_build_object(
        'id', p.id,
        'person_no', p.person_no,
        'name', p.name_masked,
        'id_no', rpad(left(p.id_no_masked, 6), length(p.id_no_masked), '*'),
        'birth_date', to_char(p.birth_date, 'YYYY'),
        'sex', p.sex,
        'relation', p.relation,
        'labour', p.labour,
        'school_stage', p.school_stage,
        'has_finished_compulsory', p.has_finished_compulsory,
        'health', p.health,
        'relief', p.relief,
        'came_on', p.came_on,
        'came_from', p.came_from) ORDER BY p.ordinal, p.id), '[]'::json)
     FROM person p WHERE p.household_id = h.id AND p.is_active)) ORDER BY h.village_code, h.id)
                            FROM shown h), '[]'::json)::text, 'UTF8'),
       (SELECT count(*) FROM chosen),
       (SELECT ARRAY[s.village_code, s.id::text] FROM shown s ORDER BY s.village_code DESC, s.id DESC LIMIT 1)
