"""What every use case begins with: the household, within the caller's areas, as the caller saw it."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from registry.households import store
from registry.households.problems import HouseholdEnded, HouseholdNotFound
from registry.households.tables import Household
from servicekit import etags
from servicekit.auth import Principal


async def require(session: AsyncSession, principal: Principal, household_id: str, *, lock: bool = False) -> Household:
    """Give a household within the caller's areas.

    Raises:
        HouseholdNotFound: it does not exist, or lies outside; the two look the same.
    """
    household = await store.get(session, household_id, lock=lock)
    if household is None or not principal.covers(household.village_code, household.grid):
        raise HouseholdNotFound("no such household within your areas")
    return household


async def require_active(
    session: AsyncSession, principal: Principal, household_id: str, *, lock: bool = False
) -> Household:
    """Give a household that is still on the register.

    Raises:
        HouseholdNotFound, HouseholdEnded
    """
    household = await require(session, principal, household_id, lock=lock)
    if household.status != "active":
        raise HouseholdEnded("the household has ended or was merged")
    return household


async def require_version(
    session: AsyncSession, principal: Principal, household_id: str, if_match: str | None
) -> Household:
    """Lock an active household whose version the caller saw.

    Raises:
        HouseholdNotFound, HouseholdEnded, PreconditionRequired, PreconditionFailed
    """
    household = await require(session, principal, household_id, lock=True)
    etags.require_match(if_match, household.version)
    return household
