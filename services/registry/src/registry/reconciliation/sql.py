"""SQL of a comparison: which registered household and person each exported one is, and in what they differ. Pure.

An import stages what it read in `s_household`, `s_person`, `s_income`, `s_map` (a line that passed its checks) and
`s_reject`; from there on everything is a set: `s_twin` says which household a line is, `s_known` which person.
"""

from __future__ import annotations

from contracts.fields import HOUSEHOLD, PERSON, plain
from contracts.vocabulary import HouseholdType, Relation
from registry.reconciliation.values import AMOUNTS, MONITORED_BOTH, both

_HEAD = (
    "(SELECT p.name_masked FROM s_person p WHERE p.household_id = m.staged_id AND p.relation ="
    f" '{Relation.HEAD}' ORDER BY p.ordinal LIMIT 1)"
)

# By its number first.
TWINS = """
    CREATE TEMP TABLE s_twin ON COMMIT DROP AS
    SELECT m.line, m.staged_id, m.hh_no, h.id AS household_id, false AS is_ambiguous
    FROM s_map m LEFT JOIN household h ON h.hh_no = m.hh_no AND h.status = 'active' AND {own}
"""

# By its number in the national system, or by that of the identity card.
CANDIDATES = """
    CREATE TEMP TABLE s_candidate ON COMMIT DROP AS
    SELECT p.id AS staged_id, p.household_id AS staged_home, q.id AS person_id, q.household_id AS home
    FROM s_map m JOIN s_person p ON p.household_id = m.staged_id
    JOIN person q ON q.is_active AND q.person_no = p.person_no
    JOIN household h ON h.id = q.household_id AND {own}
    UNION
    SELECT p.id, p.household_id, q.id, q.household_id
    FROM s_map m JOIN s_person p ON p.household_id = m.staged_id
    JOIN person q ON q.is_active AND q.id_index = p.id_index
    JOIN household h ON h.id = q.household_id AND {own}
    UNION
    SELECT p.id, p.household_id, q.id, q.household_id
    FROM s_map m JOIN s_person p ON p.household_id = m.staged_id
    JOIN person q ON q.is_active AND q.id_index_even = p.id_index_even
    JOIN household h ON h.id = q.household_id AND {own}
"""
AMBIGUOUS = """
    CREATE TEMP TABLE s_ambiguous ON COMMIT DROP AS
    SELECT staged_id, person_id FROM s_candidate c
    WHERE (SELECT count(*) FROM s_candidate o WHERE o.staged_id = c.staged_id) > 1
       OR (SELECT count(*) FROM s_candidate o WHERE o.person_id = c.person_id) > 1
"""
KNOWN = """
    CREATE TEMP TABLE s_known ON COMMIT DROP AS
    SELECT c.staged_id, c.person_id FROM s_candidate c
    WHERE NOT EXISTS (SELECT FROM s_ambiguous a WHERE a.staged_id = c.staged_id)
"""
INDEX = (
    "CREATE INDEX ON s_candidate (staged_id)",
    "CREATE INDEX ON s_candidate (person_id)",
    "ANALYZE s_candidate",
    "ANALYZE s_twin",
)
# What a plan is made of: a temporary table tells nothing of itself.
ANALYZE = ("ANALYZE s_ambiguous", "ANALYZE s_known")

# A household under a number that is not registered is the one that at least half of its members are in; of several
# such, or one that another line is as well, nobody knows.
_HOMES = """
    SELECT t.staged_id, c.home, count(DISTINCT c.staged_id) AS found,
           (SELECT count(*) FROM s_person p WHERE p.household_id = t.staged_id) AS members
    FROM s_twin t JOIN s_candidate c ON c.staged_home = t.staged_id
    WHERE t.household_id IS NULL
      AND NOT EXISTS (SELECT FROM s_twin o WHERE o.household_id = c.home)
    GROUP BY t.staged_id, c.home
"""
TWINS_BY_MEMBERS = f"""
    WITH homes AS ({_HOMES}), likely AS (
        SELECT staged_id, home, count(*) OVER (PARTITION BY staged_id) AS homes,
               count(*) OVER (PARTITION BY home) AS lines
        FROM homes WHERE 2 * found >= members)
    UPDATE s_twin t SET household_id = CASE WHEN l.homes = 1 AND l.lines = 1 THEN l.home END,
        is_ambiguous = l.homes > 1 OR l.lines > 1
    FROM likely l WHERE l.staged_id = t.staged_id
"""

