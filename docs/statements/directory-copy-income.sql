-- The directory for a comparison.
SELECT household_id, year, net, per_capita_net, ref_per_capita, self_paid
FROM directory_income
