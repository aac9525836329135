-- The directory for a comparison.
SELECT household_id, person_id, birth_date, sex, relation, labour, school_stage, has_finished_compulsory,
        health, relief, came_on, came_from, id_token, person_token
FROM directory_person
