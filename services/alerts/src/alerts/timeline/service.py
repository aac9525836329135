"""The entries of all features, as one list."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from alerts.clues import service as clues
from alerts.consultations import service as consultations
from alerts.directory import service as directory
from alerts.disasters import service as disasters
from alerts.duties import service as duties
from alerts.gaps import service as gaps
from alerts.timeline.problems import HouseholdUnknown
from servicekit.auth import Principal
from servicekit.entries import HouseholdTimelineQuery, TimelinePage
from servicekit.timeline import page

SOURCES = (*clues.TIMELINE, *consultations.TIMELINE, *disasters.TIMELINE, *gaps.TIMELINE, *duties.TIMELINE)


async def of_household(session: AsyncSession, principal: Principal, query: HouseholdTimelineQuery) -> TimelinePage:
    """Give a page of a household's clues, disasters, policy gaps and duties; those of one merged into it came along.

    Raises:
        HouseholdUnknown: it is not known yet, or outside the caller's areas.
        InvalidInput: the cursor is none of ours.
    """
    household = await directory.find(session, query.household_id)
    if household is None or not principal.covers(household.area_code, household.grid):
        raise HouseholdUnknown("no such household within your areas")
    return await page(session, principal, SOURCES, query, [query.household_id])
