"""Announcing the present state anew: for a broker that lost data of which the outbox's rows are gone too.

The compacted topics are all that a new consumer builds its copy from. An event here has a new id and the
version that the household, area or profile has; a consumer that knows that version leaves it at that. What
is announced is locked for reading meanwhile, so the newest event of a key is never an older state.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from contracts import topics
from registry.areas import store as areas
from registry.households import service as households
from registry.pairings import service as pairings
from registry.policy import service as policy
from registry.roster import service as roster
from servicekit.db import Database
from servicekit.entry import Republish

_BATCH = 1000


async def republish_households(database: Database) -> int:
    """Announce every household, a thousand a transaction."""
    count = 0
    after: str | None = None
    while True:
        async with database.transaction() as session:
            ids = await households.hold_next(session, after, _BATCH)
            if not ids:
                return count
            await households.announce_given(session, ids)
        count, after = count + len(ids), ids[-1]


async def republish_areas(database: Database) -> int:
    """Announce every area."""
    async with database.transaction() as session:
        return await areas.announce_all(session)


async def republish_policies(database: Database) -> int:
    """Announce every policy profile that took effect."""
    async with database.transaction() as session:
        return await policy.announce_all(session)


async def republish_staff(database: Database) -> int:
    """Announce everybody on the roster, a thousand a transaction."""
    count = 0
    after: UUID | None = None
    while True:
        async with database.transaction() as session:
            announced = await roster.announce_next(session, after, _BATCH)
        if not announced:
            return count
        count, after = count + len(announced), announced[-1]


async def republish_pairings(database: Database) -> int:
    """Announce who helps each household that ever had a helper, a thousand a transaction."""
    count = 0
    after: str | None = None
    while True:
        async with database.transaction() as session:
            announced = await pairings.announce_next(session, after, _BATCH)
        if not announced:
            return count
        count, after = count + len(announced), announced[-1]


REPUBLISH: Mapping[str, Republish] = {
    topics.HOUSEHOLD.name: republish_households,
    topics.AREA.name: republish_areas,
    topics.POLICY.name: republish_policies,
    topics.STAFF.name: republish_staff,
    topics.PAIRING.name: republish_pairings,
}
