"""SQL that fills in what a file leaves out, from the register, before anything is merged: the merge need not know."""

from __future__ import annotations

from collections.abc import Iterable

from contracts.fields import HOUSEHOLD, PERSON, plain
from registry.identity import MASKED, SEALED
from registry.imports.prepare import AMOUNTS


def _kept(names: Iterable[str], said: str, registered: str, left_out: str) -> str:
    """Give the SET list that takes from the register what a file leaves out."""
    return ",\n        ".join(
        f"{name} = CASE WHEN jsonb_exists({left_out}, '{name}') THEN {registered}.{name} ELSE {said}.{name} END"
        for name in names
    )


_PLAIN_OPTIONAL = [field.name for field in plain(HOUSEHOLD) if not field.is_required]
_ALL_SEALED = " AND ".join(f"jsonb_exists(s.kept->'h', '{name}')" for name in SEALED)
_ANY_SEALED = " OR ".join(f"jsonb_exists(s.kept->'h', '{name}')" for name in SEALED)
_NONE_SEALED = ", ".join(
    f"{name} = CASE WHEN {_ALL_SEALED} AND h.hh_no = s.hh_no THEN h.{name} ELSE s.{name} END"
    for name in ("contact", *MASKED.values())
)

KEEP_OF_HOUSEHOLDS = f"""
    UPDATE s_household s SET
        {_kept(_PLAIN_OPTIONAL, "s", "h", "s.kept->'h'")},
        {_NONE_SEALED},
        fingerprint = s.given
    FROM s_map m JOIN household h ON h.id = m.household_id
    WHERE m.staged_id = s.id AND NOT m.is_new AND NOT m.is_same AND s.kept IS NOT NULL
"""

PARTLY_KEPT_CONTACTS = f"""
    SELECT s.id, s.hh_no, h.hh_no AS registered_no, s.contact AS staged, h.contact AS registered,
           ARRAY(SELECT jsonb_array_elements_text(s.kept->'h')) AS kept
    FROM s_map m JOIN s_household s ON s.id = m.staged_id JOIN household h ON h.id = m.household_id
    WHERE NOT m.is_new AND NOT m.is_same AND h.contact IS NOT NULL
      AND ({_ANY_SEALED}) AND NOT ({_ALL_SEALED} AND h.hh_no = s.hh_no)
      AND CAST(s.id AS text) > :after ORDER BY CAST(s.id AS text) LIMIT :limit
"""

SET_CONTACT = f"""
    UPDATE s_household SET contact = :contact, {", ".join(f"{column} = :{column}" for column in MASKED.values())}
    WHERE id = :id
"""

KEEP_OF_PERSONS = f"""
    UPDATE s_person p SET
        {_kept([f.name for f in plain(PERSON) if not f.is_required], "p", "q", "s.kept->'p'->CAST(p.ordinal AS text)")}
    FROM s_known k, person q, s_household s
    WHERE p.id = k.staged_id AND q.id = k.person_id AND s.id = p.household_id
      AND s.kept->'p'->CAST(p.ordinal AS text) IS NOT NULL
"""

KEPT_NUMBERS = """
    SELECT p.id, p.identity AS staged, q.identity AS registered, q.id_index, q.id_index_even
    FROM s_known k JOIN s_person p ON p.id = k.staged_id JOIN person q ON q.id = k.person_id
    JOIN s_household s ON s.id = p.household_id
    WHERE p.id_token IS NULL AND q.id_token IS NOT NULL
      AND jsonb_exists(s.kept->'p'->CAST(p.ordinal AS text), 'id_no')
      AND CAST(p.id AS text) > :after ORDER BY CAST(p.id AS text) LIMIT :limit
"""

SET_IDENTITY = """
    UPDATE s_person SET identity = :identity, id_no_masked = :id_no_masked, id_index = decode(:id_index, 'hex'),
        id_index_even = decode(:id_index_even, 'hex'), id_token = decode(:id_token, 'hex'),
        person_token = decode(:person_token, 'hex'), token_key_id = :token_key_id,
        other_tokens = CAST(:other_tokens AS jsonb)
    WHERE id = :id
"""

KEEP_OF_INCOMES = f"""
    UPDATE s_income i SET
        {_kept([f.name for f in AMOUNTS], "i", "r", "s.kept->'i'->CAST(i.year AS text)")}
    FROM s_map m JOIN s_household s ON s.id = m.staged_id JOIN income r ON r.household_id = m.household_id
    WHERE i.household_id = s.id AND NOT m.is_new AND NOT m.is_same AND r.year = i.year AND r.superseded_at IS NULL
      AND s.kept->'i'->CAST(i.year AS text) IS NOT NULL
"""
