"""What other features ask the directory."""

from __future__ import annotations

import asyncio
from collections.abc import Set as AbstractSet
from datetime import date

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from alerts.directory import store
from alerts.directory.rules import Policy, PolicyBook
from alerts.directory.store import KnownHousehold, names_of
from alerts.directory.store import find_household as find
from alerts.directory.store import lock_households as lock
from alerts.directory.store import upsert_areas as keep_areas
from alerts.directory.store import upsert_episodes as keep_episodes
from alerts.directory.store import upsert_households as keep_households
from alerts.directory.store import upsert_profiles as keep_profiles

log = structlog.get_logger(__name__)

__all__ = [
    "KnownHousehold",
    "Policy",
    "PolicyBook",
    "find",
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
