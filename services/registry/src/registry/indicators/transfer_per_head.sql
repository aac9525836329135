-- A household without a registered income of the year counts nowhere here: income_known says how many there are.
SELECT i.area_code, i.household_id::text, i.household_id::text, jsonb '{}', i.transfer, i.people
FROM counted_income(:last_on, :ends_at) i
WHERE i.is_known
