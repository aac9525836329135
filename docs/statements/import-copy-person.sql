-- Rows of a file.
COPY person (
        id, household_id, ordinal, identity, name_masked, id_no_masked, id_index, id_index_even, id_token,
        person_token, token_key_id, other_tokens, joined_on, person_no, birth_date, sex, relation, labour,
        school_stage, has_finished_compulsory, health, relief
) FROM STDIN
