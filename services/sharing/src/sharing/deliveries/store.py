"""Queries of deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg.rows import class_row
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from contracts.parameters import lineage
from servicekit import areas, clock, conflicts, locks
from servicekit.auth import Principal
from servicekit.db import execute
from sharing.deliveries.schemas import DeliveryQuery
from sharing.deliveries.tables import Delivery, DeliveryPart
from sharing.sources import ListOf

DELIVERY = "delivery"  # the kind of subject that a refused decision was about


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


async def current_list(session: AsyncSession, new: Delivery) -> Delivery | None:
    """Give the list that counts until now for the period and area of `new`."""
    return await _first_list(session, new, Delivery.period == new.period)


async def list_before(session: AsyncSession, new: Delivery) -> Delivery | None:
    """Give the newest list of the period or an earlier one for the area of `new`: what it can be held against."""
    return await _first_list(session, new, col(Delivery.period) <= new.period)


async def period_before(session: AsyncSession, new: Delivery) -> str | None:
    """Give the newest period up to that of `new` of which a list counts for its area, some of it, or one above it."""
    found = await session.execute(
        text(
            "SELECT max(period) FROM delivery WHERE dataset = :dataset AND period <= :period AND state = 'committed'"
            " AND kind <> 'record' AND NOT is_addition AND superseded_by IS NULL AND id <> :id"
            " AND (area_code = ANY(CAST(:above AS text[])) OR starts_with(area_code, area_prefix(:area)))"
        ),
        new.model_dump(include={"dataset", "period", "id"}) | {"above": lineage(new.area_code), "area": new.area_code},
    )
    period: str | None = found.scalar_one()
    return period


async def corrections_of(session: AsyncSession, delivery_id: str) -> Sequence[Delivery]:
    """Give the committed deliveries of mended rows of a delivery."""
    query = select(Delivery).where(Delivery.corrects == delivery_id, Delivery.state == "committed")
    return (await session.execute(query.order_by(col(Delivery.commit_seq)))).scalars().all()


async def rows_of(session: AsyncSession, delivery_ids: Sequence[str]) -> dict[str, int]:
    """Give how many rows of each delivery count."""
    query = select(Delivery.id, Delivery.rows_accepted).where(col(Delivery.id).in_(delivery_ids))
    return {delivery_id: rows or 0 for delivery_id, rows in (await session.execute(query)).all()}


async def has_list(session: AsyncSession, new: Delivery) -> bool:
    """Tell whether there is a list of the period and area of `new`, effective or held."""
    query = select(Delivery.id).where(
        Delivery.dataset == new.dataset, Delivery.area_code == new.area_code, Delivery.period == new.period,
        col(Delivery.state).in_(("committed", "held")), Delivery.kind != "record",
        col(Delivery.is_addition).is_(False), Delivery.id != new.id,
    )  # fmt: skip
    return (await session.execute(query.limit(1))).first() is not None


async def _first_list(session: AsyncSession, new: Delivery, condition: Any) -> Delivery | None:
    query = (
        select(Delivery)
        .where(Delivery.dataset == new.dataset, Delivery.area_code == new.area_code, Delivery.state == "committed")
        .where(Delivery.kind != "record", col(Delivery.is_addition).is_(False), col(Delivery.superseded_by).is_(None))
        .where(condition, Delivery.id != new.id)
        .order_by(col(Delivery.period).desc(), col(Delivery.commit_seq).desc())
        .limit(1)
    )
    return (await session.execute(query)).scalar_one_or_none()


async def supersede(session: AsyncSession, old: str, new: str) -> None:
    """Mark a list as superseded by a new one."""
    await session.execute(text("UPDATE delivery SET superseded_by = :new WHERE id = :old"), {"old": old, "new": new})


async def held_before(session: AsyncSession, new: Delivery) -> Sequence[Delivery]:
    """Give the held lists that `new` makes moot: of its period and area, sent before it."""
    query = select(Delivery).where(
        Delivery.dataset == new.dataset, Delivery.area_code == new.area_code, Delivery.period == new.period,
        Delivery.state == "held", Delivery.id != new.id,
        col(Delivery.commit_seq) < (new.commit_seq or 0),
    )  # fmt: skip
    return (await session.execute(query.with_for_update())).scalars().all()


_OUTLIVED_RECORDS = """
SELECT count(*) FROM record_row r
WHERE r.dataset = :dataset AND r.period = :period AND starts_with(r.area_code, area_prefix(:area))
  AND r.commit_seq < :seq
