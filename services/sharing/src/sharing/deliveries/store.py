"""Queries of deliveries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from psycopg.rows import namedtuple_row
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from servicekit import locks
from servicekit.db import copy_out, execute
from sharing.deliveries.tables import Delivery, DeliveryPart


async def lock_delivery(session: AsyncSession, delivery_id: str) -> Delivery | None:
    """Give a delivery, locked until the transaction ends: parts and commit wait for one another."""
    return await session.get(Delivery, delivery_id, with_for_update=True, populate_existing=True)


async def parts_of(session: AsyncSession, delivery_id: str) -> Sequence[DeliveryPart]:
    """Give a delivery's parts by number."""
    found = await session.execute(
        select(DeliveryPart).where(DeliveryPart.delivery_id == delivery_id).order_by(col(DeliveryPart.number))
    )
    return found.scalars().all()


async def lock_period(session: AsyncSession, dataset: str, period: str, area_code: str) -> None:
    """Let one commit at a time decide which delivery of a dataset, period and area counts."""
    await locks.lock_on(session, locks.LockOn.DELIVERY, dataset, period, area_code)


async def next_commit_seq(session: AsyncSession) -> int:
    """Give the next commit number; taken under `lock_period`, so it grows in commit order per dataset and period."""
    [(number,)] = await (await execute(session, "SELECT nextval('delivery_commit_seq')")).fetchall()
    return int(number)


async def supersede_current(session: AsyncSession, new: Delivery) -> str | None:
    """Mark the delivery that counted until now as superseded by `new`; give its id."""
    found = await session.execute(
        text(
            "UPDATE delivery SET superseded_by = :new WHERE dataset = :dataset AND period = :period"
            " AND area_code = :area AND state = 'committed' AND kind <> 'record' AND superseded_by IS NULL"
            " RETURNING id"
        ),
        {"new": new.id, "dataset": new.dataset, "period": new.period, "area": new.area_code},
    )
    return found.scalar_one_or_none()


async def touch(session: AsyncSession, delivery_id: str, at: datetime) -> None:
    """Note that somebody works on an open delivery."""
    await session.execute(text("UPDATE delivery SET active_at = :at WHERE id = :id"), {"at": at, "id": delivery_id})


async def list_deliveries(
    session: AsyncSession,
    *,
    dataset: str | None,
    period: str | None,
    department: str | None,
    area_clause: tuple[str, dict[str, str]],
    before: tuple[datetime, str] | None,
    limit: int,
) -> Sequence[Delivery]:
    """Give deliveries, newest first, one more than a page to tell whether another follows."""
    condition, parameters = area_clause
    query = select(Delivery).where(text(condition).bindparams(**parameters))
    if dataset:
        query = query.where(Delivery.dataset == dataset)
    if period:
        query = query.where(Delivery.period == period)
    if department:
        query = query.where(Delivery.department == department)
    if before:
        query = query.where(
            text("(opened_at, id) < (:before_at, :before_id)").bindparams(before_at=before[0], before_id=before[1])
        )
    query = query.order_by(col(Delivery.opened_at).desc(), col(Delivery.id).desc()).limit(limit + 1)
    return (await session.execute(query)).scalars().all()


