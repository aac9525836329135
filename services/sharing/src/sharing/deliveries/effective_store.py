"""Which deliveries count for a period: queries over the manifest of the lake."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg.rows import namedtuple_row
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from servicekit.db import copy_out, execute

# What is known of a day beats what is known of an earlier one, whichever arrived first. Rows without a date of their
# own are of the last day of their period, or of the day they were sent where that came first.
_NEWNESS = "({0}.period, {0}.known_on, {0}.commit_seq)"
_LATER = f"{_NEWNESS.format('n')} > {_NEWNESS.format('d')}"
_KNOWN_ON = """coalesce({0}.as_of, least(CAST(CAST({0}.period || '-01' AS date) + interval '1 month - 1 day' AS date),
               CAST({0}.closed_at AT TIME ZONE 'Asia/Shanghai' AS date)))"""
_CURRENT = """
wanted AS (
    SELECT * FROM unnest(CAST(:datasets AS text[]), CAST(:modes AS text[]), CAST(:firsts AS text[]))
        AS w (dataset, mode, first_period)
),
committed AS (
    -- Mended rows are as new as the list they belong to, whatever day they tell of themselves.
    SELECT d.*, w.mode, d.kind <> 'record' AND NOT d.is_addition AS is_list, area_prefix(d.area_code) AS prefix,
           CASE WHEN d.kind <> 'correction' THEN {own} ELSE greatest({own}, (
               SELECT max({lists}) FROM delivery l
               WHERE l.dataset = d.dataset AND l.period = d.period AND l.area_code = d.area_code
                 AND l.kind <> 'record' AND NOT l.is_addition AND l.state = 'committed'
                 AND l.commit_seq < d.commit_seq)) END AS known_on
    FROM delivery d JOIN wanted w USING (dataset)
    WHERE d.state = 'committed' AND d.superseded_by IS NULL AND d.period BETWEEN w.first_period AND :period
      {only}
),
""".replace("{own}", _KNOWN_ON.format("d")).replace("{lists}", _KNOWN_ON.format("l"))
_BASE = f"""
list AS MATERIALIZED (SELECT * FROM committed WHERE is_list),
-- The newest whole list of each place; a wider one that is newer holds a narrower one too.
base AS MATERIALIZED (
    SELECT * FROM list d
    WHERE mode = 'full' AND NOT EXISTS (
        SELECT FROM list n WHERE n.dataset = d.dataset AND n.mode = 'full' AND starts_with(d.area_code, n.prefix)
                             AND {_LATER})
),
addition AS (
    -- What was added to a list goes when a newer list has come; it contains what is right of it.
    SELECT * FROM committed d
    WHERE NOT is_list AND CASE
        WHEN mode = 'full' THEN NOT EXISTS (
            SELECT FROM base n WHERE n.dataset = d.dataset AND starts_with(d.area_code, n.prefix) AND {_LATER})
        WHEN kind = 'record' THEN true
        ELSE NOT EXISTS (
            SELECT FROM list n WHERE n.dataset = d.dataset AND n.period = d.period AND n.area_code = d.area_code
                                 AND n.commit_seq > d.commit_seq) END
),
effective AS (
    SELECT * FROM list WHERE mode = 'incremental' UNION ALL SELECT * FROM base UNION ALL SELECT * FROM addition
)
"""
_SOURCES = """
SELECT d.dataset, d.id, d.kind, d.is_list AND d.mode = 'full' AS is_whole, d.period, d.area_code, d.commit_seq,
       d.known_on, d.exclusion_path, d.is_nil, d.token_key_id, d.rows_deleted_at IS NOT NULL AS is_deleted,
       coalesce((SELECT array_agg(p.path ORDER BY p.number) FROM delivery_part p
                 WHERE p.delivery_id = d.id AND p.accepted > 0), '{}') AS paths
FROM effective d
"""
_EFFECTIVE = f"WITH {_CURRENT.format(only='')}{_BASE}{_SOURCES}ORDER BY d.dataset, d.period, d.known_on, d.commit_seq"


# Any: rows with attributes, as the statement names them.
async def effective_rows(session: AsyncSession, wanted: Sequence[tuple[str, str, str]], period: str) -> Sequence[Any]:
    """Give the deliveries that count for `period`, with those whose rows are deleted, marked.

    Args:
        wanted: `(dataset, mode, first period of its window)`.
    """
    found = await execute(session, _EFFECTIVE, _window(wanted, period), row_factory=namedtuple_row)
    return await found.fetchall()


@dataclass(frozen=True)
class RecordsOf:
    """Which pushed rows to give: those of persons, and those about the same thing as a row of theirs.

    Attributes:
        tokens: ID tokens, under every key.
        keys: By dataset whose rows are not told apart by person: the first column of its key, as the declaration
            has it, and values that lists have for these persons.
        whole: Datasets of no persons: all of their rows.
    """

    tokens: Sequence[str]
    keys: Mapping[str, tuple[str, Sequence[str]]]
    whole: Sequence[str] = ()


_LISTS = f"""WITH RECURSIVE {_CURRENT.format(only="AND d.kind <> 'record'")}{_BASE}"""

# The same sources as _EFFECTIVE gives, without a row for each record that somebody else's household has.
_LISTS_AND_AREAS = f"""
{_LISTS},
-- From area to area by the index: the month's records are not counted over.
pushed_in AS (
    SELECT dataset, first_period, (
        SELECT min(r.area_code) FROM record_row r
        WHERE r.dataset = wanted.dataset AND r.period BETWEEN wanted.first_period AND :period) AS area_code
    FROM wanted
    UNION ALL
    SELECT dataset, first_period, (
        SELECT min(r.area_code) FROM record_row r
        WHERE r.dataset = pushed_in.dataset AND r.area_code > pushed_in.area_code
          AND r.period BETWEEN pushed_in.first_period AND :period)
    FROM pushed_in WHERE area_code IS NOT NULL
)
{_SOURCES}
UNION ALL
-- Where records were pushed something is known, whoever they are about.
SELECT dataset, '', 'record', false, '', area_code, 0, NULL, NULL, false, '', false, CAST('{{}}' AS text[])
FROM pushed_in WHERE area_code IS NOT NULL
UNION ALL
SELECT DISTINCT d.dataset, '', 'record', false, '', d.area_code, 0, CAST(NULL AS date), NULL, false, '', true,
       CAST('{{}}' AS text[])
