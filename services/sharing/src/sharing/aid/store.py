"""Statements of aid. `aid_found` holds what a run found, between two commits."""

from __future__ import annotations

COLUMNS = (
    "aid_id", "household_id", "person_id", "dataset", "named_by", "given_on", "until", "amount", "row_period",
)  # fmt: skip

FOUND = """
CREATE TEMP TABLE IF NOT EXISTS aid_found (aid_id text, household_id text, person_id text, dataset text, named_by text,
    given_on date, until date, amount numeric(14, 2), row_period text) ON COMMIT DELETE ROWS
"""
# A list is silent where it was not delivered, or waits to be believed.
UNHEARD = """
DELETE FROM aid_found t USING directory_household d
WHERE d.household_id = t.household_id AND NOT EXISTS (
    SELECT FROM unnest(CAST(:datasets AS text[]), CAST(:areas AS text[])) AS k (dataset, area_code)
    WHERE k.dataset = t.dataset AND k.area_code = d.area_code)
"""
# What an older month says never replaces what a newer one said. The same again is no news.
TAKE = """
INSERT INTO aid AS a
    (aid_id, household_id, person_id, dataset, named_by, given_on, until, amount, row_period, period, run_id, told_at)
SELECT t.aid_id, t.household_id, t.person_id, t.dataset, t.named_by, t.given_on, t.until, t.amount, t.row_period,
    :period, :run, :at
FROM aid_found t ORDER BY t.aid_id
ON CONFLICT (aid_id) DO UPDATE SET
    named_by = EXCLUDED.named_by, given_on = EXCLUDED.given_on, until = EXCLUDED.until, amount = EXCLUDED.amount,
    row_period = EXCLUDED.row_period, period = EXCLUDED.period, run_id = EXCLUDED.run_id, told_at = EXCLUDED.told_at,
    ended_by = NULL, was_wrong = NULL, ended_at = NULL
WHERE a.period <= EXCLUDED.period AND (a.ended_at IS NOT NULL
    OR (a.named_by, a.given_on, a.until, a.amount)
        IS DISTINCT FROM (EXCLUDED.named_by, EXCLUDED.given_on, EXCLUDED.until, EXCLUDED.amount))
"""
FOUND_AGAIN = """
UPDATE aid a SET period = :period, row_period = t.row_period FROM aid_found t
WHERE t.aid_id = a.aid_id AND a.period <= :period AND (a.period, a.row_period) <> (:period, t.row_period)
"""

# Only a dataset that was heard ends what it said, and only of whom it could still tell: an older delivery of a dataset
# that adds up is read no more, and who has left the register is in no comparison. `since`: the oldest month read.
END = """
UPDATE aid a SET ended_at = :at, ended_by = :run, was_wrong = NOT k.is_whole OR a.row_period >= :period
FROM directory_person p JOIN directory_household d USING (household_id)
JOIN unnest(CAST(:datasets AS text[]), CAST(:areas AS text[]), CAST(:whole AS bool[]), CAST(:since AS text[]))
    AS k (dataset, area_code, is_whole, since) ON k.area_code = d.area_code
WHERE p.person_id = a.person_id AND d.status = 'active' AND {about} AND k.dataset = a.dataset
  AND a.ended_at IS NULL AND a.period <= :period AND (k.is_whole OR a.row_period >= k.since)
  AND NOT EXISTS (SELECT FROM aid_found t WHERE t.aid_id = a.aid_id)
"""
OF_AREA = "d.area_code >= :low AND d.area_code < :high"
OF_HOUSEHOLDS = "d.household_id IN (SELECT household_id FROM comparison_run_household WHERE run_id = :run)"

TOLD = "aid a JOIN json_each(CAST(:words AS json)) AS n (dataset, words) USING (dataset)"
TOLD += " WHERE a.run_id = :run AND a.told_at = :at AND a.ended_at IS NULL ORDER BY a.household_id, a.aid_id"
ENDED = "aid a WHERE a.ended_by = :run ORDER BY a.household_id, a.aid_id"
