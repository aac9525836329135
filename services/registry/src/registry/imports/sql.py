"""SQL of an import: temporary staging tables, checks against the registry, one merge, all set by set.

`s_household`, `s_person`, `s_income` and `s_reject` take what the parsers accepted or refused; `s_map` then
says for each accepted household which registered one it is. Everything after that joins on `s_map`.
"""

from __future__ import annotations

STAGING = (
    """
    CREATE TEMP TABLE s_household (
        line int, rows int, hh_no text COLLATE "C", village_code text COLLATE "C", group_name text, hh_type text,
        housing_tenure text, is_resettled boolean, contact text, phone_masked text, last_negative_decision_on date,
        population int, fingerprint bytea, monitor_category text, identified_on date, risk_types text[]
    ) ON COMMIT DROP
    """,
    """
    CREATE TEMP TABLE s_person (
        line int, ordinal smallint, person_no text COLLATE "C", identity text, name_masked text, id_no_masked text,
        id_index bytea, id_index_even bytea, id_token bytea, person_token bytea, token_key_id text, other_tokens jsonb,
        birth_date date, sex text, relation text, labour text, school_stage text, has_finished_compulsory boolean,
        health text[], relief text
    ) ON COMMIT DROP
    """,
    """
    CREATE TEMP TABLE s_income (
        line int, year int, wage numeric(14, 2), business numeric(14, 2), property numeric(14, 2),
        transfer numeric(14, 2), business_cost numeric(14, 2), insurance_payout numeric(14, 2),
        self_paid numeric(14, 2)
    ) ON COMMIT DROP
    """,
    """
    CREATE TEMP TABLE s_reject (
        position bigint GENERATED ALWAYS AS IDENTITY, line int, rows int, hh_no text, person_no text, field text,
        code text, message text
    ) ON COMMIT DROP
    """,
)

# Two imports, or an import and a POST, may name the same persons: their merges run one after the other.
# An import waits for its turn however long the one before it takes, so without the request's limit on waiting.
LOCK = "SELECT pg_advisory_xact_lock(7205759410) FROM set_config('lock_timeout', '0', true)"

ANALYZE = ("ANALYZE s_household", "ANALYZE s_person", "ANALYZE s_income")


def reject_unknown_villages(area_clause: str) -> str:
    """Refuse households of areas that do not exist, are no longer valid, or are not the caller's: told alike."""
    return f"""
    INSERT INTO s_reject (line, rows, hh_no, field, code, message)
    SELECT s.line, s.rows, s.hh_no, '/village_code', 'village_code.unknown',
           '行政村代码不存在或不在管辖范围内 / no such village within your areas'
    FROM s_household s
    WHERE NOT EXISTS (
        SELECT FROM area a
        WHERE a.code = s.village_code AND a.level = 'village' AND (a.valid_to IS NULL OR a.valid_to >= :today)
          AND {area_clause})
    """


# In a flat file the rows of a household that do not stand together are two halves: neither is complete.
REJECT_REPEATED_HOUSEHOLDS = """
    INSERT INTO s_reject (line, rows, hh_no, field, code, message)
    SELECT s.line, s.rows, s.hh_no, '/hh_no', 'household.duplicate',
           '户编号在文件中重复(同一户的各行须相邻) / this household number came before in the file'
    FROM s_household s
    JOIN (SELECT hh_no, min(line) AS first FROM s_household GROUP BY hh_no HAVING count(*) > 1) d USING (hh_no)
    WHERE s.line <> d.first OR :is_flat
"""

# Part of a flat household was refused while reading: what is left of it is not the household.
REJECT_REMNANTS = """
    INSERT INTO s_reject (line, rows, hh_no, field, code, message)
    SELECT s.line, s.rows, s.hh_no, '', 'household.incomplete',
           '本户有其他行未通过,整户未导入 / other rows of this household were refused'
    FROM s_household s
    WHERE EXISTS (SELECT FROM s_reject r WHERE r.hh_no = s.hh_no)
"""

DROP_REJECTED = "DELETE FROM s_household s USING s_reject r WHERE r.line = s.line"

