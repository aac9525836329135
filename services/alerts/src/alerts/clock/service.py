"""Overdue clues: flagged once, told once, sent to the county.

Source: domain reference, clue: anything open past its due date goes to the next level.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from alerts.clock import store
from alerts.directory import service as directory
from alerts.subscriptions import service as subscriptions
from servicekit import clock, outward
from servicekit.db import Database

log = structlog.get_logger(__name__)

_BATCH = 500


async def flag_batch(session: AsyncSession) -> int:
    """Flag at most a batch of late clues and publish their alerts; give how many households were looked at."""
    now = clock.now()
    households = await store.late_households(session, now, _BATCH)
    if not households:
        return 0
    await directory.lock(session, households)
    late = await store.flag_overdue(session, sorted(households), now)  # verified meanwhile: no longer late
    await subscriptions.publish(session, late)
    if late:
        log.info("clues.overdue", clues=len(late))
    return len(households)


def overdue_job(database: Database) -> Callable[[], Awaitable[None]]:
    """Give the periodic job: batches, a transaction each, until nothing is late.

    It waits while sending is held: after a restore a clue may have been verified in the time that is lost, and who
    verified it says so again before an operator lets the system speak.
    """

    async def flag_overdue_clues() -> None:
        while not await outward.is_held_in(database):
            async with database.transaction() as session:
                if not await flag_batch(session):
                    return

    return flag_overdue_clues
