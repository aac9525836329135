"""SQL of an import: which households of the file are refused, and why. Each of them has its line in `s_reject`.

A household is taken whole or not at all, so whatever is wrong with one of its members refuses it.
"""

from __future__ import annotations

from registry.imports.sql import VALID_VILLAGE
from registry.imports.texts import FAULTS
from registry.place_names import NAMED_BY, UNKNOWN, unknown


def reject_unknown_villages(area_clause: str) -> str:
    """Refuse households of areas that do not exist, are no longer valid, or are not the caller's: told alike."""
    return f"""
    INSERT INTO s_reject (line, rows, hh_no, field, code, message)
    SELECT s.line, s.rows, s.hh_no, '/village_code', 'village_code.unknown',
           '{FAULTS["village_code.unknown"]}'
    FROM s_household s
    WHERE NOT EXISTS (
        SELECT FROM area a
        WHERE a.code = s.village_code AND {VALID_VILLAGE} AND {area_clause})
    """


# Where a village keeps a register of its groups or grids, or a county of its sites, a household names one of them.
REJECT_UNKNOWN_PLACES = tuple(
    f"""
    INSERT INTO s_reject (line, rows, hh_no, field, code, message)
    SELECT s.line, s.rows, s.hh_no, '/{field}', '{field}.unknown', '{UNKNOWN[kind]}'
    FROM s_household s WHERE {unknown(kind, "s.village_code", f"nullif(s.{field}, '')")}
    """
    for kind, field in NAMED_BY.items()
)

# In a flat file the rows of a household that do not stand together are two halves: neither is complete.
REJECT_REPEATED_HOUSEHOLDS = f"""
    INSERT INTO s_reject (line, rows, hh_no, field, code, message)
    SELECT s.line, s.rows, s.hh_no, '/hh_no', 'household.duplicate',
           '{FAULTS["household.duplicate"]}'
    FROM s_household s
    JOIN (SELECT hh_no, min(line) AS first FROM (
              SELECT hh_no, line FROM s_household
              UNION ALL
              SELECT o.hh_no, t.line
              FROM s_household s JOIN household o USING (hh_no) JOIN s_taken t ON t.household_id = o.id
          ) named GROUP BY hh_no HAVING count(*) > 1) d USING (hh_no)
    WHERE s.line <> d.first OR :is_flat
"""

# Part of a flat household was refused while reading: what is left of it is not the household.
REJECT_REMNANTS = f"""
    INSERT INTO s_reject (line, rows, hh_no, field, code, message)
    SELECT s.line, s.rows, s.hh_no, '', 'household.incomplete',
           '{FAULTS["household.incomplete"]}'
    FROM s_household s
    WHERE EXISTS (SELECT FROM s_reject r WHERE r.hh_no = s.hh_no)
"""

DROP_REJECTED = "DELETE FROM s_household s USING s_reject r WHERE r.line = s.line"


def reject_foreign_households(area_clause: str) -> str:
    """Refuse to take over a household that is registered outside the caller's areas, or that has ended."""
    return f"""
    INSERT INTO s_reject (line, rows, hh_no, field, code, message)
    SELECT m.line, m.rows, m.hh_no, '/hh_no',
           CASE WHEN {area_clause} THEN 'household.ended' ELSE 'household.elsewhere' END,
           CASE WHEN {area_clause} THEN '{FAULTS["household.ended"]}'
                ELSE '{FAULTS["household.elsewhere"]}' END
    FROM s_map m
    WHERE NOT m.is_new AND (NOT {area_clause} OR m.old_status <> 'active')
    """


REJECT_EXISTING_HOUSEHOLDS = f"""
    INSERT INTO s_reject (line, rows, hh_no, field, code, message)
    SELECT m.line, m.rows, m.hh_no, '/hh_no', 'household.exists', '{FAULTS["household.exists"]}'
    FROM s_map m WHERE NOT m.is_new
"""

DROP_REJECTED_FROM_MAP = "DELETE FROM s_map m USING s_reject r WHERE r.line = m.line"

# The first household of the file that names a person keeps it; later ones are refused whole. The persons of households
# that were taken in already came before in the file; their tokens are not indexed, their blind indexes are.
_TAKEN_PERSON = """
    SELECT p.id FROM s_map m
    JOIN s_person p ON p.household_id = m.staged_id
    JOIN person q ON q.{key} = p.{key} AND q.is_active
    JOIN s_taken t ON t.household_id = q.household_id
"""
REJECT_REPEATED_PERSONS = f"""
    INSERT INTO s_reject (line, rows, hh_no, person_no, field, code, message)
    SELECT m.line, 0, m.hh_no, p.person_no, '/members/' || p.ordinal || '/id_no', 'person.duplicate',
           '{FAULTS["person.duplicate"]}'
    FROM s_person p
    JOIN s_map m ON m.staged_id = p.household_id
    LEFT JOIN (SELECT q.id_token, min(o.line) AS first FROM s_person q JOIN s_map o ON o.staged_id = q.household_id
               WHERE q.id_token IS NOT NULL GROUP BY q.id_token HAVING count(*) > 1) d ON d.id_token = p.id_token
    WHERE d.first <> m.line
       OR p.id IN ({_TAKEN_PERSON.format(key="id_index")} UNION ALL {_TAKEN_PERSON.format(key="id_index_even")})
"""

