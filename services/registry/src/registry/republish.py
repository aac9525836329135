"""Announcing the present state anew: for a broker that lost data of which the outbox's rows are gone too.

The compacted topics are all that a new consumer builds its copy from. An event here has a new id and the
version that the household, area or profile has; a consumer that knows that version leaves it at that. What
is announced is locked for reading meanwhile, so the newest event of a key is never an older state.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from contracts import topics
from registry.areas import store as areas
from registry.households import service as households
from registry.pairings import service as pairings
from registry.policy import service as policy
from registry.roster import service as roster
from servicekit.db import Database
from servicekit.entry import Republish

_BATCH = 1000

# Announces those after a key, at most so many; gives their keys in order. Any: each kind has a key of its own.
AnnounceNext = Callable[[AsyncSession, Any, int], Awaitable[Sequence[Any]]]


async def _in_batches(database: Database, announce_next: AnnounceNext) -> int:
    """Announce everything of one kind, a thousand a transaction; give how many."""
    count = 0
    after: Any = None
    while True:
        async with database.transaction() as session:
            announced = await announce_next(session, after, _BATCH)
        if not announced:
            return count
        count, after = count + len(announced), announced[-1]


async def republish_households(database: Database) -> int:
    """Announce every household."""
    return await _in_batches(database, _announce_next_households)


async def _announce_next_households(session: AsyncSession, after: str | None, limit: int) -> Sequence[str]:
    ids = await households.hold_next(session, after, limit)
    if ids:
        await households.announce_given(session, ids)
    return ids


async def republish_areas(database: Database) -> int:
    """Announce every area."""
    async with database.transaction() as session:
        return await areas.announce_all(session)


async def republish_policies(database: Database) -> int:
    """Announce every policy profile that took effect."""
    async with database.transaction() as session:
        return await policy.announce_all(session)


async def republish_staff(database: Database) -> int:
    """Announce everybody on the roster."""
    return await _in_batches(database, roster.announce_next)


async def republish_pairings(database: Database) -> int:
    """Announce who helps each household that ever had a helper."""
    return await _in_batches(database, pairings.announce_next)


REPUBLISH: Mapping[str, Republish] = {
    topics.HOUSEHOLD.name: republish_households,
    topics.AREA.name: republish_areas,
    topics.POLICY.name: republish_policies,
    topics.STAFF.name: republish_staff,
    topics.PAIRING.name: republish_pairings,
}
