-- Known persons out of staging.
UPDATE person q SET
    ordinal = p.ordinal, identity = p.identity, name_masked = p.name_masked,
    id_no_masked = p.id_no_masked, id_index = p.id_index, id_index_even = p.id_index_even,
    id_token = p.id_token, person_token = p.person_token, token_key_id = p.token_key_id,
    other_tokens = p.other_tokens, person_no = p.person_no, birth_date = p.birth_date, sex = p.sex,
    relation = p.relation, labour = p.labour, school_stage = p.school_stage,
    has_finished_compulsory = p.has_finished_compulsory, health = p.health, relief = p.relief,
    is_active = true, left_on = NULL, left_reason = NULL
FROM s_known k JOIN s_person p ON p.id = k.staged_id
WHERE q.id = k.person_id
