"""Use cases of labels: they follow each change of a household, the policy profile and the year."""

from __future__ import annotations

import json
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from registry.households import service as households
from registry.labels import store
from registry.labels.schemas import LabelOut, LabelsOut
from registry.labels.timeline import TIMELINE as TIMELINE
from registry.policy import service as policy
from servicekit import areas, changes, clock, locks
from servicekit.auth import Principal
from servicekit.changed import ChangesQuery
from servicekit.changes import Followed, StartAgain
from servicekit.db import Database

log = structlog.get_logger(__name__)

LOOK_S = 2.0
"""How often changes are looked for without being told."""

_PART = 5_000
_FOLLOWED = Followed("household", area="village_code", in_grid=households.IN_GRID)
_EVERYBODY = Principal(client_id="registry", areas=(areas.NATION,))
_LINES = {"former_poor": "income.focus_line_former_poor", "labour": "income.focus_line_labour"}


async def follow_once(database: Database) -> bool:
    """Label the next households that changed, or all where year or lines are others; tell whether there are more."""
    async with database.transaction() as session:
        await locks.lock(session, locks.Lock.LABELS)
        place, lines, today = await store.place(session), await _lines(session), clock.today()
        computed_by = json.dumps([today.year, lines])
        wanted = ChangesQuery.model_construct(changed_since=place.changed_since, area=None, limit=_PART)
        try:
            told = await changes.page(database, _FOLLOWED, _EVERYBODY, wanted)
        except StartAgain:  # restored
            place.changed_since = None
            return True
        if place.computed_by != computed_by:
            given, gone = await store.compute(session, None, lines, today)
            place.computed_by = computed_by
            log.info("labels.computed", given=given, gone=gone)
        elif told.ids:
            await store.compute(session, told.ids, lines, today)
        if told.ids:
            place.changed_since = told.rest.changed_since
        return told.rest.is_more


async def year_of(session: AsyncSession) -> int | None:
    """Give the year by which households have their labels; None before they were given any."""
    computed_by = (await store.place(session)).computed_by
    return json.loads(computed_by)[0] if computed_by else None


async def of_household(session: AsyncSession, principal: Principal, household_id: str) -> LabelsOut:
    """Give what a household counts among.

    Raises:
        HouseholdNotFound
    """
    await households.require(session, principal, household_id)
    rows = await store.of_household(session, UUID(household_id))
    return LabelsOut(items=[LabelOut.model_validate(row.model_dump()) for row in rows])


async def _lines(session: AsyncSession) -> list[dict[str, str]]:
    """Give the focus lines of each county."""
    found = []
    for county in await store.counties(session):
        profile = await policy.parameters_for(session, county, clock.today())
        found.append({"county": county, **{name: str(profile.number(line)) for name, line in _LINES.items()}})
    return found
