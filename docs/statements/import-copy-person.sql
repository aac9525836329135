-- Rows of a file.
COPY person (
        id, household_id, ordinal, identity, name_masked, id_no_masked, id_index, id_index_even, id_token,
        person_token, token_key_id, other_tokens, joined_on, person_no, birth_date, sex, relation, labour,
        school_stage, has_finished_compulsory, health, relief, id_type, ethnicity, education,
        dropout_reason, disability_category, disability_level, insured_resident, insured_employee,
        critical_insurance, medical_aid, pension_resident, pension_employee, work_place, work_months,
        monthly_pay, work_channel, public_post, public_post_months, is_resettled_person
) FROM STDIN
