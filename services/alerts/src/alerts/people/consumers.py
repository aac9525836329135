"""Event edge of people: the roster."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from alerts.people import service
from contracts.envelope import CloudEvent
from contracts.registry import StaffChanged


async def on_staff(session: AsyncSession, events: Sequence[CloudEvent[StaffChanged]]) -> None:
    """Keep the newest of each person."""
    newest: dict[str, StaffChanged] = {}
    for event in events:
        heard = newest.get(event.data.staff_id)
        if heard is None or heard.version < event.data.version:
            newest[event.data.staff_id] = event.data
    await service.keep(session, list(newest.values()))
