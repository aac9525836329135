SELECT i.area_code, i.household_id::text, i.household_id::text,
    jsonb_build_object('known', CASE WHEN i.is_known THEN 'yes' ELSE 'no' END),
    CASE WHEN i.is_known THEN i.persons ELSE 0 END, i.persons
FROM counted_income(:last_on, :ends_at) i
