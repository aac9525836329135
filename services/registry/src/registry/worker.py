"""The worker of the registry: outbox relay, confirmed clues, statuses, imports, policy profiles, data quality."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from contracts import topics
from contracts.envelope import CloudEvent
from registry.aid.consumers import on_aid
from registry.area_checks import service as area_checks
from registry.areas import succession
from registry.calendars import service as calendars
from registry.campaigns import service as campaigns
from registry.collective_income import service as collective_income
from registry.episodes import duties
from registry.episodes.consumers import on_clues_moved
from registry.guarantees.consumers import on_statuses
from registry.imports import spool
from registry.imports.runner import Runner
from registry.income_plans import service as income_plans
from registry.indicators.service import OWN as INDICATORS
from registry.keys.service import refuse_second_meaning
from registry.labels import service as labels
from registry.policy import service as policy
from registry.quality import following
from registry.quality import service as quality
from registry.reconciliation import service as reconciliation
from registry.rounds import service as rounds
from registry.settings import IdentityKeys, RegistrySettings
from servicekit import outbox
from servicekit.bus import EventBus
from servicekit.consumer import Consumer
from servicekit.db import Database
from servicekit.worker import Task, daily, periodic, queue, run_worker

log = structlog.get_logger(__name__)

_POLICY_S = 60.0
_SWEEP_S = 3600.0


async def _on_departments_data(session: AsyncSession, events: Sequence[CloudEvent[Any]]) -> None:
    """Keep what departments' data say of households: each feature takes its own events."""
    await on_statuses(session, events)
    await on_aid(session, events)


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

    async def follow_calendars(*, opens: bool = True) -> None:
        async with database.transaction() as session:
            changed = await calendars.follow(session, opens=opens)
        if changed:
            log.info("calendars.followed", changed=changed)

    async def change_areas() -> None:
        async with database.transaction() as session:
            moved = await succession.apply_due(session)
        if moved:
            log.info("areas.changed", households=moved)

    async def sweep() -> None:
        async with database.transaction() as session:
            await spool.sweep(session)
            await reconciliation.forget_expired(session)

    def tasks(bus: EventBus) -> Sequence[Task]:
        handlers: Any = {topics.CLUE: on_clues_moved, topics.STATUS: _on_departments_data}
        told: Any = Consumer("registry", database=database, bus=bus, handlers=handlers)
        asked: Any = {topics.RECOMPUTATION: INDICATORS.on_recomputations}
        figures: Any = Consumer("registry.indicators", database=database, bus=bus, handlers=asked)
        runner = Runner(database, IdentityKeys.of(settings), settings)
        return [
            told.run,
            figures.run,
            *INDICATORS.tasks(database),
            daily(_POLICY_S, activate_profiles),
            daily(_POLICY_S, change_areas),
            queue(database, spool.CHANNEL, runner.work_once, runner.look_s),
            queue(database, outbox.CHANNEL, partial(following.follow_once, database), following.LOOK_S),
            queue(database, outbox.CHANNEL, partial(labels.follow_once, database), labels.LOOK_S),
            queue(database, quality.CHANNEL, partial(following.run_once, database), _POLICY_S),
            periodic(_SWEEP_S, partial(following.ask_for_night, database)),
            periodic(_SWEEP_S, sweep),
            daily(_SWEEP_S, duties.sweep_job(database)),
            daily(_SWEEP_S, campaigns.follow_job(database)),
            daily(_SWEEP_S, rounds.follow_job(database)),
            daily(_SWEEP_S, income_plans.follow_job(database)),
            periodic(_SWEEP_S, area_checks.follow_job(database)),
            daily(_SWEEP_S, collective_income.follow_job(database)),
            daily(_SWEEP_S, follow_calendars),
            periodic(_POLICY_S, partial(follow_calendars, opens=False)),  # a profile may have the days now
        ]

    await run_worker(settings, service="registry", database=database, tasks=tasks, newcomer=refuse_second_meaning)
