"""The worker of the registry: outbox relay, confirmed clues, policy profiles whose day has come."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import structlog

from contracts import topics
from registry.episodes.consumers import on_clues_moved
from registry.keys.service import refuse_second_meaning
from registry.policy import service as policy
from registry.settings import RegistrySettings
from servicekit.bus import EventBus
from servicekit.consumer import Consumer
from servicekit.db import Database
from servicekit.worker import Task, every, run_worker

log = structlog.get_logger(__name__)

_POLICY_S = 60.0


async def work(settings: RegistrySettings) -> None:
    """Run until SIGTERM."""
    database = Database(
        settings.database_url.get_secret_value(), service="registry", pool_size=settings.database_pool_size
    )

    async def activate_profiles() -> None:
        async with database.transaction() as session:
            announced = await policy.activate_due(session)
        if announced:
            log.info("policy.activated", profiles=announced)

    async def watch_profiles(stop: asyncio.Event) -> None:
        await every(_POLICY_S, activate_profiles, stop)

    def tasks(bus: EventBus) -> Sequence[Task]:
        clues: Any = Consumer("registry", database=database, bus=bus, handlers={topics.CLUE: on_clues_moved})
        return [clues.run, watch_profiles]

    await run_worker(settings, service="registry", database=database, tasks=tasks, newcomer=refuse_second_meaning)
