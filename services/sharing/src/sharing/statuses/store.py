"""Statements of claims. `told` holds what a run found, between two commits."""

from __future__ import annotations

TOLD = """
CREATE TEMP TABLE IF NOT EXISTS status_told (household_id text, dataset text, guarantee text, is_safe boolean,
    as_of date, facts jsonb) ON COMMIT DELETE ROWS
"""

# What an older period says never replaces what a newer one said. The same claim again is no news.
CLAIM = """
INSERT INTO status_claim AS c (household_id, dataset, guarantee, is_safe, as_of, facts, period, run_id, claimed_at)
SELECT t.household_id, t.dataset, t.guarantee, t.is_safe, t.as_of, t.facts, :period, :run, :at
FROM status_told t ORDER BY t.household_id, t.dataset
ON CONFLICT (household_id, dataset) DO UPDATE SET
    guarantee = EXCLUDED.guarantee, is_safe = EXCLUDED.is_safe, as_of = EXCLUDED.as_of, facts = EXCLUDED.facts,
    period = EXCLUDED.period, run_id = EXCLUDED.run_id, claimed_at = EXCLUDED.claimed_at,
    withdrawn_by = NULL, withdrawn_at = NULL
WHERE c.period <= EXCLUDED.period AND (c.withdrawn_at IS NOT NULL
    OR (c.guarantee, c.is_safe, c.as_of, c.facts)
        IS DISTINCT FROM (EXCLUDED.guarantee, EXCLUDED.is_safe, EXCLUDED.as_of, EXCLUDED.facts))
"""
SAID_AGAIN = """
UPDATE status_claim c SET period = :period FROM status_told t
WHERE t.household_id = c.household_id AND t.dataset = c.dataset AND c.period < :period
"""

# Without data nothing is known, neither way: only a dataset that was heard takes its claims back.
WITHDRAW = """
UPDATE status_claim c SET withdrawn_at = :at, withdrawn_by = :run
FROM directory_household d
JOIN unnest(CAST(:datasets AS text[]), CAST(:areas AS text[])) AS k (dataset, area_code) ON k.area_code = d.area_code
WHERE d.household_id = c.household_id AND d.status = 'active' AND {told} AND k.dataset = c.dataset
  AND c.withdrawn_at IS NULL AND c.period <= :period
  AND NOT EXISTS (SELECT FROM status_told t WHERE t.household_id = c.household_id AND t.dataset = c.dataset)
"""
OF_AREA = "d.area_code >= :low AND d.area_code < :high"
OF_HOUSEHOLDS = "d.household_id IN (SELECT household_id FROM comparison_run_household WHERE run_id = :run)"

CLAIMED = "status_claim c JOIN json_each(CAST(:words AS json)) AS n (dataset, words) USING (dataset)"
CLAIMED += " WHERE c.run_id = :run AND c.withdrawn_at IS NULL ORDER BY c.household_id, c.dataset"
WITHDRAWN = "status_claim c WHERE c.withdrawn_by = :run ORDER BY c.household_id, c.dataset"
