"""The entries of all features, as one list."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from registry.aid import service as aid
from registry.attachments import service as attachments
from registry.change_requests import service as change_requests
from registry.contacts import service as contacts
from registry.episodes import service as episodes
from registry.guarantees import service as guarantees
from registry.households import service as households
from registry.income_plans import service as income_plans
from registry.incomes import service as incomes
from registry.labels import service as labels
from registry.notices import service as notices
from registry.pairings import service as pairings
from registry.plans import service as plans
from registry.renovations import service as renovations
from servicekit.auth import Principal
from servicekit.entries import TimelinePage, TimelineQuery
from servicekit.timeline import page

SOURCES = (
    *households.TIMELINE,
    *change_requests.TIMELINE,
    *incomes.TIMELINE,
    *guarantees.TIMELINE,
    *episodes.TIMELINE,
    *plans.TIMELINE,
    *aid.TIMELINE,
    *income_plans.TIMELINE,
    *pairings.TIMELINE,
    *contacts.TIMELINE,
    *attachments.TIMELINE,
    *notices.TIMELINE,
    *renovations.TIMELINE,
    *labels.TIMELINE,
)


async def of_household(
    session: AsyncSession, principal: Principal, household_id: str, query: TimelineQuery
) -> TimelinePage:
    """Give a page of what happened to a household, and to those that were merged into it.

    Raises:
        HouseholdNotFound: outside the caller's areas.
        InvalidInput: the cursor is none of ours.
    """
    await households.require(session, principal, household_id)
    family = await households.merged_into(session, household_id)
    return await page(session, principal, SOURCES, query, family)
