-- Incomes out of staging.
INSERT INTO income (
    household_id, year, version, wage, business, property, transfer, business_cost, insurance_payout, self_paid, population, recorded_at, recorded_by)
SELECT m.household_id, s.year,
    CASE WHEN m.is_new THEN 1 ELSE 1 + COALESCE((SELECT max(i.version) FROM income i
         WHERE i.household_id = m.household_id AND i.year = s.year), 0) END,
    s.wage, s.business, s.property, s.transfer, s.business_cost, s.insurance_payout, s.self_paid,
    CASE WHEN m.is_new OR s.year >= :year THEN s.population
         ELSE COALESCE((SELECT i.population FROM income i WHERE i.household_id = m.household_id AND i.year = s.year
                        ORDER BY i.superseded_at DESC LIMIT 1), s.population) END,
    s.recorded_at, s.recorded_by
FROM s_map m
JOIN s_income s ON s.household_id = m.staged_id
WHERE NOT m.is_same
  AND (m.is_new OR NOT EXISTS (SELECT FROM income i WHERE i.household_id = m.household_id AND i.year = s.year
                                                      AND i.superseded_at IS NULL))
ORDER BY m.household_id, s.year
