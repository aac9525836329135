"""SQL of an import: temporary staging tables, checks against the registry, one merge, all set by set.

What a household's line claims (its number, its members' numbers) is nearly always free: then its rows go straight
into the registry's tables, and `s_taken` remembers the line. Every other household waits in `s_household`,
`s_person` and `s_income`, which have the same columns, until the whole file is known; `s_map` then says which
registered household each one is, and everything after that joins on `s_map`.
"""

from __future__ import annotations

from contracts.fields import HOUSEHOLD, Field, names, plain
from registry.household import NEWBORN_DAYS
from registry.identity import MASKED, SEALED
from registry.imports.prepare import AMOUNTS, HOUSEHOLD_COLUMNS, INCOME_COLUMNS, PERSON_COLUMNS
from registry.imports.who_sql import CHANGED_IDS
from servicekit.db import any_of
from servicekit.sql import assigned, listed

STAGING = (
    f"""
    CREATE TEMP TABLE s_household ON COMMIT DROP AS
    SELECT {listed(HOUSEHOLD_COLUMNS)}, 0 AS line, 0 AS rows, CAST(NULL AS date) AS identified_on,
           CAST(NULL AS jsonb) AS kept, CAST(NULL AS bytea) AS given
    FROM household WITH NO DATA
    """,
    f"CREATE TEMP TABLE s_person ON COMMIT DROP AS SELECT {listed(PERSON_COLUMNS)} FROM person WITH NO DATA",
    f"CREATE TEMP TABLE s_income ON COMMIT DROP AS SELECT {listed(INCOME_COLUMNS)} FROM income WITH NO DATA",
    """
    CREATE TEMP TABLE s_taken (
        household_id uuid, line int, rows int, identified_on date, kept jsonb, given bytea, population int
    ) ON COMMIT DROP
    """,
    "CREATE TEMP TABLE s_match (line int, person_id uuid) ON COMMIT DROP",
    """
    CREATE TEMP TABLE s_reject (
        position bigint GENERATED ALWAYS AS IDENTITY, line int, rows int, hh_no text, person_no text, field text,
        code text, message text
    ) ON COMMIT DROP
    """,
    "CREATE TEMP TABLE s_sheet (first_line int, name text) ON COMMIT DROP",
)

# Only where new households and known ones are mixed: a new one must not overtake one that waits.
INDEX_STAGING = (
    "CREATE INDEX ON s_household (hh_no)",
    "CREATE INDEX ON s_person (person_no)",
    "CREATE INDEX ON s_person (id_index)",
    "CREATE INDEX ON s_person (id_index_even)",
    "ANALYZE s_household",
    "ANALYZE s_person",
)

_CLAIMED_NUMBERS = f"SELECT hh_no FROM {{household}} WHERE hh_no = {any_of('hh_no')}"
_CLAIMED_PERSONS = f"""
    SELECT 'person_no', person_no FROM {{person}}
    WHERE {{active}} person_no = {any_of("person_no")} AND person_no IS NOT NULL
    UNION ALL
    SELECT 'id_index', encode(id_index, 'hex') FROM {{person}}
    WHERE {{active}} id_index = {any_of("id_index", "bytea")} AND id_index IS NOT NULL
    UNION ALL
    SELECT 'id_index_even', encode(id_index_even, 'hex') FROM {{person}}
    WHERE {{active}} id_index_even = {any_of("id_index_even", "bytea")} AND id_index_even IS NOT NULL
"""
REGISTERED_NUMBERS = _CLAIMED_NUMBERS.format(household="household")
# Those who left too: whoever comes back, or joins another household, stays the same person.
REGISTERED_PERSONS = "UNION ALL".join(
    _CLAIMED_PERSONS.format(person="person", active=active) for active in ("is_active AND", "NOT is_active AND")
)
WAITING_NUMBERS = _CLAIMED_NUMBERS.format(household="s_household")
WAITING_PERSONS = _CLAIMED_PERSONS.format(person="s_person", active="")