# In the order of villages, so that ids, heap and the list's index agree and the snapshots read each page once.
MAP = """
    CREATE TEMP TABLE s_map ON COMMIT DROP AS
    SELECT s.line, s.rows, s.hh_no, h.id AS household_id, h.id IS NULL AS is_new,
           h.id IS NOT NULL AND h.fingerprint = s.fingerprint AS is_same,
           h.village_code AS old_village_code, h.status AS old_status
    FROM s_household s LEFT JOIN household h ON h.hh_no = s.hh_no
    ORDER BY s.village_code, s.hh_no
"""


def reject_foreign_households(area_clause: str) -> str:
    """Refuse to take over a household that is registered outside the caller's areas, or that has ended."""
    return f"""
    INSERT INTO s_reject (line, rows, hh_no, field, code, message)
    SELECT m.line, m.rows, m.hh_no, '/hh_no',
           CASE WHEN {area_clause} THEN 'household.ended' ELSE 'household.elsewhere' END,
           CASE WHEN {area_clause} THEN '该户已不在册 / the household has ended'
                ELSE '户编号已被其他区域使用 / the household number belongs to another area' END
    FROM s_map m
    WHERE NOT m.is_new AND (NOT {area_clause} OR m.old_status <> 'active')
    """


REJECT_EXISTING_HOUSEHOLDS = """
    INSERT INTO s_reject (line, rows, hh_no, field, code, message)
    SELECT m.line, m.rows, m.hh_no, '/hh_no', 'household.exists', '户编号已存在 / the household number is registered'
    FROM s_map m WHERE NOT m.is_new
"""

DROP_REJECTED_FROM_MAP = "DELETE FROM s_map m USING s_reject r WHERE r.line = m.line"

# The first household of the file that names a person keeps it; later ones are refused whole.
REJECT_REPEATED_PERSONS = """
    INSERT INTO s_reject (line, rows, hh_no, person_no, field, code, message)
    SELECT p.line, 0, m.hh_no, p.person_no, '/members/' || p.ordinal || '/id_no', 'person.duplicate',
           '该人员在文件中已属于另一户 / this person already belongs to another household of the file'
    FROM s_person p
    JOIN s_map m USING (line)
    JOIN (SELECT q.id_token, min(q.line) AS first FROM s_person q JOIN s_map USING (line)
          WHERE q.id_token IS NOT NULL GROUP BY q.id_token HAVING count(*) > 1) d
      ON d.id_token = p.id_token AND d.first <> p.line
"""

REJECT_REPEATED_PERSON_NOS = """
    INSERT INTO s_reject (line, rows, hh_no, person_no, field, code, message)
    SELECT p.line, 0, m.hh_no, p.person_no, '/members/' || p.ordinal || '/person_no', 'person_no.duplicate',
           '人口编号在文件中重复 / this person number came before in the file'
    FROM s_person p
    JOIN s_map m USING (line)
    JOIN (SELECT q.person_no, min(q.line) AS first FROM s_person q JOIN s_map USING (line)
          WHERE q.person_no IS NOT NULL GROUP BY q.person_no HAVING count(*) > 1) d
      ON d.person_no = p.person_no AND d.first <> p.line
"""

# A person may move between two households of the same file; otherwise it must leave its household first.
# Refusing one household may make another one's move impossible, so this runs until nothing more is refused.
# The two index columns are joined one by one: a condition with OR could not be hashed. While both are filled both
# find the same persons.
_PERSONS_ELSEWHERE = """
    SELECT p.line, 0, m.hh_no, p.person_no, '/members/' || p.ordinal || '/id_no', 'person.in_other_household',
           '该人员已是另一在册户的成员 / this person is an active member of another household'
    FROM s_map m
    JOIN s_person p USING (line)
    JOIN person q ON q.{index} = p.{index} AND q.is_active AND q.household_id IS DISTINCT FROM m.household_id
    WHERE NOT EXISTS (SELECT FROM s_map o WHERE o.household_id = q.household_id)
"""
REJECT_PERSONS_ELSEWHERE = f"""
    INSERT INTO s_reject (line, rows, hh_no, person_no, field, code, message)
    {_PERSONS_ELSEWHERE.format(index="id_index")}
    UNION
    {_PERSONS_ELSEWHERE.format(index="id_index_even")}
    UNION ALL
    SELECT p.line, 0, m.hh_no, p.person_no, '/members/' || p.ordinal || '/person_no', 'person_no.in_other_household',
           '人口编号已属于另一在册户 / this person number belongs to another household'
    FROM s_map m
    JOIN s_person p USING (line)
    JOIN person q ON q.person_no = p.person_no AND q.is_active AND q.household_id IS DISTINCT FROM m.household_id
    WHERE NOT EXISTS (SELECT FROM s_map o WHERE o.household_id = q.household_id)
"""

