-- Known persons out of staging.
UPDATE person q SET
    ordinal = p.ordinal,
    identity = CASE WHEN (q.known->>'name')::date > s.known_on IS TRUE OR (q.known->>'id_no')::date > s.known_on IS TRUE THEN q.identity ELSE p.identity END,
    name_masked = CASE WHEN (q.known->>'name')::date > s.known_on IS TRUE OR (q.known->>'id_no')::date > s.known_on IS TRUE THEN q.name_masked ELSE p.name_masked END,
    id_no_masked = CASE WHEN (q.known->>'name')::date > s.known_on IS TRUE OR (q.known->>'id_no')::date > s.known_on IS TRUE THEN q.id_no_masked ELSE p.id_no_masked END,
    id_index = CASE WHEN (q.known->>'name')::date > s.known_on IS TRUE OR (q.known->>'id_no')::date > s.known_on IS TRUE THEN q.id_index ELSE p.id_index END,
    id_index_even = CASE WHEN (q.known->>'name')::date > s.known_on IS TRUE OR (q.known->>'id_no')::date > s.known_on IS TRUE THEN q.id_index_even ELSE p.id_index_even END,
    id_token = CASE WHEN (q.known->>'name')::date > s.known_on IS TRUE OR (q.known->>'id_no')::date > s.known_on IS TRUE THEN q.id_token ELSE p.id_token END,
    person_token = CASE WHEN (q.known->>'name')::date > s.known_on IS TRUE OR (q.known->>'id_no')::date > s.known_on IS TRUE THEN q.person_token ELSE p.person_token END,
    token_key_id = CASE WHEN (q.known->>'name')::date > s.known_on IS TRUE OR (q.known->>'id_no')::date > s.known_on IS TRUE THEN q.token_key_id ELSE p.token_key_id END,
    other_tokens = CASE WHEN (q.known->>'name')::date > s.known_on IS TRUE OR (q.known->>'id_no')::date > s.known_on IS TRUE THEN q.other_tokens ELSE p.other_tokens END,
    person_no = CASE WHEN (q.known->>'person_no')::date > s.known_on IS TRUE THEN q.person_no ELSE p.person_no END,
    birth_date = CASE WHEN (q.known->>'birth_date')::date > s.known_on IS TRUE THEN q.birth_date ELSE p.birth_date END,
    sex = CASE WHEN (q.known->>'sex')::date > s.known_on IS TRUE THEN q.sex ELSE p.sex END,
    relation = CASE WHEN (q.known->>'relation')::date > s.known_on IS TRUE THEN q.relation ELSE p.relation END,
    labour = CASE WHEN (q.known->>'labour')::date > s.known_on IS TRUE THEN q.labour ELSE p.labour END,
    school_stage = CASE WHEN (q.known->>'school_stage')::date > s.known_on IS TRUE THEN q.school_stage ELSE p.school_stage END,
    has_finished_compulsory = CASE WHEN (q.known->>'has_finished_compulsory')::date > s.known_on IS TRUE THEN q.has_finished_compulsory ELSE p.has_finished_compulsory END,
    health = CASE WHEN (q.known->>'health')::date > s.known_on IS TRUE THEN q.health ELSE p.health END,
    relief = CASE WHEN (q.known->>'relief')::date > s.known_on IS TRUE THEN q.relief ELSE p.relief END,
    id_type = CASE WHEN (q.known->>'name')::date > s.known_on IS TRUE OR (q.known->>'id_no')::date > s.known_on IS TRUE THEN q.id_type ELSE p.id_type END,
    ethnicity = CASE WHEN (q.known->>'ethnicity')::date > s.known_on IS TRUE THEN q.ethnicity ELSE p.ethnicity END,
    education = CASE WHEN (q.known->>'education')::date > s.known_on IS TRUE THEN q.education ELSE p.education END,
    dropout_reason = CASE WHEN (q.known->>'dropout_reason')::date > s.known_on IS TRUE THEN q.dropout_reason ELSE p.dropout_reason END,
    disability_category = CASE WHEN (q.known->>'disability_category')::date > s.known_on IS TRUE THEN q.disability_category ELSE p.disability_category END,
    disability_level = CASE WHEN (q.known->>'disability_level')::date > s.known_on IS TRUE THEN q.disability_level ELSE p.disability_level END,
    insured_resident = CASE WHEN (q.known->>'insured_resident')::date > s.known_on IS TRUE THEN q.insured_resident ELSE p.insured_resident END,
    insured_employee = CASE WHEN (q.known->>'insured_employee')::date > s.known_on IS TRUE THEN q.insured_employee ELSE p.insured_employee END,
    critical_insurance = CASE WHEN (q.known->>'critical_insurance')::date > s.known_on IS TRUE THEN q.critical_insurance ELSE p.critical_insurance END,
    medical_aid = CASE WHEN (q.known->>'medical_aid')::date > s.known_on IS TRUE THEN q.medical_aid ELSE p.medical_aid END,
    pension_resident = CASE WHEN (q.known->>'pension_resident')::date > s.known_on IS TRUE THEN q.pension_resident ELSE p.pension_resident END,
    pension_employee = CASE WHEN (q.known->>'pension_employee')::date > s.known_on IS TRUE THEN q.pension_employee ELSE p.pension_employee END,
    work_place = CASE WHEN (q.known->>'work_place')::date > s.known_on IS TRUE THEN q.work_place ELSE p.work_place END,
    work_months = CASE WHEN (q.known->>'work_months')::date > s.known_on IS TRUE THEN q.work_months ELSE p.work_months END,
    monthly_pay = CASE WHEN (q.known->>'monthly_pay')::date > s.known_on IS TRUE THEN q.monthly_pay ELSE p.monthly_pay END,
    work_channel = CASE WHEN (q.known->>'work_channel')::date > s.known_on IS TRUE THEN q.work_channel ELSE p.work_channel END,
    public_post = CASE WHEN (q.known->>'public_post')::date > s.known_on IS TRUE THEN q.public_post ELSE p.public_post END,
    public_post_months = CASE WHEN (q.known->>'public_post_months')::date > s.known_on IS TRUE THEN q.public_post_months ELSE p.public_post_months END,
    is_resettled_person = CASE WHEN (q.known->>'is_resettled_person')::date > s.known_on IS TRUE THEN q.is_resettled_person ELSE p.is_resettled_person END,
    came_on = CASE WHEN was.village_code <> s.village_code AND was.id <> m.household_id OR q.left_on IS NOT NULL
        THEN coalesce(s.known_on, p.joined_on) ELSE q.came_on END,
    came_from = CASE WHEN q.left_on IS NOT NULL THEN NULL
        WHEN was.village_code <> s.village_code AND was.id <> m.household_id THEN was.village_code
        ELSE q.came_from END,
    household_id = m.household_id, is_active = true, left_on = NULL, left_reason = NULL,
    known = (SELECT COALESCE(jsonb_object_agg(e.key, e.value), '{}') FROM jsonb_each_text(q.known) e WHERE e.value::date > s.known_on)
FROM s_known k JOIN s_person p ON p.id = k.staged_id JOIN s_map m ON m.staged_id = p.household_id
JOIN s_household s ON s.id = m.staged_id, household was
WHERE q.id = k.person_id AND was.id = q.household_id AND NOT m.is_same
  AND (q.left_on IS NULL OR s.known_on IS NULL OR q.left_on <= s.known_on)