def valid_villages(area_clause: str) -> str:
    """Select, of some codes, the villages that are valid and the caller's."""
    return f"""
    SELECT a.code FROM area a
    WHERE a.code = ANY(CAST(:codes AS text[])) AND {VALID_VILLAGE} AND {area_clause}
    """


VALID_VILLAGE = "a.level = 'village' AND (a.valid_to IS NULL OR a.valid_to >= :today)"

ANALYZE = ("ANALYZE s_household", "ANALYZE s_person", "ANALYZE s_income", "ANALYZE s_taken")


# A new household keeps the id that its rows were prepared with.
MAP = """
    CREATE TEMP TABLE s_map ON COMMIT DROP AS
    SELECT s.line, s.rows, s.hh_no, s.id AS staged_id, COALESCE(h.id, s.id) AS household_id, h.id IS NULL AS is_new,
           (h.known_on > s.known_on) IS TRUE AS is_older,
           (h.fingerprint = s.fingerprint OR h.fingerprint = s.given OR h.known_on > s.known_on) IS TRUE AS is_same,
           h.village_code AS old_village_code, h.status AS old_status
    FROM s_household s LEFT JOIN household h ON h.hh_no = s.hh_no
    ORDER BY s.village_code, s.hh_no
"""


TOUCHED_IDS = "SELECT m.household_id FROM s_map m WHERE NOT m.is_same"

INSERT_HOUSEHOLDS = f"""
    INSERT INTO household (
        {listed(HOUSEHOLD_COLUMNS)})
    SELECT {listed(HOUSEHOLD_COLUMNS, "s")}
    FROM s_map m JOIN s_household s ON s.id = m.staged_id
    WHERE m.is_new ORDER BY s.village_code, s.hh_no
"""


# Whether the value of a field is known of a day after the one of which the file speaks: a change by hand came first.
_NEWER = "({old}.known->>'{name}')::date > s.known_on IS TRUE"


def _replaced_or_latest(field: Field) -> str:
    """Give how what a file says of a household meets what is registered."""
    new = f"s.{field.name}"
    if field.merge == "latest":
        return f"{field.name} = GREATEST(h.{field.name}, {new})"
    return f"{field.name} = {_kept('h', field.name, new, field.name)}"


def _kept(old: str, column: str, new: str, *names: str) -> str:
    """Give the registered value where one of these fields is known of a later day, else the file's."""
    newer = " OR ".join(_NEWER.format(old=old, name=name) for name in names)
    return f"CASE WHEN {newer} THEN {old}.{column} ELSE {new} END"


def _still_known(old: str) -> str:
    """Give what is known of a later day than the file's."""
    return (
        f"(SELECT COALESCE(jsonb_object_agg(e.key, e.value), '{{}}') FROM jsonb_each_text({old}.known) e"
        " WHERE e.value::date > s.known_on)"
    )


_OF_HOUSEHOLD = ",\n        ".join(_replaced_or_latest(field) for field in plain(HOUSEHOLD) if field.name != "hh_no")
_OF_PERSON = [name for name in PERSON_COLUMNS if name not in ("id", "household_id", "joined_on")]
# Bound to the household's number: a renumbered one takes the file's.
_CONTACT = ",\n        ".join(
    f"{name} = CASE WHEN h.hh_no = s.hh_no THEN {_kept('h', name, f's.{name}', *SEALED)} ELSE s.{name} END"
    for name in ("contact", *MASKED.values())
)
_IDENTITY = {name for name in _OF_PERSON if name.startswith(("id", "name_", "person_token", "token_", "other_"))}
_PERSON = ",\n        ".join(
    f"{name} = {_kept('q', name, f'p.{name}', *(('name', 'id_no') if name in _IDENTITY else (name,)))}"
    if name != "ordinal"
    else "ordinal = p.ordinal"
    for name in _OF_PERSON
)

