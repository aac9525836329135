"""Event edge of subscriptions: what clients may do."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from alerts.access import service as access
from alerts.subscriptions import service
from contracts.envelope import CloudEvent
from contracts.gateway import ClientChanged
from servicekit.failpoints import failpoint_async


async def on_clients(session: AsyncSession, events: Sequence[CloudEvent[ClientChanged]]) -> None:
    """Keep what clients may do, and end what they may not have any more."""
    newest: dict[str, ClientChanged] = {}
    for event in events:
        known = newest.get(event.data.client_id)
        if known is None or known.version <= event.data.version:
            newest[event.data.client_id] = event.data
    await access.keep(session, list(newest.values()))
    await service.end_withdrawn(session, list(newest))
    await failpoint_async("alerts.rights_applied")
