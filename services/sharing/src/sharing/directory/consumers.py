"""What sharing takes in from the registry: household snapshots and policy profiles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.envelope import CloudEvent
from contracts.registry import HouseholdSnapshotTaken, PolicyProfileActivated
from sharing.directory import store
from sharing.rules import parameters


async def on_household_snapshots(session: AsyncSession, events: Sequence[CloudEvent[Any]]) -> None:
    """Bring the directory to the newest state of each household in the batch (F-A06)."""
    bodies = [event.data.model_dump_json() for event in events if isinstance(event.data, HouseholdSnapshotTaken)]
    if bodies:
        await store.upsert_snapshots(session, ("[" + ",".join(bodies) + "]").encode())


async def on_policy_profiles(session: AsyncSession, events: Sequence[CloudEvent[Any]]) -> None:
    """Keep every version of every region's policy profile, so that old periods stay explainable."""
    await parameters.store_profiles(
        session, [event.data for event in events if isinstance(event.data, PolicyProfileActivated)]
    )