UPDATE_HOUSEHOLDS = f"""
    UPDATE household h SET
        hh_no = s.hh_no,
        {_OF_HOUSEHOLD},
        {_CONTACT},
        {assigned(("population", "fingerprint"), "s")},
        monitor_category = CASE WHEN h.is_monitored OR s.monitor_category IS NULL OR b.is_busy
                                THEN h.monitor_category ELSE s.monitor_category END,
        open_risks = CASE WHEN h.is_monitored OR s.monitor_category IS NULL OR b.is_busy
                          THEN h.open_risks ELSE s.open_risks END,
        is_monitored = h.is_monitored OR (s.monitor_category IS NOT NULL AND NOT b.is_busy),
        known_on = s.known_on, known = {_still_known("h")}
    FROM s_map m
    JOIN s_household s ON s.id = m.staged_id
    CROSS JOIN LATERAL (
        SELECT EXISTS (SELECT FROM episode e WHERE e.household_id = m.household_id AND e.is_active) AS is_busy) b
    WHERE h.id = m.household_id AND NOT m.is_new AND NOT m.is_same
"""

# Everybody leaves first and the known come back: numbers may be swapped within a household without
# meeting the unique indexes half way.
# Who joined by hand after the day of which the file speaks stays, and who left after it does not come back.
RELEASE_PERSONS = """
    UPDATE person q SET is_active = false, left_on = NULL, left_reason = 'import'
    FROM s_map m JOIN s_household s ON s.id = m.staged_id
    WHERE q.is_active AND q.household_id = m.household_id AND NOT m.is_new AND NOT m.is_same
      AND (s.known_on IS NULL OR q.joined_on <= s.known_on OR EXISTS (SELECT FROM s_known k WHERE k.person_id = q.id))
"""
DATE_RELEASED = f"""
    UPDATE person q SET left_on = :today
    WHERE NOT q.is_active AND q.left_on IS NULL AND q.household_id IN ({CHANGED_IDS})
"""
COUNT_MEMBERS = """
    UPDATE household h SET population = (SELECT count(*) FROM person p WHERE p.household_id = h.id AND p.is_active)
    FROM s_map m JOIN s_household s ON s.id = m.staged_id
    WHERE h.id = m.household_id AND NOT m.is_new AND NOT m.is_same AND s.known_on IS NOT NULL
"""
# The same again, found later: nothing changes but the day of which it is known.
KNOWN_AGAIN = """
    UPDATE household h SET known_on = s.known_on
    FROM s_map m JOIN s_household s ON s.id = m.staged_id
    WHERE h.id = m.household_id AND m.is_same AND NOT m.is_older AND s.known_on IS NOT NULL
"""
LATE = "SELECT hh_no FROM s_map WHERE is_older ORDER BY line LIMIT 21"

UPDATE_PERSONS = f"""
    UPDATE person q SET
        {_PERSON},
        came_on = CASE WHEN was.village_code <> s.village_code AND was.id <> m.household_id OR q.left_on IS NOT NULL
            THEN coalesce(s.known_on, p.joined_on) ELSE q.came_on END,
        came_from = CASE WHEN q.left_on IS NOT NULL THEN NULL
            WHEN was.village_code <> s.village_code AND was.id <> m.household_id THEN was.village_code
            ELSE q.came_from END,
        household_id = m.household_id, is_active = true, left_on = NULL, left_reason = NULL,
        known = {_still_known("q")}
    FROM s_known k JOIN s_person p ON p.id = k.staged_id JOIN s_map m ON m.staged_id = p.household_id
    JOIN s_household s ON s.id = m.staged_id, household was
    WHERE q.id = k.person_id AND was.id = q.household_id AND NOT m.is_same
      AND (q.left_on IS NULL OR s.known_on IS NULL OR q.left_on <= s.known_on)
"""

INSERT_PERSONS = f"""
    INSERT INTO person (
        {listed((*PERSON_COLUMNS, "came_on"))})
    SELECT {listed("m.household_id" if name == "household_id" else f"p.{name}" for name in PERSON_COLUMNS)},
        CASE WHEN m.is_new THEN NULL WHEN p.joined_on - p.birth_date <= {NEWBORN_DAYS} THEN p.birth_date
            ELSE coalesce(s.known_on, p.joined_on) END
    FROM s_map m
    JOIN s_household s ON s.id = m.staged_id
    JOIN s_person p ON p.household_id = m.staged_id
    LEFT JOIN s_known k ON k.staged_id = p.id
    WHERE NOT m.is_same AND k.person_id IS NULL
    ORDER BY m.household_id, p.ordinal
"""