# Whom no number tells, in one household: pairs of which `same_person.pairs` chooses.
UNTOLD = """
    SELECT p.id::text AS staged_id, q.id::text AS person_id, p.identity AS staged, p.id_index AS staged_index,
           p.id_index_even AS staged_even, q.identity, q.id_index, q.id_index_even,
           p.birth_date = q.birth_date AS is_same_birth, p.sex = q.sex AS is_same_sex,
           p.relation = q.relation AS is_same_relation,
           q.id_index IS NULL AND q.id_index_even IS NULL AS was_without_number
    FROM s_twin t
    JOIN s_person p ON p.household_id = t.staged_id
    JOIN person q ON q.household_id = t.household_id AND q.is_active
    WHERE NOT EXISTS (SELECT FROM s_candidate c WHERE c.staged_id = p.id OR c.person_id = q.id)
      AND (p.birth_date = q.birth_date OR p.relation = q.relation)
      AND COALESCE(p.person_no = q.person_no, true)
    ORDER BY p.household_id, p.ordinal, q.ordinal
"""
KEEP_KNOWN = """
    INSERT INTO s_known (staged_id, person_id)
    SELECT * FROM unnest(CAST(:staged AS uuid[]), CAST(:persons AS uuid[]))
"""

_INTO = """
    INSERT INTO reconciliation_difference (id, reconciliation_id, kind, subject, field, year, area_code, household_id,
        person_id, hh_no, person_no, who, line, registered, exported, is_sealed, exported_mark, state, revision,
        household_version)
    SELECT uuidv7(), CAST(:id AS uuid), {kind}, '{subject}', {field}, {year}, {area}, {household}, {person}, {hh_no},
        {person_no}, {who}, {line}, {registered}, {exported}, false, {mark}, 'open', 1, {version}
"""
_NOTHING = {
    "field": "''", "year": "NULL::int", "person": "NULL::uuid", "person_no": "NULL", "who": "NULL", "line": "t.line",
    "registered": "NULL::jsonb", "exported": "NULL::jsonb", "mark": "NULL::bytea", "area": "h.village_code",
    "household": "h.id", "hh_no": "h.hh_no", "version": "h.version",
}  # fmt: skip
_FIELD = {"kind": "'field'", "field": "v.field", "registered": "v.registered", "exported": "v.exported"}


def _insert(subject: str, **columns: str) -> str:
    return _INTO.format(subject=subject, **(_NOTHING | columns))


OF_HOUSEHOLDS = f"""{_insert("household", **_FIELD)}
    FROM s_twin t JOIN s_household s ON s.id = t.staged_id JOIN household h ON h.id = t.household_id
    CROSS JOIN LATERAL (VALUES
        {both(plain(HOUSEHOLD), "h", "s", "s.kept->'h'")},
        {MONITORED_BOTH}
    ) v (field, registered, exported, is_difference)
    WHERE v.is_difference
"""
OF_PERSONS = f"""{_insert("person", **_FIELD, person="q.id", person_no="q.person_no")}
    FROM s_known k JOIN s_person p ON p.id = k.staged_id JOIN person q ON q.id = k.person_id
    JOIN s_twin t ON t.staged_id = p.household_id JOIN s_household s ON s.id = t.staged_id
    JOIN household h ON h.id = t.household_id AND h.id = q.household_id
    CROSS JOIN LATERAL (VALUES
        {both(plain(PERSON), "q", "p", "s.kept->'p'->CAST(p.ordinal AS text)")}
    ) v (field, registered, exported, is_difference)
    WHERE v.is_difference
"""
OF_INCOMES = f"""{_insert("income", **_FIELD, year="n.year")}
    FROM s_twin t JOIN s_household s ON s.id = t.staged_id JOIN household h ON h.id = t.household_id
    JOIN s_income n ON n.household_id = t.staged_id
    LEFT JOIN income i ON i.household_id = h.id AND i.year = n.year AND i.superseded_at IS NULL
    CROSS JOIN LATERAL (VALUES
        {both(AMOUNTS, "i", "n", "s.kept->'i'->CAST(n.year AS text)")}
    ) v (field, registered, exported, is_difference)
    WHERE v.is_difference
"""

