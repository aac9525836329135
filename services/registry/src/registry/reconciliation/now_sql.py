"""SQL that holds differences against the register as it is now: of households that have changed since. Pure."""

from __future__ import annotations

from contracts.fields import HOUSEHOLD, PERSON, plain
from registry.reconciliation.values import AMOUNTS, MONITORED_NOW, now

_WAITS = "d.state IN ('open', 'ignored') AND d.reconciliation_id = CAST(:id AS uuid)"
_CHANGED = f"{_WAITS} AND h.id = d.household_id AND h.version IS DISTINCT FROM d.household_version"

# A value that has changed is another difference: whoever ignored the former one decides again.
_FIELD = f"""
    UPDATE reconciliation_difference d SET registered = v.value, household_version = h.version,
        revision = d.revision + CAST(v.value IS DISTINCT FROM d.registered AS int),
        state = CASE WHEN h.status <> 'active' OR v.value IS NOT DISTINCT FROM d.exported THEN 'gone'
                     WHEN v.value IS DISTINCT FROM d.registered THEN 'open' ELSE d.state END
    FROM {{source}} CROSS JOIN LATERAL (VALUES
        {{values}}
    ) v (field, value)
    WHERE {_CHANGED} AND d.kind = 'field' AND NOT d.is_sealed AND d.subject = '{{subject}}' AND v.field = d.field
      AND {{same}}
"""
FIELDS = (
    _FIELD.format(
        source="household h",
        values=f"{now(plain(HOUSEHOLD), 'h')},\n        {MONITORED_NOW}",
        subject="household",
        same="true",
    ),
    _FIELD.format(
        source="household h JOIN person q ON q.household_id = h.id AND q.is_active",
        values=now(plain(PERSON), "q"),
        subject="person",
        same="q.id = d.person_id",
    ),
    _FIELD.format(
        source="household h JOIN income i ON i.household_id = h.id AND i.superseded_at IS NULL",
        values=now(AMOUNTS, "i"),
        subject="income",
        same="i.year = d.year",
    ),
)

# Who or what is on both sides now, or on neither.
ALONE = (
    f"""
    UPDATE reconciliation_difference d SET state = 'gone', sealed = NULL FROM household h
    WHERE {_WAITS} AND h.id = d.household_id AND h.status <> 'active'
    """,
    f"""
    UPDATE reconciliation_difference d SET state = 'gone', sealed = NULL FROM household h
    WHERE {_WAITS} AND d.kind = 'only_in_export' AND d.subject = 'household' AND h.hh_no = d.hh_no
      AND h.status = 'active'
    """,
    f"""
    UPDATE reconciliation_difference d SET state = 'gone', sealed = NULL FROM person q
    WHERE {_WAITS} AND d.subject = 'person' AND d.kind IN ('field', 'only_in_register', 'elsewhere')
      AND q.id = d.person_id AND (NOT q.is_active OR q.household_id <> d.household_id)
    """,
    f"""
    UPDATE reconciliation_difference d SET state = 'gone', sealed = NULL FROM person q, household h
    WHERE {_WAITS} AND d.kind = 'only_in_export' AND d.subject = 'person' AND h.id = d.household_id
      AND q.household_id = d.household_id AND q.is_active
      AND (q.person_no = d.person_no OR q.id_index = d.exported_mark OR q.id_index_even = d.exported_mark)
    """,
)

SEALED = f"""
    SELECT d.id::text AS id, d.subject, d.field, d.registered_mark, d.exported_mark, h.id::text AS household_id,
           h.version, h.hh_no, h.contact, h.phone_masked AS phone, q.id::text AS person_id, q.identity, q.id_index,
           q.id_index_even, q.name_masked AS name, rpad(left(q.id_no_masked, 6), length(q.id_no_masked), '*') AS id_no
    FROM reconciliation_difference d JOIN household h ON {_CHANGED} AND d.kind = 'field' AND d.is_sealed
    LEFT JOIN person q ON q.id = d.person_id
"""
SET_SEALED = """
    UPDATE reconciliation_difference d SET registered = to_jsonb(r.shown), household_version = r.version,
        registered_mark = decode(r.mark, 'hex'), revision = d.revision + CAST(r.has_changed AS int),
        state = CASE WHEN r.is_gone THEN 'gone' WHEN r.has_changed THEN 'open' ELSE d.state END,
        sealed = CASE WHEN r.is_gone THEN NULL ELSE d.sealed END
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (id uuid, shown text, version int, mark text,
        has_changed boolean, is_gone boolean)
    WHERE d.id = r.id
"""
# What has been compared again is as the household's present version.
COMPARED = f"""
    UPDATE reconciliation_difference d SET household_version = h.version FROM household h
    WHERE {_CHANGED} AND (d.kind <> 'field' OR d.subject = 'income')
"""
