"""Every event type, so that consumers can decode by type and schemas can be generated."""

from __future__ import annotations

from contracts import alerts, gateway, registry, sharing
from contracts.envelope import EventData

_OWNERS = (registry, sharing, alerts, gateway)
ALL: tuple[type[EventData], ...] = tuple(
    member
    for owner in _OWNERS
    for member in vars(owner).values()
    if isinstance(member, type) and issubclass(member, EventData) and "event_type" in vars(member)
)
BY_TYPE: dict[str, type[EventData]] = {event.event_type: event for event in ALL}