_OF_EXPORT = {"area": "s.village_code", "household": "NULL::uuid", "hh_no": "s.hh_no", "version": "NULL::int"}
HOUSEHOLDS_OF_EXPORT = f"""{
    _insert(
        "household",
        **_OF_EXPORT,
        kind="CASE WHEN t.is_ambiguous THEN 'ambiguous' ELSE 'only_in_export' END",
        who=_HEAD.replace("m.staged_id", "t.staged_id"),
        exported="to_jsonb(s.hh_no)",
    )
}
    FROM s_twin t JOIN s_household s ON s.id = t.staged_id WHERE t.household_id IS NULL
"""
# The national system has who is, or was, poor or monitored: of other households it may well say nothing. A line that
# was refused says that its household is there.
HOUSEHOLDS_OF_REGISTER = f"""{
    _insert("household", kind="'only_in_register'", line="NULL::int", registered="to_jsonb(h.hh_no)")
}
    FROM household h
    WHERE h.status = 'active' AND (h.is_monitored OR h.hh_type = '{HouseholdType.FORMER_POOR}')
      AND h.village_code = ANY(CAST(:villages AS text[])) AND {{own}}
      AND NOT EXISTS (SELECT FROM s_twin t WHERE t.household_id = h.id)
      AND NOT EXISTS (SELECT FROM s_reject r WHERE r.hh_no = h.hh_no)
      AND NOT EXISTS (SELECT FROM s_candidate c JOIN s_twin t ON t.staged_id = c.staged_home AND t.is_ambiguous
                      WHERE c.home = h.id)
"""
_PERSON_OF_EXPORT = {
    "person_no": "p.person_no", "who": "p.name_masked", "mark": "coalesce(p.id_index, p.id_index_even)",
}  # fmt: skip
PERSONS_OF_EXPORT = f"""{
    _insert(
        "person",
        **_PERSON_OF_EXPORT,
        kind="CASE WHEN EXISTS (SELECT FROM s_ambiguous a WHERE a.staged_id = p.id) THEN 'ambiguous'"
        " ELSE 'only_in_export' END",
    )
}
    FROM s_twin t JOIN household h ON h.id = t.household_id JOIN s_person p ON p.household_id = t.staged_id
    WHERE NOT EXISTS (SELECT FROM s_known k WHERE k.staged_id = p.id)
"""
# The register has the person in another household than the export: `registered` and `exported` are their numbers.
PERSONS_ELSEWHERE = f"""{
    _insert(
        "person",
        kind="'elsewhere'",
        person="q.id",
        person_no="q.person_no",
        registered="to_jsonb(h.hh_no)",
        exported="to_jsonb(t.hh_no)",
    )
}
    FROM s_known k JOIN s_person p ON p.id = k.staged_id JOIN s_twin t ON t.staged_id = p.household_id
    JOIN person q ON q.id = k.person_id JOIN household h ON h.id = q.household_id
    WHERE q.household_id IS DISTINCT FROM t.household_id AND NOT t.is_ambiguous
"""
PERSONS_OF_REGISTER = f"""{
    _insert("person", kind="'only_in_register'", person="q.id", person_no="q.person_no", line="NULL::int")
}
    FROM s_twin t JOIN household h ON h.id = t.household_id JOIN person q ON q.household_id = h.id AND q.is_active
    WHERE NOT EXISTS (SELECT FROM s_known k WHERE k.person_id = q.id)
      AND NOT EXISTS (SELECT FROM s_ambiguous a WHERE a.person_id = q.id)
"""

PLAIN = (OF_HOUSEHOLDS, OF_PERSONS, OF_INCOMES, HOUSEHOLDS_OF_EXPORT, PERSONS_OF_EXPORT, PERSONS_ELSEWHERE,
         PERSONS_OF_REGISTER)  # fmt: skip

VILLAGES = "SELECT DISTINCT s.village_code FROM s_map m JOIN s_household s ON s.id = m.staged_id ORDER BY 1"
COUNTS = """
    SELECT (SELECT count(*) FROM s_map) AS households,
           (SELECT count(*) FROM s_person p JOIN s_map m ON m.staged_id = p.household_id) AS persons,
           (SELECT count(DISTINCT COALESCE(hh_no, 'line ' || line)) FROM s_reject) AS not_compared
"""

