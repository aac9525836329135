"""Areas as the register announces them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.envelope import CloudEvent
from contracts.registry import AreaChanged
from sharing.places import service
from sharing.places.service import KnownArea


async def on_areas(session: AsyncSession, events: Sequence[CloudEvent[Any]]) -> None:
    """Keep what became of areas, for what was agreed about them."""
    told = (event.data for event in events if isinstance(event.data, AreaChanged))
    await service.take(
        session,
        [KnownArea(each.area_code, each.valid_from, each.valid_to, tuple(each.successors)) for each in told],
    )
