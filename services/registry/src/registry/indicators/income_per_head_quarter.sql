-- Quarters are registered where somebody does; who has none counts nowhere here.
SELECT i.area_code, i.household_id::text, i.household_id::text, jsonb '{}', s.net, s.population
FROM counted_income(:last_on, :ends_at) i
JOIN income_snapshot s ON s.household_id = i.household_id AND s.kind = 'quarter' AND s.period_to = :last_on
    AND s.superseded_at IS NULL