REJECT_REPEATED_PERSON_NOS = f"""
    INSERT INTO s_reject (line, rows, hh_no, person_no, field, code, message)
    SELECT m.line, 0, m.hh_no, p.person_no, '/members/' || p.ordinal || '/person_no', 'person_no.duplicate',
           '{FAULTS["person_no.duplicate"]}'
    FROM s_person p
    JOIN s_map m ON m.staged_id = p.household_id
    LEFT JOIN (SELECT q.person_no, min(o.line) AS first FROM s_person q JOIN s_map o ON o.staged_id = q.household_id
               WHERE q.person_no IS NOT NULL GROUP BY q.person_no HAVING count(*) > 1) d ON d.person_no = p.person_no
    WHERE d.first <> m.line OR p.id IN ({_TAKEN_PERSON.format(key="person_no")})
"""

# A person may move between two households of the same file; otherwise it must leave its household first.
# Refusing one household may make another one's move impossible, so this runs until nothing more is refused.
# The two index columns are joined one by one: a condition with OR could not be hashed. While both are filled both
# find the same persons.
_PERSONS_ELSEWHERE = """
    SELECT m.line, q.id
    FROM s_map m
    JOIN s_person p ON p.household_id = m.staged_id
    JOIN person q ON q.{index} = p.{index} AND q.is_active AND q.household_id IS DISTINCT FROM m.household_id
    WHERE NOT EXISTS (SELECT FROM s_map o WHERE o.household_id = q.household_id)
"""
MATCH_PERSONS_ELSEWHERE = f"""
    INSERT INTO s_match (line, person_id)
    {_PERSONS_ELSEWHERE.format(index="id_index")}
    UNION
    {_PERSONS_ELSEWHERE.format(index="id_index_even")}
"""
# Which member it is would be an answer to every number that somebody cares to try: the household is told.
REJECT_PERSONS_ELSEWHERE = f"""
    INSERT INTO s_reject (line, rows, hh_no, field, code, message)
    SELECT DISTINCT m.line, 0, m.hh_no, '/members', 'members.in_other_household',
           '{FAULTS["members.in_other_household"]}'
    FROM s_match JOIN s_map m USING (line)
"""
REJECT_PERSON_NOS_ELSEWHERE = f"""
    INSERT INTO s_reject (line, rows, hh_no, person_no, field, code, message)
    SELECT m.line, 0, m.hh_no, p.person_no, '/members/' || p.ordinal || '/person_no', 'person_no.in_other_household',
           '{FAULTS["person_no.in_other_household"]}'
    FROM s_map m
    JOIN s_person p ON p.household_id = m.staged_id
    JOIN person q ON q.person_no = p.person_no AND q.is_active AND q.household_id IS DISTINCT FROM m.household_id
    WHERE NOT EXISTS (SELECT FROM s_map o WHERE o.household_id = q.household_id)
"""
MATCHES = "SELECT DISTINCT person_id FROM s_match"

# The rows of a household that the merge refused count once, with its first reject.
COUNT_LOST_ROWS = """
    UPDATE s_reject r SET rows = s.rows
    FROM s_household s
    WHERE r.line = s.line AND r.rows = 0
      AND r.position = (SELECT min(o.position) FROM s_reject o WHERE o.line = r.line)
"""

KEEP_REJECTS = """
    INSERT INTO import_reject (import_id, line, ordinal, hh_no, person_no, field, code, message, sheet, sheet_row)
    SELECT CAST(:import_id AS uuid), r.line, row_number() OVER (PARTITION BY r.line ORDER BY r.position), r.hh_no,
           r.person_no, r.field, r.code, r.message, s.name, r.line - s.first_line + 1
    FROM s_reject r
    LEFT JOIN LATERAL (SELECT * FROM s_sheet WHERE first_line <= r.line ORDER BY first_line DESC LIMIT 1) s ON true
"""

COUNTS = """
    SELECT count(DISTINCT COALESCE(hh_no, 'line ' || line)) AS households_rejected,
           COALESCE(sum(rows), 0) AS rows_rejected
    FROM s_reject
"""
REJECT_CODES = "SELECT code, count(*) AS total FROM s_reject GROUP BY code ORDER BY code"
