-- Households whose income of the year before fell, by what most made it fall; `none` where the reason is not known.
SELECT h.area_code, m.household_id::text, m.household_id::text,
    jsonb_build_object('reason', coalesce(m.reason, 'none'), 'cohort', m.cohorts), 1, CAST(NULL AS numeric)
FROM income_cohort_member m JOIN household_at(:ends_at) h ON h.id = m.household_id
WHERE m.year = extract(year FROM :last_on) AND m.joined_on <= :last_on AND coalesce(m.left_on > :last_on, true)
  AND m.cohorts && ARRAY['income_fell', 'income_fell_twice']
