"""Event edge of the directory: the registry's snapshots, areas and profiles."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from alerts.directory import store
from contracts.envelope import CloudEvent
from contracts.registry import AreaChanged, HouseholdSnapshotTaken, PolicyProfileActivated
from servicekit.failpoints import failpoint_async


async def on_households(session: AsyncSession, events: Sequence[CloudEvent[HouseholdSnapshotTaken]]) -> None:
    """Keep the newest snapshot of each household."""
    newest: dict[str, HouseholdSnapshotTaken] = {}
    for event in events:
        known = newest.get(event.data.household_id)
        if known is None or known.version < event.data.version:
            newest[event.data.household_id] = event.data
    await store.upsert_households(session, list(newest.values()))
    await failpoint_async("alerts.directory_applied")


async def on_areas(session: AsyncSession, events: Sequence[CloudEvent[AreaChanged]]) -> None:
    """Keep the names of areas."""
    await store.upsert_areas(session, list({event.data.area_code: event.data for event in events}.values()))


async def on_policies(session: AsyncSession, events: Sequence[CloudEvent[PolicyProfileActivated]]) -> None:
    """Keep the policy profiles."""
    await store.upsert_profiles(
        session, list({(event.data.region, event.data.version): event.data for event in events}.values())
    )
