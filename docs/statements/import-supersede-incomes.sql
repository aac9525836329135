-- Incomes that a file changes.
UPDATE income i SET superseded_at = :at
FROM s_map m
JOIN s_income s ON s.household_id = m.staged_id
WHERE NOT m.is_new AND NOT m.is_same AND i.household_id = m.household_id AND i.year = s.year
  AND i.superseded_at IS NULL
  AND ((i.wage, i.business, i.property, i.transfer, i.business_cost, i.insurance_payout, i.self_paid)
      IS DISTINCT FROM
      (s.wage, s.business, s.property, s.transfer, s.business_cost, s.insurance_payout, s.self_paid)
      OR i.year >= :year AND i.population <> s.population)