# The rows of a household that the merge refused count once, with its first reject.
COUNT_LOST_ROWS = """
    UPDATE s_reject r SET rows = s.rows
    FROM s_household s
    WHERE r.line = s.line AND r.rows = 0
      AND r.position = (SELECT min(o.position) FROM s_reject o WHERE o.line = r.line)
"""

ASSIGN_IDS = "UPDATE s_map SET household_id = uuidv7() WHERE is_new"

CHANGED_IDS = "SELECT m.household_id FROM s_map m WHERE NOT m.is_new AND NOT m.is_same"
TOUCHED_IDS = "SELECT m.household_id FROM s_map m WHERE NOT m.is_same"

INSERT_HOUSEHOLDS = """
    INSERT INTO household (id, hh_no, village_code, group_name, hh_type, housing_tenure, is_resettled, contact,
        phone_masked, population, monitor_category, is_monitored, open_risks, last_negative_decision_on, fingerprint,
        version, created_at, updated_at)
    SELECT m.household_id, s.hh_no, s.village_code, s.group_name, s.hh_type, s.housing_tenure, s.is_resettled,
        s.contact, s.phone_masked, s.population, s.monitor_category, s.monitor_category IS NOT NULL, s.risk_types,
        s.last_negative_decision_on, s.fingerprint, 1, :at, :at
    FROM s_map m JOIN s_household s USING (line)
    WHERE m.is_new ORDER BY s.village_code, s.hh_no
"""

UPDATE_HOUSEHOLDS = """
    UPDATE household h SET
        village_code = s.village_code, group_name = s.group_name, hh_type = s.hh_type,
        housing_tenure = s.housing_tenure, is_resettled = s.is_resettled, contact = s.contact,
        phone_masked = s.phone_masked, population = s.population, fingerprint = s.fingerprint,
        last_negative_decision_on = GREATEST(h.last_negative_decision_on, s.last_negative_decision_on),
        monitor_category = CASE WHEN h.is_monitored OR s.monitor_category IS NULL OR b.is_busy
                                THEN h.monitor_category ELSE s.monitor_category END,
        open_risks = CASE WHEN h.is_monitored OR s.monitor_category IS NULL OR b.is_busy
                          THEN h.open_risks ELSE s.risk_types END,
        is_monitored = h.is_monitored OR (s.monitor_category IS NOT NULL AND NOT b.is_busy)
    FROM s_map m
    JOIN s_household s USING (line)
    CROSS JOIN LATERAL (
        SELECT EXISTS (SELECT FROM episode e WHERE e.household_id = m.household_id AND e.is_active) AS is_busy) b
    WHERE h.id = m.household_id AND NOT m.is_new AND NOT m.is_same
"""

# Who is who within a household that changed: by number of the identity card, else by person number.
MAP_PERSONS = """
    CREATE TEMP TABLE s_known ON COMMIT DROP AS
    SELECT DISTINCT ON (person_id) line, ordinal, person_id FROM (
        SELECT DISTINCT ON (p.line, p.ordinal) p.line, p.ordinal, q.id AS person_id,
               (q.id_index = p.id_index OR q.id_index_even = p.id_index_even) IS TRUE AS by_number
        FROM s_map m
        JOIN s_person p USING (line)
        JOIN person q ON q.household_id = m.household_id AND q.is_active
                     AND (q.id_index = p.id_index OR q.id_index_even = p.id_index_even OR q.person_no = p.person_no)
        WHERE NOT m.is_new AND NOT m.is_same
        ORDER BY p.line, p.ordinal, by_number DESC) candidates
    ORDER BY person_id, by_number DESC
"""

# Everybody leaves first and the known come back: numbers may be swapped within a household without
# meeting the unique indexes half way.
RELEASE_PERSONS = f"""
    UPDATE person q SET is_active = false, left_on = :today, left_reason = 'import'
    WHERE q.is_active AND q.household_id IN ({CHANGED_IDS})
"""

