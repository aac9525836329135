"""Periodic jobs: give up abandoned deliveries, delete rows and rejected rows in time, sweep what crashes left."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from itertools import islice

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from servicekit import clock
from servicekit.db import Database
from servicekit.worker import Task, every
from sharing.catalogue.service import Dataset, load_catalogue, load_datasets
from sharing.deliveries import rules, service, store
from sharing.deliveries.tables import Delivery
from sharing.lake.service import Lake, lake_of
from sharing.policy.service import profiles_at
from sharing.settings import SharingSettings

log = structlog.get_logger(__name__)

_INTERVAL_S = 600.0
_BATCH = 200
# Nothing legitimate stays unlisted this long: an upload publishes its files seconds before its row.
_ORPHAN_AGE_S = 6 * 3600.0
_RETENTION = "sharing.reject_retention_days"
_ROW_RETENTION = "sharing.row_retention_days"
_OPEN_MONTHS = "sharing.period_open_months"


def tasks(settings: SharingSettings, database: Database) -> Sequence[Task]:
    """Give the worker's housekeeping tasks."""
    lake = lake_of(settings)

    async def tidy() -> None:
        await give_up_idle(database, lake, after_h=settings.abandoned_after_h)
        await delete_expired_rejects(database, lake)
        await delete_expired_rows(database, lake)
        await sweep(database, lake)

    async def run(stop: asyncio.Event) -> None:
        await every(_INTERVAL_S, tidy, stop)

    return [run]


async def give_up_idle(database: Database, lake: Lake, *, after_h: int) -> int:
    """Abandon open deliveries that nobody worked on for `after_h` hours; give their number."""
    async with database.transaction() as session:
        idle = await store.expired_open(session, clock.now() - timedelta(hours=after_h), _BATCH)
    count = 0
    for delivery_id in idle:
        async with database.transaction() as session:
            delivery = await store.lock_delivery(session, delivery_id)
            if delivery is None or delivery.state != "open":
                continue
            paths = await service.abandon(session, delivery)
        await asyncio.to_thread(lake.delete, paths)
        count += 1
    if count:
        log.info("deliveries.abandoned", count=count)
    return count


async def delete_expired_rejects(database: Database, lake: Lake) -> int:
    """Delete the rejected rows of deliveries closed longer ago than the profile's days; give the deliveries' number.

    Source: parameter sharing.reject_retention_days; Personal Information Protection Law art. 19, shortest retention.
    """
    now = clock.now()
    async with database.transaction() as session:
        closed = await store.deliveries_with_rejects(session, now - timedelta(days=1), _BATCH)
        profiles = await profiles_at(session, {row.area_code for row in closed}, clock.today())
    due = [row.id for row in closed if row.closed_at < now - timedelta(days=profiles[row.area_code].whole(_RETENTION))]
    for delivery_id in due:
        async with database.transaction() as session:
            delivery = await session.get(Delivery, delivery_id, with_for_update=True)
            if delivery is None:
                continue
            paths = [part.rejects_path for part in await store.parts_of(session, delivery_id) if part.rejects_path]
            if delivery.identities_path is not None:
                paths.append(delivery.identities_path)
            # Files first: a crash in between deletes them again, never leaves them behind unnoticed.
            await asyncio.to_thread(lake.delete, paths)
            delivery.rejects_deleted_at = now
            session.add(delivery)
    if due:
        log.info("rejects.deleted", deliveries=len(due))
    return len(due)


async def delete_expired_rows(database: Database, lake: Lake) -> int:
    """Delete the rows that can no longer count, the profile's days after that; give the deliveries' number.

    Rows stop counting when their delivery is superseded, or when the last period that may need them has closed.
    What was delivered, by whom, hashes, counts and receipts stay.

    Source: parameter sharing.row_retention_days; Personal Information Protection Law art. 19, shortest retention.
    """
    count = 0
    while True:
        async with database.transaction() as session:
            expired = await store.expired_rows(session, await _row_limits(session), _BATCH)
        if expired:
            # Files first: a crash in between deletes them again, never leaves them behind unnoticed. No lock is
            # held meanwhile: a committed delivery does not change, and nothing makes these rows count again.
            await asyncio.to_thread(lake.delete, [path for row in expired for path in row.paths])
            async with database.transaction() as session:
                await store.mark_rows_deleted(session, [row.id for row in expired], clock.now())
            count += len(expired)
        if len(expired) < _BATCH:
            break
    if count:
        log.info("rows.deleted", deliveries=count)
    return count


async def _row_limits(session: AsyncSession) -> list[store.RowLimit]:
    """Give, for each area that delivered and each dataset, what may be deleted by today's policy profiles."""
    today, now = clock.today(), clock.now()
    profiles = await profiles_at(session, await store.areas_with_rows(session), today)
    # A comparison reads all areas: while a period is open for one, the rows of the others are needed too.
    open_months = max((profile.whole(_OPEN_MONTHS) for profile in profiles.values()), default=0)
    keep_days = {area: profile.whole(_ROW_RETENTION) for area, profile in profiles.items()}
    return [
        store.RowLimit(
            dataset.code,
            area,
            rules.expired_through(
                today, valid_months=_counted_months(dataset), open_months=open_months, keep_days=days
            ),
            rules.superseded_before(now, days),
            is_full=dataset.mode == "full",
        )
        for area, days in keep_days.items()
        for dataset in load_datasets().values()
    ]


def _counted_months(dataset: Dataset) -> int:
    """Give the months whose comparisons read a delivery: the next one reads a list that it is compared with."""
    return dataset.valid_months + load_catalogue().rows[dataset.code].is_compared


async def sweep(database: Database, lake: Lake, *, older_than_s: float = _ORPHAN_AGE_S) -> int:
    """Delete files that no manifest row names; give their number."""
    count = await asyncio.to_thread(lake.sweep_incoming, older_than_s=older_than_s)
    files = await asyncio.to_thread(lambda: iter(list(lake.files(older_than_s=older_than_s))))
    while batch := list(islice(files, 1000)):
        async with database.transaction() as session:
            known = await store.known_paths(session, batch)
        orphans = [path for path in batch if path not in known]
        await asyncio.to_thread(lake.delete, orphans)
        count += len(orphans)
    if count:
        log.info("lake.swept", files=count)
    return count