_EFFECTIVE = """
WITH wanted AS (
    SELECT * FROM unnest(CAST(:datasets AS text[]), CAST(:modes AS text[]), CAST(:firsts AS text[]))
        AS w (dataset, mode, first_period)
),
committed AS (
    SELECT d.*, w.mode,
           -- The newest list of a full dataset and area; records before it are part of it already.
           first_value(CASE WHEN d.kind <> 'record' THEN d.id END) OVER newest AS base_id
    FROM delivery d JOIN wanted w USING (dataset)
    WHERE d.state = 'committed' AND d.superseded_by IS NULL AND d.period BETWEEN w.first_period AND :period
    WINDOW newest AS (PARTITION BY d.dataset, d.area_code
                      ORDER BY (d.kind <> 'record') DESC, d.period DESC, d.commit_seq DESC)
)
SELECT d.dataset, d.id, d.kind, d.period, d.area_code, d.commit_seq, d.exclusion_path, d.is_nil,
       d.token_key_id, d.rows_deleted_at IS NOT NULL AS is_deleted,
       coalesce((SELECT array_agg(p.path ORDER BY p.number) FROM delivery_part p
                 WHERE p.delivery_id = d.id AND p.accepted > 0), '{}') AS paths
FROM committed d LEFT JOIN committed base ON base.id = d.base_id
WHERE d.mode = 'incremental' OR d.id = d.base_id
   OR (d.kind = 'record' AND (base.id IS NULL OR (d.period >= base.period AND d.commit_seq > base.commit_seq)))
ORDER BY d.dataset, d.period, d.commit_seq
"""


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
    """

    tokens: Sequence[str]
    keys: Mapping[str, tuple[str, Sequence[str]]]


_LISTS = """
WITH RECURSIVE wanted AS (
    SELECT * FROM unnest(CAST(:datasets AS text[]), CAST(:modes AS text[]), CAST(:firsts AS text[]))
        AS w (dataset, mode, first_period)
),
list AS (
    SELECT d.*, w.mode,
           first_value(d.id) OVER (PARTITION BY d.dataset, d.area_code
                                   ORDER BY d.period DESC, d.commit_seq DESC) AS base_id
    FROM delivery d JOIN wanted w USING (dataset)
    WHERE d.state = 'committed' AND d.superseded_by IS NULL AND d.kind <> 'record'
      AND d.period BETWEEN w.first_period AND :period
),
base AS (SELECT * FROM list WHERE mode = 'full' AND id = base_id)
"""

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
SELECT dataset, id, kind, period, area_code, commit_seq, exclusion_path, is_nil,
       token_key_id, rows_deleted_at IS NOT NULL AS is_deleted,
       coalesce((SELECT array_agg(p.path ORDER BY p.number) FROM delivery_part p
                 WHERE p.delivery_id = list.id AND p.accepted > 0), '{{}}') AS paths
FROM list WHERE mode = 'incremental' OR id = base_id
UNION ALL
-- Where records were pushed something is known, whoever they are about.
SELECT dataset, '', 'record', '', area_code, 0, NULL, false, '', false, CAST('{{}}' AS text[])
FROM pushed_in WHERE area_code IS NOT NULL
UNION ALL
SELECT DISTINCT d.dataset, '', 'record', '', d.area_code, 0, NULL, false, '', true, CAST('{{}}' AS text[])
FROM delivery d JOIN wanted w USING (dataset) LEFT JOIN base USING (dataset, area_code)
WHERE d.kind = 'record' AND d.rows_deleted_at IS NOT NULL AND d.period BETWEEN w.first_period AND :period
  AND (base.id IS NULL OR (d.period >= base.period AND d.commit_seq > base.commit_seq))
ORDER BY dataset, period, commit_seq
"""

_RECORDS = f"""
{_LISTS}
SELECT r.dataset, r.delivery_id, r.period, r.commit_seq, r.id_token, r.person_token, r.fields
FROM record_row r JOIN wanted w USING (dataset) LEFT JOIN base USING (dataset, area_code)
WHERE r.period BETWEEN w.first_period AND :period
  AND (base.id IS NULL OR (r.period >= base.period AND r.commit_seq > base.commit_seq))
"""

# Rows about the same thing as a row of a person, whoever else they name; written so that an index of them serves.
_SAME_KEY = """(r.dataset = '{dataset}' AND r.fields ? '{column}' AND r.fields ->> '{column}' = ANY(
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
        conditions = ["r.id_token = ANY(:tokens)"]
        for number, (dataset, (column, keys)) in enumerate(only.keys.items()):
            conditions.append(_SAME_KEY.format(dataset=dataset, column=column, number=number))
            values[f"keys_{number}"] = list(keys)
        values["tokens"] = list(only.tokens)
        query += f"  AND ({' OR '.join(conditions)})"
    await copy_out(session, query, values, file)


def _window(wanted: Sequence[tuple[str, str, str]], period: str) -> dict[str, Any]:
    return {
        "datasets": [dataset for dataset, _, _ in wanted],
        "modes": [mode for _, mode, _ in wanted],
        "firsts": [first for _, _, first in wanted],
        "period": period,
    }


_LEDGER = """
SELECT dataset,
       min(closed_at) FILTER (WHERE kind <> 'record') AS received_at,
       max(closed_at) FILTER (WHERE kind <> 'record') AS last_received_at,
       count(*) FILTER (WHERE kind <> 'record') AS deliveries,
       count(*) FILTER (WHERE kind = 'record') AS records,
       max(id) FILTER (WHERE is_current) AS delivery_id,
       max(rows_accepted) FILTER (WHERE is_current) AS rows_accepted,
       max(rows_rejected) FILTER (WHERE is_current) AS rows_rejected,
       coalesce(bool_or(is_nil) FILTER (WHERE is_current), false) AS is_nil
