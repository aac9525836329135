"""What sharing takes in from the registry: household snapshots and policy profiles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.envelope import CloudEvent
from contracts.parameters import PARAMETERS, read_values
from contracts.registry import HouseholdSnapshotTaken, PolicyProfileActivated
from servicekit.consumer import InvalidEvent
from servicekit.failpoints import failpoint_async
from sharing.directory import store
from sharing.policy import service as policy


async def on_household_snapshots(session: AsyncSession, events: Sequence[CloudEvent[Any]]) -> None:
    """Bring the directory to the newest state of each household in the batch (F-A06)."""
    bodies = [event.data.model_dump_json() for event in events if isinstance(event.data, HouseholdSnapshotTaken)]
    if bodies:
        await store.upsert_snapshots(session, ("[" + ",".join(bodies) + "]").encode())
        await failpoint_async("sharing.directory_applied")


async def on_policy_profiles(session: AsyncSession, events: Sequence[CloudEvent[Any]]) -> None:
    """Keep every version of every region's policy profile, so that old periods stay explainable.

    Raises:
        InvalidEvent: if a parameter has a value that it cannot have.
    """
    profiles = [event.data for event in events if isinstance(event.data, PolicyProfileActivated)]
    for profile in profiles:
        _, faults = read_values({name: value for name, value in profile.parameters.items() if name in PARAMETERS})
        if faults:
            raise InvalidEvent(f"profile {profile.region} version {profile.version}: {faults[0].detail}")
    await policy.store_profiles(session, profiles)