"""


async def records_before(session: AsyncSession, new: Delivery) -> int:
    """Count the single records of the period and area that were pushed before a list: the list holds."""
    values = {"dataset": new.dataset, "period": new.period, "area": new.area_code, "seq": new.commit_seq}
    return int((await session.execute(text(_OUTLIVED_RECORDS), values)).scalar_one())


async def touch(session: AsyncSession, delivery_id: str, at: datetime) -> None:
    """Note that somebody works on an open delivery."""
    await session.execute(text("UPDATE delivery SET active_at = :at WHERE id = :id"), {"at": at, "id": delivery_id})


async def list_deliveries(
    session: AsyncSession, principal: Principal, wanted: DeliveryQuery, before: tuple[datetime, str] | None
) -> Sequence[Delivery]:
    """Give deliveries that the caller may read, newest first, one more than a page to tell whether another follows."""
    query = _about(select(Delivery), "own", principal.areas)
    if wanted.area:
        query = _about(query, "asked", [wanted.area])
    if wanted.dataset:
        query = query.where(Delivery.dataset == wanted.dataset)
    if wanted.period:
        query = query.where(Delivery.period == wanted.period)
    if wanted.state:
        query = query.where(Delivery.state == wanted.state)
    if wanted.has_refused is not None:
        has_one = conflicts.has_open(DELIVERY, "delivery.id")
        query = query.where(text(has_one if wanted.has_refused else f"NOT {has_one}"))
    if wanted.overdue:
        query = query.where(Delivery.state == "held", col(Delivery.hold_due_on) < clock.today())
    if principal.department:
        query = query.where(Delivery.department == principal.department)
    if before:
        query = query.where(
            text("(opened_at, id) < (:before_at, :before_id)").bindparams(before_at=before[0], before_id=before[1])
        )
    query = query.order_by(col(Delivery.opened_at).desc(), col(Delivery.id).desc()).limit(wanted.limit + 1)
    return (await session.execute(query)).scalars().all()


def _about(query: Any, name: str, roots: Sequence[str]) -> Any:
    """Keep deliveries for areas within these subtrees, and those for an area above one of them."""
    above = sorted({code for root in roots for code in lineage(root)})
    prefixes = [areas.prefix_of(root) for root in roots]
    condition = (
        f"(area_code = ANY(:{name}_above) OR EXISTS (SELECT FROM unnest(CAST(:{name}_prefixes AS text[])) AS p (prefix)"
        " WHERE starts_with(delivery.area_code, p.prefix)))"
    )
    return query.where(text(condition).bindparams(**{f"{name}_above": above, f"{name}_prefixes": prefixes}))


_LEDGER = """
SELECT dataset,
       min(closed_at) FILTER (WHERE is_list AND state = 'committed') AS received_at,
       max(closed_at) FILTER (WHERE kind <> 'record' AND state = 'committed') AS last_received_at,
       count(*) FILTER (WHERE kind <> 'record' AND state = 'committed') AS deliveries,
       count(*) FILTER (WHERE kind = 'record') AS records,
       max(id) FILTER (WHERE is_current) AS delivery_id,
       max(rows_accepted) FILTER (WHERE is_current) AS rows_accepted,
       max(rows_rejected) FILTER (WHERE is_current) AS rows_rejected,
       coalesce(bool_or(is_nil) FILTER (WHERE is_current), false) AS is_nil,
       max(id) FILTER (WHERE state = 'held') AS held_delivery_id
FROM (SELECT *, is_list AND state = 'committed' AND superseded_by IS NULL AS is_current
      FROM (SELECT *, kind <> 'record' AND NOT is_addition AS is_list FROM delivery
            WHERE state IN ('committed', 'held') AND period = :period
              AND area_code = ANY(CAST(:areas AS text[]))) l) d
