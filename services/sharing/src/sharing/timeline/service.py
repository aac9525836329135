"""The entries of all features, as one list."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from servicekit.auth import Principal
from servicekit.db import array_text
from servicekit.entries import HouseholdTimelineQuery, TimelinePage
from servicekit.timeline import page
from sharing.corrections import service as corrections
from sharing.directory import service as directory
from sharing.findings import service as findings
from sharing.timeline.problems import HouseholdUnknown

SOURCES = (*findings.TIMELINE, *corrections.TIMELINE)


async def of_household(session: AsyncSession, principal: Principal, query: HouseholdTimelineQuery) -> TimelinePage:
    """Give a page of a household's findings and what was asked to be corrected.

    Raises:
        HouseholdUnknown: it is not known yet, or outside the caller's areas.
        InvalidInput: the cursor is none of ours.
    """
    area = await directory.area_of(session, query.household_id)
    if area is None or not principal.covers(area):
        raise HouseholdUnknown("no such household within your areas")
    rules = findings.rules_for(principal)
    own = {"own_rules": None if rules is None else array_text(rules)}
    return await page(session, principal, SOURCES, query, [query.household_id], own)
