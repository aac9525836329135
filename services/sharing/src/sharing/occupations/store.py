"""Statements of occupations."""

from __future__ import annotations

COLUMNS = (
    "household_id", "person_id", "area_code", "is_working", "posts", "rangers", "left_school_on", "is_enrolled",
    "trained_until", "at_work_since",
)  # fmt: skip

TOLD = """
CREATE TEMP TABLE IF NOT EXISTS occupation_told (household_id text, person_id text, area_code text, is_working boolean,
    posts int, rangers int, left_school_on date, is_enrolled boolean, trained_until date, at_work_since date)
    ON COMMIT DELETE ROWS
"""
FORGET = "DELETE FROM occupation WHERE period = :period AND area_code >= :low AND area_code < :high"
FORGET_VILLAGES = "DELETE FROM occupation_village WHERE period = :period AND area_code >= :low AND area_code < :high"
# Somebody whose household came from elsewhere while the month lasted may have a row there.
KEEP = f"""
INSERT INTO occupation (period, {", ".join(COLUMNS)})
SELECT :period, {", ".join(COLUMNS)} FROM occupation_told
ON CONFLICT (period, household_id, person_id) DO UPDATE
SET {", ".join(f"{name} = EXCLUDED.{name}" for name in COLUMNS[2:])}
"""
KEEP_VILLAGES = """
INSERT INTO occupation_village (area_code, period, run_id, told_at, knows_work, knows_posts, knows_leavers,
    knows_income, post_stay_months, leaver_months, stable_work_months)
SELECT v.area_code, :period, :run, :at, v.knows_work, v.knows_posts, v.knows_leavers, v.knows_income,
    v.post_stay_months, v.leaver_months, v.stable_work_months
FROM jsonb_to_recordset(:villages) AS v (area_code text, knows_work boolean, knows_posts boolean,
    knows_leavers boolean, knows_income boolean, post_stay_months int, leaver_months int, stable_work_months int)
"""
PRUNE = ("DELETE FROM occupation WHERE period < :oldest", "DELETE FROM occupation_village WHERE period < :oldest")
