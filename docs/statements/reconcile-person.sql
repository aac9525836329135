-- In what register and export differ.
INSERT INTO reconciliation_difference (id, reconciliation_id, kind, subject, field, year, area_code, household_id,
    person_id, hh_no, person_no, who, line, registered, exported, is_sealed, exported_mark, state, revision,
    household_version)
SELECT uuidv7(), CAST(:id AS uuid), 'field', 'person', v.field, NULL::int, h.village_code, h.id, q.id, h.hh_no,
    q.person_no, NULL, t.line, v.registered, v.exported, false, NULL::bytea, 'open', 1, h.version

FROM s_known k JOIN s_person p ON p.id = k.staged_id JOIN person q ON q.id = k.person_id
JOIN s_twin t ON t.staged_id = p.household_id JOIN s_household s ON s.id = t.staged_id
JOIN household h ON h.id = t.household_id AND h.id = q.household_id
CROSS JOIN LATERAL (VALUES
    ('person_no', to_jsonb(q.person_no), to_jsonb(p.person_no), NOT coalesce(jsonb_exists(s.kept->'p'->CAST(p.ordinal AS text), 'person_no'), false) AND to_jsonb(q.person_no) IS DISTINCT FROM to_jsonb(p.person_no)),
    ('birth_date', to_jsonb(q.birth_date), to_jsonb(p.birth_date), true AND to_jsonb(q.birth_date) IS DISTINCT FROM to_jsonb(p.birth_date)),
    ('sex', to_jsonb(q.sex), to_jsonb(p.sex), true AND to_jsonb(q.sex) IS DISTINCT FROM to_jsonb(p.sex)),
    ('relation', to_jsonb(q.relation), to_jsonb(p.relation), true AND to_jsonb(q.relation) IS DISTINCT FROM to_jsonb(p.relation)),
    ('labour', to_jsonb(q.labour), to_jsonb(p.labour), true AND to_jsonb(q.labour) IS DISTINCT FROM to_jsonb(p.labour)),
    ('school_stage', to_jsonb(q.school_stage), to_jsonb(p.school_stage), NOT coalesce(jsonb_exists(s.kept->'p'->CAST(p.ordinal AS text), 'school_stage'), false) AND to_jsonb(q.school_stage) IS DISTINCT FROM to_jsonb(p.school_stage)),
    ('has_finished_compulsory', to_jsonb(q.has_finished_compulsory), to_jsonb(p.has_finished_compulsory), NOT coalesce(jsonb_exists(s.kept->'p'->CAST(p.ordinal AS text), 'has_finished_compulsory'), false) AND to_jsonb(q.has_finished_compulsory) IS DISTINCT FROM to_jsonb(p.has_finished_compulsory)),
    ('health', (SELECT jsonb_agg(c ORDER BY c) FROM unnest(q.health) c), (SELECT jsonb_agg(c ORDER BY c) FROM unnest(p.health) c), NOT coalesce(jsonb_exists(s.kept->'p'->CAST(p.ordinal AS text), 'health'), false) AND (SELECT jsonb_agg(c ORDER BY c) FROM unnest(q.health) c) IS DISTINCT FROM (SELECT jsonb_agg(c ORDER BY c) FROM unnest(p.health) c)),
    ('relief', to_jsonb(q.relief), to_jsonb(p.relief), NOT coalesce(jsonb_exists(s.kept->'p'->CAST(p.ordinal AS text), 'relief'), false) AND to_jsonb(q.relief) IS DISTINCT FROM to_jsonb(p.relief)),
    ('id_type', to_jsonb(q.id_type), to_jsonb(p.id_type), NOT coalesce(jsonb_exists(s.kept->'p'->CAST(p.ordinal AS text), 'id_type'), false) AND to_jsonb(q.id_type) IS DISTINCT FROM to_jsonb(p.id_type)),
    ('ethnicity', to_jsonb(q.ethnicity), to_jsonb(p.ethnicity), NOT coalesce(jsonb_exists(s.kept->'p'->CAST(p.ordinal AS text), 'ethnicity'), false) AND to_jsonb(q.ethnicity) IS DISTINCT FROM to_jsonb(p.ethnicity)),
    ('education', to_jsonb(q.education), to_jsonb(p.education), NOT coalesce(jsonb_exists(s.kept->'p'->CAST(p.ordinal AS text), 'education'), false) AND to_jsonb(q.education) IS DISTINCT FROM to_jsonb(p.education)),
    ('dropout_reason', to_jsonb(q.dropout_reason), to_jsonb(p.dropout_reason), NOT coalesce(jsonb_exists(s.kept->'p'->CAST(p.ordinal AS text), 'dropout_reason'), false) AND to_jsonb(q.dropout_reason) IS DISTINCT FROM to_jsonb(p.dropout_reason)),
    ('disability_category', to_jsonb(q.disability_category), to_jsonb(p.disability_category), NOT coalesce(jsonb_exists(s.kept->'p'->CAST(p.ordinal AS text), 'disability_category'), false) AND to_jsonb(q.disability_category) IS DISTINCT FROM to_jsonb(p.disability_category)),
    ('disability_level', to_jsonb(q.disability_level), to_jsonb(p.disability_level), NOT coalesce(jsonb_exists(s.kept->'p'->CAST(p.ordinal AS text), 'disability_level'), false) AND to_jsonb(q.disability_level) IS DISTINCT FROM to_jsonb(p.disability_level)),
    ('insured_resident', to_jsonb(q.insured_resident), to_jsonb(p.insured_resident), NOT coalesce(jsonb_exists(s.kept->'p'->CAST(p.ordinal AS text), 'insured_resident'), false) AND to_jsonb(q.insured_resident) IS DISTINCT FROM to_jsonb(p.insured_resident)),
    ('insured_employee', to_jsonb(q.insured_employee), to_jsonb(p.insured_employee), NOT coalesce(jsonb_exists(s.kept->'p'->CAST(p.ordinal AS text), 'insured_employee'), false) AND to_jsonb(q.insured_employee) IS DISTINCT FROM to_jsonb(p.insured_employee)),
    ('critical_insurance', to_jsonb(q.critical_insurance), to_jsonb(p.critical_insurance), NOT coalesce(jsonb_exists(s.kept->'p'->CAST(p.ordinal AS text), 'critical_insurance'), false) AND to_jsonb(q.critical_insurance) IS DISTINCT FROM to_jsonb(p.critical_insurance)),
    ('medical_aid', to_jsonb(q.medical_aid), to_jsonb(p.medical_aid), NOT coalesce(jsonb_exists(s.kept->'p'->CAST(p.ordinal AS text), 'medical_aid'), false) AND to_jsonb(q.medical_aid) IS DISTINCT FROM to_jsonb(p.medical_aid)),
    ('pension_resident', to_jsonb(q.pension_resident), to_jsonb(p.pension_resident), NOT coalesce(jsonb_exists(s.kept->'p'->CAST(p.ordinal AS text), 'pension_resident'), false) AND to_jsonb(q.pension_resident) IS DISTINCT FROM to_jsonb(p.pension_resident)),
    ('pension_employee', to_jsonb(q.pension_employee), to_jsonb(p.pension_employee), NOT coalesce(jsonb_exists(s.kept->'p'->CAST(p.ordinal AS text), 'pension_employee'), false) AND to_jsonb(q.pension_employee) IS DISTINCT FROM to_jsonb(p.pension_employee)),
    ('work_place', to_jsonb(q.work_place), to_jsonb(p.work_place), NOT coalesce(jsonb_exists(s.kept->'p'->CAST(p.ordinal AS text), 'work_place'), false) AND to_jsonb(q.work_place) IS DISTINCT FROM to_jsonb(p.work_place)),
    ('work_months', to_jsonb(q.work_months), to_jsonb(p.work_months), NOT coalesce(jsonb_exists(s.kept->'p'->CAST(p.ordinal AS text), 'work_months'), false) AND to_jsonb(q.work_months) IS DISTINCT FROM to_jsonb(p.work_months)),
    ('monthly_pay', to_jsonb(q.monthly_pay::text), to_jsonb(p.monthly_pay::text), NOT coalesce(jsonb_exists(s.kept->'p'->CAST(p.ordinal AS text), 'monthly_pay'), false) AND to_jsonb(q.monthly_pay::text) IS DISTINCT FROM to_jsonb(p.monthly_pay::text)),
    ('work_channel', to_jsonb(q.work_channel), to_jsonb(p.work_channel), NOT coalesce(jsonb_exists(s.kept->'p'->CAST(p.ordinal AS text), 'work_channel'), false) AND to_jsonb(q.work_channel) IS DISTINCT FROM to_jsonb(p.work_channel)),
    ('public_post', to_jsonb(q.public_post), to_jsonb(p.public_post), NOT coalesce(jsonb_exists(s.kept->'p'->CAST(p.ordinal AS text), 'public_post'), false) AND to_jsonb(q.public_post) IS DISTINCT FROM to_jsonb(p.public_post)),
    ('public_post_months', to_jsonb(q.public_post_months), to_jsonb(p.public_post_months), NOT coalesce(jsonb_exists(s.kept->'p'->CAST(p.ordinal AS text), 'public_post_months'), false) AND to_jsonb(q.public_post_months) IS DISTINCT FROM to_jsonb(p.public_post_months)),
    ('is_resettled_person', to_jsonb(q.is_resettled_person), to_jsonb(p.is_resettled_person), NOT coalesce(jsonb_exists(s.kept->'p'->CAST(p.ordinal AS text), 'is_resettled_person'), false) AND to_jsonb(q.is_resettled_person) IS DISTINCT FROM to_jsonb(p.is_resettled_person))
) v (field, registered, exported, is_difference)
WHERE v.is_difference
