"""The background side of sharing: consumers, comparison runs and housekeeping."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from contracts import topics
from servicekit.bus.port import EventBus
from servicekit.consumer import Consumer
from servicekit.db import Database
from servicekit.worker import Task, daily, periodic, run_worker
from sharing import gauges
from sharing.comparison import worker as comparison
from sharing.comparison.consumers import Starters
from sharing.deliveries import housekeeping
from sharing.duties import service as duties
from sharing.findings import consumers as findings
from sharing.indicators.service import OWN as INDICATORS
from sharing.places.consumers import on_areas
from sharing.settings import SharingSettings


def tasks(settings: SharingSettings, database: Database, bus: EventBus) -> Sequence[Task]:
    """Everything the worker runs next to the outbox relay."""
    return [
        *housekeeping.tasks(settings, database),
        *comparison.tasks(settings, database),
        _consumer(settings, database, bus).run,
        _asked(database, bus).run,
        *INDICATORS.tasks(database),
        # A group of its own: what became of areas is small, and reads the topic from its beginning.
        Consumer("sharing.areas", database=database, bus=bus, handlers={topics.AREA: on_areas}).run,
        periodic(gauges.INTERVAL_S, partial(gauges.measure, database)),
        daily(gauges.INTERVAL_S, duties.follow_job(database)),
    ]


def _consumer(settings: SharingSettings, database: Database, bus: EventBus) -> Consumer:
    starters = Starters(settings.comparison_settle_s)
    return Consumer(
        "sharing.directory",
        database=database,
        bus=bus,
        handlers={
            topics.HOUSEHOLD: starters.on_households,
            topics.POLICY: starters.on_policy,
            topics.DELIVERY: starters.on_deliveries,
            topics.CLUE: findings.on_clues,
        },
        batch_size=1000,
    )


def _asked(database: Database, bus: EventBus) -> Consumer:
    return Consumer(
        "sharing.indicators",
        database=database,
        bus=bus,
        handlers={topics.RECOMPUTATION: INDICATORS.on_recomputations},
    )


async def run(settings: SharingSettings) -> None:
    """Run the worker until SIGTERM."""
    database = Database(settings.database_url.get_secret_value(), service="sharing")
    await run_worker(settings, service="sharing", database=database, tasks=lambda bus: tasks(settings, database, bus))
