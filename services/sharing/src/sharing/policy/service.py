"""What the policy says in a region on a date."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.parameters import PARAMETERS, Profile, read_values, resolve_all
from contracts.registry import PolicyProfileActivated
from servicekit.consumer import InvalidEvent
from sharing.policy import store


async def take_profiles(session: AsyncSession, profiles: Sequence[PolicyProfileActivated]) -> None:
    """Keep every version of every region's policy profile, so that old periods stay explainable.

    Raises:
        InvalidEvent: if a parameter has a value that it cannot have.
    """
    for profile in profiles:
        _, faults = read_values({name: value for name, value in profile.parameters.items() if name in PARAMETERS})
        if faults:
            raise InvalidEvent(f"profile {profile.region} version {profile.version}: {faults[0].detail}")
    await store.upsert_profiles(session, profiles)


async def has_profiles(session: AsyncSession) -> bool:
    """Tell whether any region has a profile: without one nothing can be compared."""
    return bool(await store.profiles(session))


async def profiles_at(session: AsyncSession, regions: Iterable[str], on: date) -> dict[str, Profile]:
    """Give what holds in each region on a date.

    Raises:
        ValueError: if a stored value is none that its parameter may have.
    """
    return resolve_all(await store.profiles(session), regions, on)


async def parameters_at(session: AsyncSession, region: str, on: date) -> Profile:
    """Give what holds in `region` on a date; see `profiles_at`."""
    return (await profiles_at(session, [region], on))[region]
