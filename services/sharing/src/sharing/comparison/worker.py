"""What the sharing worker runs for comparisons and the directory."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from contracts import topics
from servicekit.bus.port import EventBus
from servicekit.consumer import Consumer
from servicekit.db import Database
from servicekit.worker import every
from sharing.comparison.executor import Executor, Task
from sharing.directory import consumers as directory
from sharing.findings import consumers as findings
from sharing.lake.store import Lake
from sharing.settings import SharingSettings

_SWEEP_S = 6 * 3600.0


def tasks(settings: SharingSettings, database: Database, bus: EventBus) -> Sequence[Task]:
    """Give the tasks: one lane for pushed records, so that they never wait behind a what-if, one for the rest."""
    executor = Executor(database, Lake(settings.lake, settings.data_dir), settings.data_dir.absolute() / "comparison")
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

    return [consumer.run, executor.lane("limited"), executor.lane("full", "dry_run"), sweep]
