"""What the sharing worker runs for comparisons and the directory."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

import structlog

from contracts import topics
from servicekit.bus.port import EventBus
from servicekit.consumer import Consumer
from servicekit.db import Database, is_transient
from servicekit.notifications import notified
from servicekit.telemetry import redact
from servicekit.worker import Task, every
from sharing.comparison import store
from sharing.comparison.engine import Limits
from sharing.comparison.executor import Executor
from sharing.deliveries.context import lake_of
from sharing.directory import consumers as directory
from sharing.findings import consumers as findings
from sharing.settings import SharingSettings

log = structlog.get_logger(__name__)

_SWEEP_S = 6 * 3600.0
_BACK_OFF_S = 2.0


def tasks(settings: SharingSettings, database: Database, bus: EventBus) -> Sequence[Task]:
    """Give the tasks: one lane for pushed records, so that they never wait behind a what-if, one for the rest."""
    executor = Executor(
        database,
        lake_of(settings),
        settings.data_dir.absolute() / "comparison",
        limits=Limits(settings.comparison_memory_bytes, settings.comparison_threads),
        lease_s=settings.comparison_lease_s,
    )
    consumer = Consumer(
        "sharing.directory",
        database=database,
        bus=bus,
        handlers={
            topics.HOUSEHOLD: directory.on_household_snapshots,
            topics.POLICY: directory.on_policy_profiles,
            topics.CLUE: findings.on_clues,
        },
        batch_size=1000,
    )

    async def sweep(stop: asyncio.Event) -> None:
        await every(_SWEEP_S, executor.sweep, stop)

    return [
        consumer.run,
        lane(database, executor, "limited"),
        lane(database, executor, "full", "dry_run"),
        sweep,
    ]


def lane(database: Database, executor: Executor, *kinds: str) -> Task:
    """Give a task that executes runs of these kinds, as soon as they are queued, until told to stop.

    An outage of the database is waited for.
    """

    async def run(stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                async with await database.connect_raw() as connection:
                    await connection.execute(f"LISTEN {store.CHANNEL}")
                    while not stop.is_set():
                        while not stop.is_set() and await executor.work_once(kinds):
                            pass
                        if not stop.is_set():
                            await notified(connection, executor.look_s, stop)
            except Exception as error:
                log.warning(
                    "comparison.interrupted",
                    error=type(error).__name__,
                    detail=redact(str(error))[:300],
                    transient=is_transient(error),
                )
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), _BACK_OFF_S)

    return run