FROM (SELECT *, kind <> 'record' AND superseded_by IS NULL AS is_current FROM delivery) d
WHERE state = 'committed' AND period = :period AND area_code = :area
GROUP BY dataset
"""


async def ledger_rows(session: AsyncSession, period: str, area_code: str) -> Sequence[Row[Any]]:
    """Give what arrived for a period and area, a row a dataset."""
    return (await session.execute(text(_LEDGER), {"period": period, "area": area_code})).all()


async def expired_open(session: AsyncSession, before: datetime, limit: int) -> Sequence[str]:
    """Give open deliveries that nobody has worked on since `before`."""
    found = await session.execute(
        text("SELECT id FROM delivery WHERE state = 'open' AND active_at < :before ORDER BY active_at LIMIT :limit"),
        {"before": before, "limit": limit},
    )
    return found.scalars().all()


async def deliveries_with_rejects(session: AsyncSession, closed_before: datetime, limit: int) -> Sequence[Row[Any]]:
    """Give closed deliveries that still have reject files: `(id, area_code, closed_at)`."""
    found = await session.execute(
        text(
            "SELECT id, area_code, closed_at FROM delivery d WHERE closed_at < :before AND rejects_deleted_at IS NULL"
            " AND EXISTS (SELECT FROM delivery_part p WHERE p.delivery_id = d.id AND p.rejects_path IS NOT NULL)"
            " ORDER BY closed_at LIMIT :limit"
        ),
        {"before": closed_before, "limit": limit},
    )
    return found.all()


async def areas_with_rows(session: AsyncSession) -> set[str]:
    """Give the areas of the deliveries whose rows are still kept."""
    found = await session.execute(
        text("SELECT DISTINCT area_code FROM delivery WHERE state = 'committed' AND rows_deleted_at IS NULL")
    )
    return set(found.scalars())


@dataclass(frozen=True)
class RowLimit:
    """What may be deleted of a dataset and area.

    Attributes:
        expired_through: Deliveries of this period and earlier ones can no longer count.
        superseded_before: Deliveries superseded before this instant neither.
        is_full: Lists of the dataset contain the records pushed before them.
    """

    dataset: str
    area_code: str
    expired_through: str
    superseded_before: datetime
    is_full: bool


_EXPIRED_ROWS = """
WITH bound AS (
    SELECT * FROM unnest(CAST(:datasets AS text[]), CAST(:areas AS text[]), CAST(:expired AS text[]),
                         CAST(:superseded AS timestamptz[]), CAST(:fulls AS boolean[]))
        AS b (dataset, area_code, expired_through, superseded_before, is_full)
)
SELECT d.id, coalesce(array_agg(p.path ORDER BY p.number) FILTER (WHERE p.path IS NOT NULL), '{}') AS paths
FROM delivery d JOIN bound b USING (dataset, area_code) LEFT JOIN delivery_part p ON p.delivery_id = d.id
WHERE d.state = 'committed' AND d.rows_deleted_at IS NULL AND (p.path IS NOT NULL OR d.kind = 'record')
  AND (d.period <= b.expired_through
       OR EXISTS (SELECT FROM delivery n WHERE n.id = d.superseded_by AND n.closed_at < b.superseded_before)
       -- A later list contains the record, even if that list was superseded in its turn.
       OR (b.is_full AND d.kind = 'record' AND EXISTS (
              SELECT FROM delivery n
              WHERE n.dataset = d.dataset AND n.period = d.period AND n.area_code = d.area_code
                AND n.state = 'committed' AND n.kind <> 'record'
                AND n.commit_seq > d.commit_seq AND n.closed_at < b.superseded_before)))
GROUP BY d.id
ORDER BY d.id LIMIT :limit
"""


async def expired_rows(session: AsyncSession, limits: Sequence[RowLimit], limit: int) -> Sequence[Row[Any]]:
    """Give deliveries whose rows are to be deleted: `(id, paths)`, oldest first."""
    found = await session.execute(
        text(_EXPIRED_ROWS),
        {
            "datasets": [bound.dataset for bound in limits],
            "areas": [bound.area_code for bound in limits],
            "expired": [bound.expired_through for bound in limits],
            "superseded": [bound.superseded_before for bound in limits],
            "fulls": [bound.is_full for bound in limits],
            "limit": limit,
        },
    )
    return found.all()


async def mark_rows_deleted(session: AsyncSession, delivery_ids: Sequence[str], at: datetime) -> None:
    """Note that the rows of these deliveries are gone; what was delivered, by whom, and the receipts stay."""
    await session.execute(
        text("UPDATE delivery SET rows_deleted_at = :at WHERE id = ANY(:ids) AND rows_deleted_at IS NULL"),
        {"at": at, "ids": list(delivery_ids)},
    )
    await session.execute(text("DELETE FROM record_row WHERE delivery_id = ANY(:ids)"), {"ids": list(delivery_ids)})


async def known_paths(session: AsyncSession, paths: Sequence[str]) -> set[str]:
    """Give those of `paths` that the manifest still needs."""
    found = await session.execute(
        text(
            "SELECT p.path FROM delivery_part p JOIN delivery d ON d.id = p.delivery_id"
            " WHERE p.path = ANY(:paths) AND d.state IN ('open', 'committed') AND d.rows_deleted_at IS NULL"
            " UNION SELECT p.rejects_path FROM delivery_part p JOIN delivery d ON d.id = p.delivery_id"
            " WHERE p.rejects_path = ANY(:paths) AND d.rejects_deleted_at IS NULL"
            " UNION SELECT exclusion_path FROM delivery WHERE exclusion_path = ANY(:paths)"
        ),
        {"paths": list(paths)},
    )
    return set(found.scalars())
