"""Every event type, so that consumers can decode by type and schemas can be generated."""

from __future__ import annotations

from contracts import alerts, registry, sharing
from contracts.envelope import EventData

ALL: tuple[type[EventData], ...] = (
    registry.HouseholdSnapshotTaken,
    registry.AreaChanged,
    registry.PolicyProfileActivated,
    registry.EpisodeMoved,
    sharing.DeliveryCommitted,
    sharing.FindingRaised,
    sharing.FindingWithdrawn,
    alerts.ClueMoved,
    alerts.AlertPublished,
)
BY_TYPE: dict[str, type[EventData]] = {event.event_type: event for event in ALL}