UPDATE_PERSONS = """
    UPDATE person q SET
        ordinal = p.ordinal, person_no = p.person_no, identity = p.identity, name_masked = p.name_masked,
        id_no_masked = p.id_no_masked, id_index = p.id_index, id_index_even = p.id_index_even, id_token = p.id_token,
        person_token = p.person_token, token_key_id = p.token_key_id, other_tokens = p.other_tokens,
        birth_date = p.birth_date, sex = p.sex, relation = p.relation, labour = p.labour,
        school_stage = p.school_stage, has_finished_compulsory = p.has_finished_compulsory, health = p.health,
        relief = p.relief, is_active = true, left_on = NULL, left_reason = NULL
    FROM s_known k JOIN s_person p USING (line, ordinal)
    WHERE q.id = k.person_id
"""

INSERT_PERSONS = """
    INSERT INTO person (id, household_id, ordinal, person_no, identity, name_masked, id_no_masked, id_index,
        id_index_even, id_token, person_token, token_key_id, other_tokens, birth_date, sex, relation, labour,
        school_stage, has_finished_compulsory, health, relief, joined_on)
    SELECT uuidv7(), m.household_id, p.ordinal, p.person_no, p.identity, p.name_masked, p.id_no_masked, p.id_index,
        p.id_index_even, p.id_token, p.person_token, p.token_key_id, p.other_tokens, p.birth_date, p.sex, p.relation,
        p.labour, p.school_stage, p.has_finished_compulsory, p.health, p.relief, :today
    FROM s_map m
    JOIN s_person p USING (line)
    LEFT JOIN s_known k USING (line, ordinal)
    WHERE NOT m.is_same AND k.person_id IS NULL
    ORDER BY m.household_id, p.ordinal
"""

SUPERSEDE_INCOMES = """
    UPDATE income i SET superseded_at = :at
    FROM s_map m
    JOIN s_household h USING (line)
    JOIN s_income s USING (line)
    WHERE NOT m.is_new AND NOT m.is_same AND i.household_id = m.household_id AND i.year = s.year
      AND i.superseded_at IS NULL
      AND (i.wage, i.business, i.property, i.transfer, i.business_cost, i.insurance_payout, i.self_paid, i.population)
          IS DISTINCT FROM
          (s.wage, s.business, s.property, s.transfer, s.business_cost, s.insurance_payout, s.self_paid, h.population)
"""

INSERT_INCOMES = """
    INSERT INTO income (household_id, year, version, wage, business, property, transfer, business_cost,
        insurance_payout, self_paid, population, recorded_at, recorded_by)
    SELECT m.household_id, s.year,
        CASE WHEN m.is_new THEN 1 ELSE 1 + COALESCE((SELECT max(i.version) FROM income i
             WHERE i.household_id = m.household_id AND i.year = s.year), 0) END,
        s.wage, s.business, s.property, s.transfer, s.business_cost, s.insurance_payout, s.self_paid,
        h.population, :at, :by
    FROM s_map m
    JOIN s_household h USING (line)
    JOIN s_income s USING (line)
    WHERE NOT m.is_same
      AND (m.is_new OR NOT EXISTS (SELECT FROM income i WHERE i.household_id = m.household_id AND i.year = s.year
                                                          AND i.superseded_at IS NULL))
    ORDER BY m.household_id, s.year
"""

# Existing monitored households of the national register.
MONITORED = """
    SELECT m.household_id, s.monitor_category AS category, s.identified_on, s.risk_types
    FROM s_map m JOIN s_household s USING (line)
    WHERE NOT m.is_same AND s.monitor_category IS NOT NULL
"""

KEEP_REJECTS = """
    INSERT INTO import_reject (import_id, line, ordinal, hh_no, person_no, field, code, message)
    SELECT CAST(:import_id AS uuid), line, row_number() OVER (PARTITION BY line ORDER BY position), hh_no, person_no,
           field, code, message
    FROM s_reject
"""

COUNTS = """
    SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new AND NOT is_same),
           count(*) FILTER (WHERE is_same), (SELECT count(*) FROM s_person p JOIN s_map USING (line)),
           (SELECT count(DISTINCT COALESCE(hh_no, 'line ' || line)) FROM s_reject),
           (SELECT COALESCE(sum(rows), 0) FROM s_reject)
    FROM s_map
"""

REJECT_CODES = "SELECT code, count(*) AS total FROM s_reject GROUP BY code ORDER BY code"
