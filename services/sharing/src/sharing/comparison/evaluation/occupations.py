"""Who works, holds a public post, or has left school, as one scan over the facts of persons."""

from __future__ import annotations

OCCUPATIONS_SQL = """
SELECT household.household_id, person.person_id, f.area_code, f.is_working, f.post_count AS posts,
    f.ranger_count AS rangers, f.left_school_on,
    f.left_school_on IS NOT NULL AND (f.goes_on_learning OR f.is_at_school OR f.is_registered_student) AS is_enrolled,
    f.trained_until, f.at_work_since
FROM person_fact f JOIN person ON person.pn = f.pn JOIN household ON household.hn = f.hn
WHERE (f.hh_type = '1' OR f.is_monitored)
    AND (f.is_working OR f.post_count + f.ranger_count > 0 OR f.left_school_on IS NOT NULL)
"""
"""Members of former poor and monitored households of whom a list says something: `sharing.occupations`' COLUMNS."""
