"""What the policy says in a region on a date."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.parameters import Profile, resolve_all
from sharing.policy import store
from sharing.policy.store import upsert_profiles as store_profiles

__all__ = ["parameters_at", "profiles_at", "store_profiles"]


async def profiles_at(session: AsyncSession, regions: Iterable[str], on: date) -> dict[str, Profile]:
    """Give what holds in each region on a date.

    Raises:
        ValueError: if a stored value is none that its parameter may have.
    """
    return resolve_all(await store.profiles(session), regions, on)


async def parameters_at(session: AsyncSession, region: str, on: date) -> Profile:
    """Give what holds in `region` on a date; see `profiles_at`."""
    return (await profiles_at(session, [region], on))[region]
