"""Event edge of people: the roster."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.envelope import CloudEvent
from contracts.registry import StaffChanged
from gateway.people import service


async def on_staff(session: AsyncSession, events: Sequence[CloudEvent[StaffChanged]]) -> None:
    """Keep who is on the roster."""
    await service.take(session, [event.data for event in events])
