-- New persons out of staging.
INSERT INTO person (
    id, household_id, ordinal, identity, name_masked, id_no_masked, id_index, id_index_even, id_token,
    person_token, token_key_id, other_tokens, joined_on, person_no, birth_date, sex, relation, labour,
    school_stage, has_finished_compulsory, health, relief, id_type, ethnicity, education,
    dropout_reason, disability_category, disability_level, insured_resident, insured_employee,
    critical_insurance, medical_aid, pension_resident, pension_employee, work_place, work_months,
    monthly_pay, work_channel, public_post, public_post_months, is_resettled_person, came_on)
SELECT p.id, m.household_id, p.ordinal, p.identity, p.name_masked, p.id_no_masked, p.id_index,
    p.id_index_even, p.id_token, p.person_token, p.token_key_id, p.other_tokens, p.joined_on,
    p.person_no, p.birth_date, p.sex, p.relation, p.labour, p.school_stage, p.has_finished_compulsory,
    p.health, p.relief, p.id_type, p.ethnicity, p.education, p.dropout_reason, p.disability_category,
    p.disability_level, p.insured_resident, p.insured_employee, p.critical_insurance, p.medical_aid,
    p.pension_resident, p.pension_employee, p.work_place, p.work_months, p.monthly_pay, p.work_channel,
    p.public_post, p.public_post_months, p.is_resettled_person,
    CASE WHEN m.is_new THEN NULL WHEN p.joined_on - p.birth_date <= 365 THEN p.birth_date
        ELSE coalesce(s.known_on, p.joined_on) END
FROM s_map m
JOIN s_household s ON s.id = m.staged_id
JOIN s_person p ON p.household_id = m.staged_id
LEFT JOIN s_known k ON k.staged_id = p.id
WHERE NOT m.is_same AND k.person_id IS NULL
ORDER BY m.household_id, p.ordinal