SUPERSEDE_INCOMES = f"""
    UPDATE income i SET superseded_at = :at
    FROM s_map m
    JOIN s_income s ON s.household_id = m.staged_id
    WHERE NOT m.is_new AND NOT m.is_same AND i.household_id = m.household_id AND i.year = s.year
      AND i.superseded_at IS NULL
      AND (({listed(names(AMOUNTS), "i")})
          IS DISTINCT FROM
          ({listed(names(AMOUNTS), "s")})
          OR i.year >= :year AND i.population <> s.population)
"""

INSERT_INCOMES = f"""
    INSERT INTO income (
        household_id, year, version, {listed(names(AMOUNTS))}, population, recorded_at, recorded_by)
    SELECT m.household_id, s.year,
        CASE WHEN m.is_new THEN 1 ELSE 1 + COALESCE((SELECT max(i.version) FROM income i
             WHERE i.household_id = m.household_id AND i.year = s.year), 0) END,
        {listed(names(AMOUNTS), "s")},
        CASE WHEN m.is_new OR s.year >= :year THEN s.population
             ELSE COALESCE((SELECT i.population FROM income i WHERE i.household_id = m.household_id AND i.year = s.year
                            ORDER BY i.superseded_at DESC LIMIT 1), s.population) END,
        s.recorded_at, s.recorded_by
    FROM s_map m
    JOIN s_income s ON s.household_id = m.staged_id
    WHERE NOT m.is_same
      AND (m.is_new OR NOT EXISTS (SELECT FROM income i WHERE i.household_id = m.household_id AND i.year = s.year
                                                          AND i.superseded_at IS NULL))
    ORDER BY m.household_id, s.year
"""

# Existing monitored households of the national register.
MONITORED = """
    SELECT m.household_id, s.monitor_category AS category, s.identified_on, s.open_risks AS risk_types
    FROM s_map m JOIN s_household s ON s.id = m.staged_id
    WHERE NOT m.is_same AND s.monitor_category IS NOT NULL
    UNION ALL
    SELECT h.id, h.monitor_category, t.identified_on, h.open_risks
    FROM s_taken t JOIN household h ON h.id = t.household_id
    WHERE t.identified_on IS NOT NULL
"""

INCOME_YEARS = """
    SELECT DISTINCT i.year FROM income i JOIN household h ON h.id = i.household_id
    WHERE i.superseded_at IS NULL AND h.status = 'active' AND {own} ORDER BY 1
"""
BESIDE = f"""
    SELECT h.id::text,
           (SELECT e.identified_on::text FROM episode e WHERE e.household_id = h.id AND e.is_active),
           (SELECT json_object_agg(i.year, json_build_object(
                {", ".join(f"'{name}', i.{name}::text" for name in names(AMOUNTS))}))
            FROM income i WHERE i.household_id = h.id AND i.superseded_at IS NULL)
    FROM household h WHERE h.id = {any_of("ids", "uuid")}
"""

KEEP_SHEET = "INSERT INTO s_sheet (first_line, name) VALUES (:first_line, :name)"

COUNTS = """
    SELECT count(*) + (SELECT count(*) FROM s_taken) AS households,
           count(*) FILTER (WHERE is_new) + (SELECT count(*) FROM s_taken) AS created,
           count(*) FILTER (WHERE NOT is_new AND NOT is_same) AS updated,
           count(*) FILTER (WHERE is_same) AS unchanged,
           (SELECT count(*) FROM s_person p JOIN s_map m ON m.staged_id = p.household_id)
           + (SELECT COALESCE(sum(population), 0) FROM s_taken) AS persons
    FROM s_map
"""
