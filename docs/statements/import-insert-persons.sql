-- New persons out of staging.
INSERT INTO person (
    id, household_id, ordinal, identity, name_masked, id_no_masked, id_index, id_index_even, id_token,
    person_token, token_key_id, other_tokens, joined_on, person_no, birth_date, sex, relation, labour,
    school_stage, has_finished_compulsory, health, relief, came_on)
SELECT p.id, m.household_id, p.ordinal, p.identity, p.name_masked, p.id_no_masked, p.id_index,
    p.id_index_even, p.id_token, p.person_token, p.token_key_id, p.other_tokens, p.joined_on,
    p.person_no, p.birth_date, p.sex, p.relation, p.labour, p.school_stage, p.has_finished_compulsory,
    p.health, p.relief,
    CASE WHEN m.is_new THEN NULL WHEN p.joined_on - p.birth_date <= 365 THEN p.birth_date
        ELSE coalesce(s.known_on, p.joined_on) END
FROM s_map m
JOIN s_household s ON s.id = m.staged_id
JOIN s_person p ON p.household_id = m.staged_id
LEFT JOIN s_known k ON k.staged_id = p.id
WHERE NOT m.is_same AND k.person_id IS NULL
ORDER BY m.household_id, p.ordinal