FROM delivery d JOIN wanted w USING (dataset)
WHERE d.kind = 'record' AND d.rows_deleted_at IS NOT NULL AND d.period BETWEEN w.first_period AND :period
  AND NOT EXISTS (SELECT FROM base n WHERE n.dataset = d.dataset AND starts_with(d.area_code, n.prefix)
                    AND (n.period, n.commit_seq) > (d.period, d.commit_seq))
ORDER BY dataset, period, known_on, commit_seq
"""

_RECORDS = f"""
{_LISTS}
SELECT d.dataset, d.delivery_id, d.period, d.known_on, d.commit_seq, d.area_code, d.id_token, d.person_token, d.fields
FROM (SELECT delivery_id, dataset, period, area_code, commit_seq, id_token, person_token, fields,
             coalesce(known_on, CAST(CAST(period || '-01' AS date) + interval '1 month' - interval '1 day' AS date))
                 AS known_on
      FROM record_row) d
JOIN wanted w USING (dataset)
WHERE d.period BETWEEN w.first_period AND :period
  AND NOT EXISTS (SELECT FROM base n WHERE n.dataset = d.dataset AND starts_with(d.area_code, n.prefix) AND {_LATER})
"""

# Rows about the same thing as a row of a person, whoever else they name; written so that an index of them serves.
_SAME_KEY = """(d.dataset = '{dataset}' AND d.fields ? '{column}' AND d.fields ->> '{column}' = ANY(
    CAST(:keys_{number} AS text[]) || ARRAY(SELECT k.fields ->> '{column}' FROM record_row k
                                            WHERE k.dataset = '{dataset}' AND k.id_token = ANY(:tokens))))"""


async def lists_and_areas(session: AsyncSession, wanted: Sequence[tuple[str, str, str]], period: str) -> Sequence[Any]:
    """Give the lists that count for `period`, and a row without id for each area where records were pushed.

    Args:
        wanted: As for `effective_rows`.
    """
    found = await execute(session, _LISTS_AND_AREAS, _window(wanted, period), row_factory=namedtuple_row)
    return await found.fetchall()


async def export_records(
    session: AsyncSession, wanted: Sequence[tuple[str, str, str]], period: str, only: RecordsOf | None, file: Path
) -> None:
    """Write the pushed rows that count for `period` to a CSV file; all of them, or `only` some persons'."""
    values = _window(wanted, period)
    query = _RECORDS
    if only is not None:
        conditions = ["d.id_token = ANY(:tokens)", "d.dataset = ANY(CAST(:whole AS text[]))"]
        for number, (dataset, (column, keys)) in enumerate(only.keys.items()):
            conditions.append(_SAME_KEY.format(dataset=dataset, column=column, number=number))
            values[f"keys_{number}"] = list(keys)
        values["tokens"] = list(only.tokens)
        values["whole"] = list(only.whole)
        query += f"  AND ({' OR '.join(conditions)})"
    await copy_out(session, query, values, file)


def _window(wanted: Sequence[tuple[str, str, str]], period: str) -> dict[str, Any]:
    return {
        "datasets": [dataset for dataset, _, _ in wanted],
        "modes": [mode for _, mode, _ in wanted],
        "firsts": [first for _, _, first in wanted],
        "period": period,
    }


# Where a whole list waits to be believed.
_HELD = """
WITH wanted AS (
    SELECT * FROM unnest(CAST(:datasets AS text[]), CAST(:modes AS text[]), CAST(:firsts AS text[]))
        AS w (dataset, mode, first_period)
)
SELECT DISTINCT d.dataset, d.area_code FROM delivery d JOIN wanted w USING (dataset)
WHERE d.state = 'held' AND NOT d.is_addition AND d.period BETWEEN w.first_period AND :period
ORDER BY d.dataset, d.area_code
"""


async def held_lists(session: AsyncSession, wanted: Sequence[tuple[str, str, str]], period: str) -> list[Any]:
    """Give `(dataset, area_code)` of lists that would count for `period` and are held."""
    return list((await session.execute(text(_HELD), _window(wanted, period))).all())
