-- Who is said to have neither insurance. Of whom nothing is said is not known to be without: no zero, and no one here.
SELECT p.area_code, p.id, p.household_id::text,
    jsonb_build_object('type', p.hh_type, 'relief', coalesce(p.relief, 'none')), 1, CAST(NULL AS numeric)
FROM person_at(:ends_at) p
WHERE p.insured_resident IS FALSE AND p.insured_employee IS NOT TRUE
