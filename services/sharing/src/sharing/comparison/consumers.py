"""What starts comparisons from events: the register's snapshots, policy profiles, and our own deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.envelope import CloudEvent
from contracts.registry import HouseholdSnapshotTaken, PolicyProfileActivated
from contracts.sharing import DeliveryCommitted, DeliveryWithdrawn
from sharing.comparison import starts
from sharing.directory import service as directory
from sharing.policy import service as policy


class Starters:
    """Handlers that take news in and start what follows from them, in one transaction."""

    def __init__(self, delay_s: float) -> None:
        """Let whole runs wait `delay_s` for what else changes."""
        self._delay_s = delay_s

    async def on_households(self, session: AsyncSession, events: Sequence[CloudEvent[Any]]) -> None:
        """Take snapshots in, and compare the households that changed."""
        snapshots = [event.data for event in events if isinstance(event.data, HouseholdSnapshotTaken)]
        await starts.by_households(session, await directory.take_snapshots(session, snapshots), self._delay_s)

    async def on_policy(self, session: AsyncSession, events: Sequence[CloudEvent[Any]]) -> None:
        """Take profiles in, and compare what they say otherwise."""
        profiles = [event.data for event in events if isinstance(event.data, PolicyProfileActivated)]
        await policy.take_profiles(session, profiles)
        await starts.by_profiles(session, profiles, self._delay_s)

    async def on_deliveries(self, session: AsyncSession, events: Sequence[CloudEvent[Any]]) -> None:
        """Compare what committed and released deliveries say, and what held ones that were given up no longer doubt."""
        known = (DeliveryCommitted, DeliveryWithdrawn)
        ids = [event.data.delivery_id for event in events if isinstance(event.data, known)]
        await starts.by_deliveries(session, ids, self._delay_s)
