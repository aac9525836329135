"""Duties about data: what is owed, held or waits implies is compared with what was announced.

Looked at every minute and not where a list is held or a row decided: a comparison opens and ends thousands of rows at
once, and what was there before an upgrade is found as well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.duties import Unit
from contracts.sharing import SharingDutyClosed, SharingDutyOpened
from servicekit import clock, locks, outbox
from servicekit.db import Database
from servicekit.failpoints import failpoint_async
from sharing.catalogue.service import load_datasets
from sharing.corrections import service as corrections
from sharing.directory import service as directory
from sharing.duties import rules, store
from sharing.policy.service import profiles_at

log = structlog.get_logger(__name__)


async def follow(session: AsyncSession) -> int:
    """Announce what has changed in what must be done; give how many duties did."""
    if not await locks.try_lock(session, locks.Lock.DUTIES):
        return 0
    await corrections.close_settled(session)
    changed = await store.take_differences(session, await _owed(session))
    await outbox.add(session, [_event(row) for row in changed])
    if changed:
        await failpoint_async("sharing.duties_announced")
    return len(changed)


async def _owed(session: AsyncSession) -> list[rules.Expected]:
    counties = await directory.counties(session)
    if not counties:
        return []
    today = clock.today()
    since = await store.expected_since(session, counties, today.isoformat())
    profiles = await profiles_at(session, counties, today)
    spells: defaultdict[tuple[str, str], list[rules.Spell]] = defaultdict(list)
    for spell in await store.held_spells(session):
        spells[spell.dataset, spell.period].append(spell)
    datasets = load_datasets().values()
    return [
        each
        for county in counties
        for each in rules.owed(county, since[county], datasets, profiles[county], spells, today=today)
    ]


def _event(row: Any) -> SharingDutyOpened | SharingDutyClosed:
    unit: Unit = "calendar" if row["said"]["kind"] in ("D01", "K01") else "working"
    facts = {**row["said"], "duty_id": row["id"], "revision": row["revision"], "unit": unit}
    if row["is_open"]:
        return SharingDutyOpened.model_validate(facts)
    return SharingDutyClosed.model_validate(facts | {"outcome": row["outcome"], "closed_on": clock.today()})


def follow_job(database: Database) -> Callable[[], Awaitable[None]]:
    """Give the periodic job."""

    async def follow_duties() -> None:
        async with database.transaction() as session:
            changed = await follow(session)
        if changed:
            log.info("duties.followed", changed=changed)

    return follow_duties
