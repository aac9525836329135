"""The worker's side of data quality: households that changed, runs that somebody asked for, and every night all.

A change is followed by the feed that applications follow (`servicekit.changes`): whatever changed a household, by hand,
by a file or by a step of its episode, is looked at once its transaction is over. A run goes household by household in
their order, a part each transaction, so that the feed waits no longer for one than for any other.
"""

from __future__ import annotations

from uuid import UUID

import structlog

from registry.households import service as households
from registry.quality import service, store
from servicekit import areas, changes, clock, ids, locks
from servicekit.auth import Principal
from servicekit.changed import ChangesQuery
from servicekit.changes import Followed, StartAgain
from servicekit.db import Database

log = structlog.get_logger(__name__)

LOOK_S = 2.0
"""How often changes are looked for without being told: one that finished late is told of no more."""

_PART = 20_000
_FOLLOWED = Followed("household", area="village_code", in_grid=households.IN_GRID)
_EVERYBODY = Principal(client_id="registry", areas=(areas.NATION,))


async def follow_once(database: Database) -> bool:
    """Look at the next households that changed; tell whether there were any."""
    async with database.transaction() as session:
        await locks.lock(session, locks.Lock.QUALITY)
        place = await store.place(session)
        wanted = ChangesQuery.model_construct(changed_since=place.changed_since, area=None, limit=_PART)
        try:
            told = await changes.page(database, _FOLLOWED, _EVERYBODY, wanted)
        except StartAgain:  # restored: everything is looked at again
            place.changed_since = None
            return True
        if told.ids:  # else the place stays: to write a new one each time would itself be news
            changed = await service.look(session, told.ids)
            place.changed_since = told.rest.changed_since
            log.info("quality.followed", households=len(told.ids), opened=changed.opened, closed=changed.closed)
        return told.rest.is_more


async def ask_for_night(database: Database) -> None:
    """Have every household looked at today, unless that was said already: ages and years change by themselves."""
    async with database.transaction() as session:
        await store.add_night(session, ids.new_id(), clock.today(), clock.now())


async def run_once(database: Database) -> bool:
    """Do the next part of a run; tell whether there was one."""
    async with database.transaction() as session:
        await locks.lock(session, locks.Lock.QUALITY)
        run = await store.next_run(session)
        if run is None:
            return False
        if run.households is None:
            run.households = await store.households_in(session, run.area_code)
        part = await store.next_households(session, run, _PART)
        if part:
            changed = await service.look(session, [str(household) for _, household in part])
            run.after_village, run.after_id = part[-1][0], UUID(str(part[-1][1]))
            run.checked += len(part)
            run.opened += changed.opened
            run.closed += changed.closed
        if len(part) < _PART:
            run.finished_at = clock.now()
            log.info("quality.run_ended", area=run.area_code, households=run.checked, opened=run.opened)
    return True
