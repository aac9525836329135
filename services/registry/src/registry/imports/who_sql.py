"""SQL of an import: which registered household and person each staged one is: one id through every change."""

from __future__ import annotations

CHANGED_IDS = "SELECT m.household_id FROM s_map m WHERE NOT m.is_new AND NOT m.is_same"

# Who is who: by number of the identity card, else by person number. Somebody may come from another household of the
# file, or from none, having left one before. Who has no number that tells is `same_person`'s question.
_SAME = """
        SELECT p.id AS staged_id, q.id AS person_id, {rank} AS rank, q.is_active, q.left_on
        FROM s_map m JOIN s_person p ON p.household_id = m.staged_id
        JOIN person q ON q.{key} = p.{key} AND {which}
        WHERE NOT m.is_same AND q.merged_into IS NULL"""
_HERE = f"q.is_active AND q.household_id IN ({CHANGED_IDS})"
_LEFT = "NOT q.is_active"
MAP_PERSONS = f"""
    CREATE TEMP TABLE s_known ON COMMIT DROP AS
    SELECT DISTINCT ON (person_id) staged_id, person_id FROM (
        SELECT DISTINCT ON (staged_id) * FROM (
{
    " UNION ALL ".join(
        _SAME.format(key=key, rank=rank, which=which)
        for rank, key, which in (
            (1, "id_index", _HERE),
            (1, "id_index_even", _HERE),
            (2, "id_index", _LEFT),
            (2, "id_index_even", _LEFT),
            (3, "person_no", _HERE),
            (4, "person_no", _LEFT),
        )
    )
}
        ) found ORDER BY staged_id, rank, left_on DESC NULLS LAST, person_id) candidates
    ORDER BY person_id, rank
"""

# Whom no number tells, in one household: pairs of which `same_person.pairs` chooses.
UNTOLD_PERSONS = """
    SELECT p.id::text AS staged_id, q.id::text AS person_id, p.identity AS staged, p.id_index AS staged_index,
           p.id_index_even AS staged_even, q.identity, q.id_index, q.id_index_even,
           p.birth_date = q.birth_date AS is_same_birth, p.sex = q.sex AS is_same_sex,
           p.relation = q.relation AS is_same_relation,
           q.id_index IS NULL AND q.id_index_even IS NULL AS was_without_number
    FROM s_map m
    JOIN s_person p ON p.household_id = m.staged_id
    JOIN person q ON q.household_id = m.household_id AND q.is_active
    WHERE NOT m.is_new AND NOT m.is_same
      AND NOT EXISTS (SELECT FROM s_known k WHERE k.staged_id = p.id OR k.person_id = q.id)
      AND (p.birth_date = q.birth_date OR p.relation = q.relation)
      AND COALESCE(p.person_no = q.person_no, true)
    ORDER BY p.household_id, p.ordinal, q.ordinal
"""
KEEP_KNOWN = """
    INSERT INTO s_known (staged_id, person_id)
    SELECT * FROM unnest(CAST(:staged AS uuid[]), CAST(:persons AS uuid[]))
"""

# A household with a number that nobody has, whose members (ID number and name) are all those of one registered, is
# that household under another number, unless the file names it under its own, or a member under another person number.
RENUMBERED = """
    CREATE TEMP TABLE s_renumbered ON COMMIT DROP AS
    SELECT found.line, found.household_id, h.hh_no AS before FROM (
        SELECT m.line, min(COALESCE(q.household_id, e.household_id)::text)::uuid AS household_id,
               count(DISTINCT COALESCE(q.household_id, e.household_id)) AS homes, count(*) AS members,
               count(COALESCE(q.household_id, e.household_id)) AS known
        FROM s_map m JOIN s_person p ON p.household_id = m.staged_id
        LEFT JOIN person q ON q.is_active AND q.id_index = p.id_index
        LEFT JOIN person e ON e.is_active AND e.id_index_even = p.id_index_even
        WHERE m.is_new AND (p.id_index IS NOT NULL OR p.id_index_even IS NOT NULL)
        GROUP BY m.line
        HAVING bool_and(p.person_token = COALESCE(q.person_token, e.person_token)
                        AND COALESCE(p.person_no = COALESCE(q.person_no, e.person_no), true))) found
    JOIN household h ON h.id = found.household_id
    WHERE found.homes = 1 AND found.members = found.known AND h.status = 'active'
      AND NOT EXISTS (SELECT FROM s_map o WHERE o.household_id = found.household_id)
      AND found.members = (SELECT count(*) FROM person x WHERE x.household_id = found.household_id AND x.is_active
                             AND (x.id_index IS NOT NULL OR x.id_index_even IS NOT NULL))
"""
MAP_RENUMBERED = """
    UPDATE s_map m SET household_id = r.household_id, is_new = false, is_same = false,
        old_village_code = h.village_code, old_status = h.status
    FROM s_renumbered r JOIN household h ON h.id = r.household_id
    WHERE m.line = r.line
      AND (SELECT count(*) FROM s_renumbered o WHERE o.household_id = r.household_id) = 1
"""
KEEP_RENUMBERED = """
    INSERT INTO identity_change (id, kind, household_id, before, after, reason, occurred_on, recorded_at, recorded_by)
    SELECT uuidv7(), 'household_renumbered', m.household_id, r.before, m.hh_no, :reason, :today, :at, :by
    FROM s_renumbered r JOIN s_map m ON m.line = r.line AND m.household_id = r.household_id
"""
