-- The active members of the chosen households; each with the sex of the head that it lives with.
SELECT h.id AS household_id, p.id AS subject_id, left(h.village_code, 6) || '000000' AS county,
    CAST(extract(year FROM age(CAST(:today AS date), p.birth_date)) AS int) AS age,
    p.sex, p.relation, p.labour, p.school_stage, p.education, p.relief, p.insured_resident, p.insured_employee,
    p.work_months, p.monthly_pay, p.public_post,
    coalesce(p.work_months > 0, false) OR p.public_post IS NOT NULL AS is_working,
    max(p.sex) FILTER (WHERE p.relation = 'head') OVER (PARTITION BY p.household_id) AS head_sex,
    cardinality(p.health) AS conditions,
    'healthy' = ANY(p.health) AS is_healthy,
    p.health && ARRAY['chronic', 'major_disease'] AS is_ill,
    'disabled' = ANY(p.health) AS is_disabled
FROM quality_chosen c
JOIN household h ON h.id = c.household_id AND h.status = 'active'
JOIN person p ON p.household_id = h.id AND p.is_active
