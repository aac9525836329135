"""What the sharing worker runs for comparisons."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from servicekit.db import Database
from servicekit.notifications import listen
from servicekit.worker import Task, every
from sharing.comparison import store
from sharing.comparison.engine import Limits
from sharing.comparison.executor import Executor
from sharing.lake.service import lake_of
from sharing.settings import SharingSettings

_SWEEP_S = 6 * 3600.0


def tasks(settings: SharingSettings, database: Database) -> Sequence[Task]:
    """Give the tasks: one lane for pushed records, so that they never wait behind a what-if, one for the rest."""
    executor = Executor(
        database,
        lake_of(settings),
        settings.data_dir.absolute() / "comparison",
        limits=Limits(settings.comparison_memory_bytes, settings.comparison_threads),
        lease_s=settings.comparison_lease_s,
    )

    async def sweep(stop: asyncio.Event) -> None:
        await every(_SWEEP_S, executor.sweep, stop)

    return [
        lane(database, executor, "limited"),
        lane(database, executor, "full", "dry_run"),
        sweep,
    ]


def lane(database: Database, executor: Executor, *kinds: str) -> Task:
    """Give a task that executes runs of these kinds, as soon as they are queued, until told to stop."""

    async def run(stop: asyncio.Event) -> None:
        async def work(_: object) -> None:
            while not stop.is_set() and await executor.work_once(kinds):
                pass

        await listen(database, store.CHANNEL, work, stop, look_s=executor.look_s)

    return run