GROUP BY dataset
"""


async def ledger_rows(session: AsyncSession, period: str, area_codes: Sequence[str]) -> Sequence[Row[Any]]:
    """Give what arrived for a period and an area, a row a dataset.

    Args:
        area_codes: The area and those above it: what was delivered for one of them was delivered for it.
    """
    return (await session.execute(text(_LEDGER), {"period": period, "areas": list(area_codes)})).all()


async def count_held(session: AsyncSession, today: date) -> Sequence[Row[Any]]:
    """Count the held lists: `(department, is_overdue, lists)`."""
    query = (
        "SELECT department, coalesce(hold_due_on < :today, false) AS is_overdue, count(*) AS lists FROM delivery"
        " WHERE state = 'held' GROUP BY 1, 2 ORDER BY 1, 2"
    )
    return (await session.execute(text(query), {"today": today})).all()


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
            " AND (exclusion_path IS NOT NULL"
            " OR EXISTS (SELECT FROM delivery_part p WHERE p.delivery_id = d.id AND p.rejects_path IS NOT NULL))"
            " ORDER BY closed_at LIMIT :limit"
        ),
        {"before": closed_before, "limit": limit},
    )
    return found.all()


async def areas_with_rows(session: AsyncSession) -> set[str]:
    """Give the areas of the deliveries whose rows are still kept."""
    found = await session.execute(
        text("SELECT DISTINCT area_code FROM delivery WHERE state IN ('committed', 'held') AND rows_deleted_at IS NULL")
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
WHERE d.state IN ('committed', 'held') AND d.rows_deleted_at IS NULL AND (p.path IS NOT NULL OR d.kind = 'record')
  AND (d.period <= b.expired_through
       OR EXISTS (SELECT FROM delivery n WHERE n.id = d.superseded_by AND n.closed_at < b.superseded_before)
       -- A later list contains what was added, even if that list was superseded in its turn.
       OR (b.is_full AND (d.kind = 'record' OR d.is_addition) AND EXISTS (
              SELECT FROM delivery n
              WHERE n.dataset = d.dataset AND n.period = d.period AND n.area_code = d.area_code
                AND n.state = 'committed' AND n.kind <> 'record' AND NOT n.is_addition
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


_BESIDE = "regexp_replace({}, '/([^/]*)\\.parquet$', '/identities-\\1.sealed')"


async def known_paths(session: AsyncSession, paths: Sequence[str]) -> set[str]:
    """Give those of `paths` that the manifest still needs."""
    found = await session.execute(
        text(
            "SELECT p.path FROM delivery_part p JOIN delivery d ON d.id = p.delivery_id"
            " WHERE p.path = ANY(:paths) AND d.state IN ('open', 'held', 'committed') AND d.rows_deleted_at IS NULL"
            " UNION SELECT p.rejects_path FROM delivery_part p JOIN delivery d ON d.id = p.delivery_id"
            " WHERE p.rejects_path = ANY(:paths) AND d.rejects_deleted_at IS NULL"
            " UNION SELECT exclusion_path FROM delivery WHERE exclusion_path = ANY(:paths)"
            # Beside parts of open deliveries: `identities.beside`.
            f" UNION SELECT {_BESIDE.format('p.path')} FROM delivery_part p JOIN delivery d ON d.id = p.delivery_id"
            f" WHERE {_BESIDE.format('p.path')} = ANY(:paths) AND d.state = 'open'"
            " UNION SELECT identities_path FROM delivery"
            " WHERE identities_path = ANY(:paths) AND rejects_deleted_at IS NULL"
        ),
        {"paths": list(paths)},
    )
    return set(found.scalars())


@dataclass(frozen=True)
class Delivered:
    """A delivery that came to count, or was held and will not, and the clients behind it."""

    id: str
    dataset: str
    period: str
    area_code: str
    kind: str
    sent_by: str
    decided_by: str | None
    closed_at: datetime | None
    receipt_no: str | None


async def delivered(session: AsyncSession, delivery_ids: Sequence[str]) -> list[Delivered]:
    """Give deliveries by their ids."""
    query = "SELECT id, dataset, period, area_code, kind, opened_by AS sent_by, decided_by, closed_at,"
    query += " receipt_no"
    query += " FROM delivery WHERE id = ANY(:ids)"
    found = await execute(session, query, {"ids": list(delivery_ids)}, row_factory=class_row(Delivered))
    return await found.fetchall()


@dataclass(frozen=True)
class Pushed:
    """A row that was pushed singly."""

    delivery_id: str
    dataset: str
    period: str
    area_code: str
    id_token: str
    person_token: str


async def pushed(session: AsyncSession, delivery_ids: Sequence[str]) -> list[Pushed]:
    """Give the rows of single records by the ids of their deliveries."""
    query = "SELECT delivery_id, dataset, period, area_code, id_token, person_token FROM record_row"
    query += " WHERE delivery_id = ANY(:ids) ORDER BY period, commit_seq"
    found = await execute(session, query, {"ids": list(delivery_ids)}, row_factory=class_row(Pushed))
    return await found.fetchall()


async def lists_told(session: AsyncSession) -> list[ListOf]:
    """Give of which datasets, areas and periods lists were delivered, nil returns included; single records are none."""
    query = (
        "SELECT DISTINCT dataset, area_code, period FROM delivery"
        " WHERE state = 'committed' AND kind <> 'record' AND NOT is_addition ORDER BY dataset, area_code, period"
    )
    found = await execute(session, query, row_factory=class_row(ListOf))
    return await found.fetchall()
