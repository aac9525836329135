"""What the sharing worker runs for comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from servicekit.db import Database
from servicekit.worker import Task, daily, periodic, queue
from sharing.comparison import store
from sharing.comparison.evaluation.engine import Limits
from sharing.comparison.executor import Executor
from sharing.comparison.starts import by_calendar
from sharing.lake.service import lake_of
from sharing.settings import SharingSettings

_SWEEP_S = 6 * 3600.0
_CALENDAR_S = 60.0
_LOOK_S = 1.0


def tasks(settings: SharingSettings, database: Database) -> Sequence[Task]:
    """Give the tasks: one lane for pushed records, so that they never wait behind a what-if, one for the rest."""
    executor = Executor(
        database,
        lake_of(settings),
        settings.data_dir.absolute() / "comparison",
        limits=Limits(settings.comparison_memory_bytes, settings.comparison_threads),
        lease_s=settings.comparison_lease_s,
    )

    async def calendar() -> None:
        async with database.transaction() as session:
            await by_calendar(session)

    return [
        queue(database, store.CHANNEL, partial(executor.work_once, ("limited",)), executor.look_s),
        # Nobody is told when a run that waited for further changes may begin.
        queue(database, store.CHANNEL, partial(executor.work_once, ("full", "dry_run")), _LOOK_S),
        daily(_CALENDAR_S, calendar),
        periodic(_SWEEP_S, executor.sweep),
    ]
