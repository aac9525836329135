"""Duties of departments: what held lists and waiting rows imply is compared with what was announced.

Looked at every minute and not where a list is held or a row decided: a comparison opens and ends thousands of rows at
once, and what was there before an upgrade is found as well.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.sharing import SharingDutyClosed, SharingDutyOpened
from servicekit import clock, locks, outbox
from servicekit.db import Database
from sharing.duties import store

log = structlog.get_logger(__name__)


async def follow(session: AsyncSession) -> int:
    """Announce what has changed in what departments must do; give how many duties did."""
    if not await locks.try_lock(session, locks.Lock.DUTIES):
        return 0
    changed = await store.take_differences(session)
    await outbox.add(session, [_event(row) for row in changed])
    return len(changed)


def _event(row: Any) -> SharingDutyOpened | SharingDutyClosed:
    facts = {**row["said"], "duty_id": row["id"], "revision": row["revision"], "unit": "working"}
    if row["is_open"]:
        return SharingDutyOpened.model_validate(facts)
    return SharingDutyClosed.model_validate(facts | {"outcome": "done", "closed_on": clock.today()})


def follow_job(database: Database) -> Callable[[], Awaitable[None]]:
    """Give the periodic job."""

    async def follow_duties() -> None:
        async with database.transaction() as session:
            changed = await follow(session)
        if changed:
            log.info("duties.followed", changed=changed)

    return follow_duties
