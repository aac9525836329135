"""What other features ask the directory."""

from __future__ import annotations

import asyncio
from collections.abc import Set as AbstractSet
from datetime import date

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from alerts.directory import store
from alerts.directory.rules import Policy, PolicyBook
from alerts.directory.store import KnownHousehold, counties, in_grid, names_of
from alerts.directory.store import find_household as find
from alerts.directory.store import lock_households as lock
from alerts.directory.store import upsert_areas as keep_areas
from alerts.directory.store import upsert_episodes as keep_episodes
from alerts.directory.store import upsert_households as keep_households
from alerts.directory.store import upsert_profiles as keep_profiles
from servicekit.auth import Principal

log = structlog.get_logger(__name__)

__all__ = [
    "KnownHousehold",
    "Policy",
    "PolicyBook",
    "counties",
    "find",
    "grid_of",
    "in_grid",
    "is_own",
    "keep_areas",
    "keep_episodes",
    "keep_households",
    "keep_profiles",
    "lock",
    "names_of",
    "policies",
    "wait_until_known",
]

_POLL_S = 0.1


async def grid_of(session: AsyncSession, household_id: str | None) -> str | None:
    """Give the grid of a household; None where it has none, or is not known, and of what is about no household."""
    household = await store.find_household(session, household_id) if household_id is not None else None
    return household.grid if household else None


async def is_own(session: AsyncSession, principal: Principal, area_code: str, household_id: str | None) -> bool:
    """Tell whether what lies in an area and is about a household, or about none, is the caller's by its place."""
    if principal.grid is None:
        return principal.covers(area_code)
    return principal.covers(area_code, await grid_of(session, household_id))


async def policies(session: AsyncSession, day: date) -> PolicyBook:
    """Give what the policy profiles say on `day`."""
    return PolicyBook(await store.profiles(session), day)


async def wait_until_known(session: AsyncSession, household_ids: AbstractSet[str], patience_s: float) -> None:
    """Wait until the registry's snapshots of the households have arrived, at most `patience_s`.

    Findings travel on another topic than snapshots and may overtake them; without its snapshot a monitored
    household would get a clue to verify instead of an existing case. Nothing is locked while waiting, and a
    household that stays unknown is waited for once only: folding gives it a row.
    """
    deadline = asyncio.get_running_loop().time() + patience_s
    while missing := await store.count_unknown(session, household_ids):
        if asyncio.get_running_loop().time() >= deadline:
            if patience_s > 0:
                log.warning("directory.households_unknown", households=missing, waited_s=patience_s)
            return
        await asyncio.sleep(_POLL_S)
