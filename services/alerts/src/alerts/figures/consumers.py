"""Event edge of figures: what services computed of their indicators."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from alerts.figures import service
from contracts.envelope import CloudEvent
from contracts.indicators import Computed


async def on_computed(session: AsyncSession, events: Sequence[CloudEvent[Computed]]) -> None:
    """Keep what was computed."""
    await service.take(session, [event.data for event in events])
