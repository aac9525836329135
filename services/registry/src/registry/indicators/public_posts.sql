SELECT p.area_code, p.id, p.household_id::text, jsonb_build_object('post', p.public_post, 'type', p.hh_type),
    1, CAST(NULL AS numeric)
FROM person_at(:ends_at) p WHERE p.public_post IS NOT NULL AND p.public_post <> 'none'