# Contacts and identities that the export tells, of both sides; what may be equal under one token is not opened.
CONTACTS = """
    SELECT s.id::text AS staged_id, h.id::text AS household_id, h.village_code, h.hh_no, h.version, t.line,
           s.hh_no AS staged_no, s.contact AS staged, h.contact AS registered, s.kept->'h' AS left_out,
           h.phone_masked AS registered_phone, s.phone_masked AS exported_phone
    FROM s_twin t JOIN s_household s ON s.id = t.staged_id JOIN household h ON h.id = t.household_id
    WHERE s.id::text > :after ORDER BY s.id::text LIMIT :limit
"""
IDENTITIES = """
    SELECT p.id::text AS staged_id, h.id::text AS household_id, h.village_code, h.hh_no, h.version, t.line,
           q.id::text AS person_id, q.person_no, p.identity AS staged, p.id_index AS staged_index,
           p.id_index_even AS staged_even, q.identity, q.id_index, q.id_index_even,
           s.kept->'p'->CAST(p.ordinal AS text) AS left_out,
           q.name_masked AS registered_name, p.name_masked AS exported_name,
           rpad(left(q.id_no_masked, 6), length(q.id_no_masked), '*') AS registered_id_no,
           p.id_no_masked AS exported_id_no
    FROM s_known k JOIN s_person p ON p.id = k.staged_id JOIN person q ON q.id = k.person_id
    JOIN s_twin t ON t.staged_id = p.household_id JOIN s_household s ON s.id = t.staged_id
    JOIN household h ON h.id = t.household_id AND h.id = q.household_id
    WHERE (p.person_token = q.person_token) IS NOT TRUE AND p.id::text > :after ORDER BY p.id::text LIMIT :limit
"""
ADD_SEALED = """
    INSERT INTO reconciliation_difference (id, reconciliation_id, kind, subject, field, area_code, household_id,
        person_id, hh_no, person_no, line, registered, exported, is_sealed, sealed, registered_mark, exported_mark,
        state, revision, household_version)
    SELECT r.id, CAST(:id AS uuid), 'field', r.subject, r.field, r.area_code, r.household_id, r.person_id, r.hh_no,
        r.person_no, r.line, to_jsonb(r.shown), to_jsonb(r.told), true, r.sealed, decode(r.registered_mark, 'hex'),
        decode(r.exported_mark, 'hex'), 'open', 1, r.version
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (id uuid, subject text, field text, area_code text,
        household_id uuid, person_id uuid, hh_no text, person_no text, line int, shown text, told text, sealed text,
        registered_mark text, exported_mark text, version int)
"""

# The same difference as before, in the same two values: whoever ignored it has said so already.
_SAME = """
    o.kind = d.kind AND o.subject = d.subject AND o.field = d.field AND o.year IS NOT DISTINCT FROM d.year
    AND o.household_id IS NOT DISTINCT FROM d.household_id AND o.person_id IS NOT DISTINCT FROM d.person_id
    AND o.hh_no = d.hh_no AND o.person_no IS NOT DISTINCT FROM d.person_no
    AND o.registered IS NOT DISTINCT FROM d.registered AND o.exported IS NOT DISTINCT FROM d.exported
    AND o.registered_mark IS NOT DISTINCT FROM d.registered_mark
    AND o.exported_mark IS NOT DISTINCT FROM d.exported_mark
"""
STILL_IGNORED = f"""
    UPDATE reconciliation_difference d SET state = 'ignored', reason = o.reason, decided_by = o.decided_by,
        decided_at = o.decided_at
    FROM reconciliation_difference o
    WHERE d.reconciliation_id = CAST(:id AS uuid) AND o.reconciliation_id <> d.reconciliation_id
      AND o.state = 'ignored' AND {_SAME}
"""

# What a later export tells of the same household takes the place of what an earlier one told; what it leaves out, it
# does not settle.
SUPERSEDED = """
    UPDATE reconciliation_difference o SET state = 'gone', sealed = NULL
    FROM s_twin t JOIN s_household s ON s.id = t.staged_id
    WHERE o.reconciliation_id <> CAST(:id AS uuid) AND o.state IN ('open', 'ignored')
      AND (o.household_id = t.household_id OR o.household_id IS NULL AND o.hh_no = t.hh_no)
      AND NOT (o.kind = 'field' AND o.subject = 'household'
               AND (coalesce(jsonb_exists(s.kept->'h', o.field), false)
                    OR o.field IN ('monitor_category', 'open_risks', 'identified_on') AND NOT s.is_monitored))
      AND NOT (o.kind = 'field' AND o.subject = 'person' AND EXISTS (
               SELECT FROM s_known k JOIN s_person p ON p.id = k.staged_id WHERE k.person_id = o.person_id
               AND jsonb_exists(s.kept->'p'->CAST(p.ordinal AS text), o.field)))
      AND NOT (o.subject = 'income' AND NOT EXISTS (
               SELECT FROM s_income n WHERE n.household_id = t.staged_id AND n.year = o.year
               AND NOT coalesce(jsonb_exists(s.kept->'i'->CAST(n.year AS text), o.field), false)))
"""
NO_LONGER_ALONE = """
    UPDATE reconciliation_difference o SET state = 'gone'
    WHERE o.reconciliation_id <> CAST(:id AS uuid) AND o.state IN ('open', 'ignored')
      AND o.area_code = ANY(CAST(:villages AS text[]))
      AND (o.kind = 'only_in_register' AND o.subject = 'household' OR o.household_id IS NULL)
      AND NOT EXISTS (SELECT FROM s_reject r WHERE r.hh_no = o.hh_no)
"""
