-- The directory for a comparison.
SELECT household_id, person_id, id_token, person_token, birth_date, sex, relation, labour, school_stage,
        has_finished_compulsory, health, relief
FROM directory_person
