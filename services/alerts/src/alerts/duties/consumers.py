"""Event edge of duties: what the services say that somebody must do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from alerts.duties import service
from contracts.envelope import CloudEvent


async def on_duties(session: AsyncSession, events: Sequence[CloudEvent[Any]]) -> None:
    """Keep what is said of duties."""
    await service.take(session, [event.data for event in events])
