"""The background side of alerts: consumers, the statutory clock, the webhook sender."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from alerts import gauges
from alerts.app import target_policy
from alerts.clock import service as statutory_clock
from alerts.clues.consumers import (
    finding_handler,
    on_areas,
    on_episodes,
    on_households,
    on_policies,
    visit_handler,
)
from alerts.duties import service as duties
from alerts.duties.consumers import on_duties
from alerts.figures.consumers import on_computed
from alerts.gaps import service as gaps
from alerts.indicators.service import OWN as INDICATORS
from alerts.people.consumers import on_staff
from alerts.rectification_reports import service as rectification_reports
from alerts.scheduling import service as scheduling
from alerts.settings import AlertsSettings
from alerts.subscriptions import service as subscriptions
from alerts.subscriptions.consumers import on_clients
from alerts.subscriptions.sender import Limits, Sender
from alerts.subscriptions.transport import GuardedTransport
from contracts import topics
from servicekit.bus.port import EventBus
from servicekit.consumer import Consumer
from servicekit.db import Database
from servicekit.notifications import Wakeup
from servicekit.worker import Task, daily, periodic, run_worker

_HOUR_S = 3600.0
_KEEP_DELIVERIES = timedelta(days=40)  # longer than the thirty days within which subscribers may ask


def tasks(settings: AlertsSettings, database: Database, bus: EventBus) -> Sequence[Task]:
    """Everything the worker runs next to the outbox relay."""
    # Two groups: a long stretch of findings must not hold back the snapshots that the next findings need.
    registry = Consumer(
        "alerts.directory",
        database=database,
        bus=bus,
        handlers={
            topics.HOUSEHOLD: on_households,
            topics.AREA: on_areas,
            topics.POLICY: on_policies,
            topics.EPISODE: on_episodes,
        },
    )
    # A group of its own: withdrawn rights wait for nothing.
    clients = Consumer("alerts.access", database=database, bus=bus, handlers={topics.CLIENT: on_clients})
    # A group of its own: an import of the roster holds back nothing else, and nothing holds back a term that ended.
    people = Consumer("alerts.people", database=database, bus=bus, handlers={topics.STAFF: on_staff})
    # A group of its own: an import brings thousands at once, and nothing else waits for them.
    said = Consumer(
        "alerts.duties",
        database=database,
        bus=bus,
        handlers={topics.REGISTRY_DUTY: on_duties, topics.SHARING_DUTY: on_duties},
    )
    findings = Consumer(
        "alerts.clues",
        database=database,
        bus=bus,
        handlers={topics.FINDING: finding_handler(settings.directory_patience_s)},
        batch_size=2000,  # a month brings tens of thousands at once; what they share is paid per transaction
    )
    # A group of its own: a sweep brings many at once, which waits for no month of findings.
    visits = Consumer(
        "alerts.visits",
        database=database,
        bus=bus,
        handlers={topics.VISIT: visit_handler(settings.directory_patience_s)},
    )
    # A group of its own: a month of figures comes at once, and nothing waits for it.
    figures = Consumer(
        "alerts.figures",
        database=database,
        bus=bus,
        handlers={
            topics.REGISTRY_INDICATOR: on_computed,
            topics.SHARING_INDICATOR: on_computed,
            topics.ALERTS_INDICATOR: on_computed,
        },
    )
    wakeup = Wakeup(database, "alerts_webhooks")
    sender = Sender(
        database,
        settings.keyring("secret_key").cipher(),
        GuardedTransport(target_policy(settings), connections_per_host=settings.webhook_concurrency),
        limits=Limits(settings.webhook_concurrency, settings.webhook_total_concurrency, settings.webhook_timeout_s),
        wakeup=wakeup,
    )

    async def prune_deliveries() -> None:
        async with database.transaction() as session:
            now = subscriptions.wall_clock()
            attempts_before = now - timedelta(days=settings.webhook_attempts_days)
            await subscriptions.prune(session, now - _KEEP_DELIVERIES, attempts_before=attempts_before)

    return [
        registry.run,
        clients.run,
        people.run,
        findings.run,
        said.run,
        visits.run,
        figures.run,
        *INDICATORS.tasks(database),
        wakeup.run,
        sender.run,
        daily(settings.overdue_check_s, statutory_clock.overdue_job(database)),
        daily(settings.overdue_check_s, duties.clock_job(database)),
        periodic(_HOUR_S, duties.clues_job(database)),
        periodic(_HOUR_S, gaps.strays_job(database)),
        daily(_HOUR_S, scheduling.calendar_job(database)),
        daily(_HOUR_S, rectification_reports.calendar_job(database)),
        periodic(_HOUR_S, prune_deliveries),
        periodic(gauges.INTERVAL_S, partial(gauges.measure, database)),
    ]


async def run(settings: AlertsSettings) -> None:
    """Run the worker until SIGTERM."""
    database = Database(
        settings.database_url.get_secret_value(), service="alerts", pool_size=settings.database_pool_size
    )
    await run_worker(settings, service="alerts", database=database, tasks=lambda bus: tasks(settings, database, bus))
