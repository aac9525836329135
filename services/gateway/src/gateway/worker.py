"""The gateway's worker: learns who is on the roster, seals the audit record, forgets what has expired."""

from __future__ import annotations

from collections.abc import Sequence

from contracts import topics
from gateway.access import service as access
from gateway.access import store as access_store
from gateway.audit.rules import mac_key
from gateway.audit.service import anchors_of, seal_pending
from gateway.console import service as console
from gateway.people.consumers import on_staff
from gateway.settings import GatewaySettings
from servicekit.bus import EventBus
from servicekit.consumer import Consumer
from servicekit.db import Database
from servicekit.worker import Task, periodic, run_worker

_TIDY_S = 600.0
_ANNOUNCE_S = 5.0


async def run(settings: GatewaySettings) -> None:
    """Run until SIGTERM."""
    database = Database(
        settings.database_url.get_secret_value(), service="gateway", pool_size=settings.database_pool_size
    )
    key = mac_key(settings.keyring("key_encryption_key").current)

    anchors = anchors_of(settings)

    async def seal() -> None:
        await seal_pending(database, key, anchor_file=settings.audit_anchor_file, anchors=anchors)

    async def tidy() -> None:
        async with database.transaction() as session:
            await access_store.tidy(session)
            await console.tidy(session)

    async def announce() -> None:
        async with database.transaction() as session:
            await access.announce_missing(session)

    def tasks(bus: EventBus) -> Sequence[Task]:
        roster = Consumer("gateway.people", database=database, bus=bus, handlers={topics.STAFF: on_staff})
        return [
            roster.run,
            periodic(settings.audit_seal_interval_s, seal),
            periodic(_TIDY_S, tidy),
            periodic(_ANNOUNCE_S, announce),
        ]

    await run_worker(settings, service="gateway", database=database, tasks=tasks)
