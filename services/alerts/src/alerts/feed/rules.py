"""What an alert is, and how its envelope looks on every channel. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from contracts.alerts import AlertPublished
from contracts.vocabulary import AlertKind, ClueState, RiskType, Severity
from servicekit import cloud_events

SOURCE = "/bangfu/alerts"


class NewAlert(NamedTuple):  # no dataclass: folding makes tens of thousands, and hands each on by its fields
    """An alert before it has its place in the feed."""

    kind: AlertKind
    clue_id: str
    household_id: str
    area_code: str
    risk_type: RiskType | str
    severity: Severity | str
    state: ClueState | str
    rule_ids: list[str]
    period: str | None
    due_at: datetime | None
    raised_at: datetime

    def published(self, alert_id: str, position: int) -> AlertPublished:
        """Give the public event at its place in the feed."""
        place = {"alert_id": alert_id, "position": position, "link": f"/v1/clues/{self.clue_id}"}
        return AlertPublished(**self._asdict(), **place)


@dataclass(frozen=True, slots=True)
class FeedItem:
    """An alert of the feed; `data` is the JSON that was stored, never parsed again."""

    position: int
    event_id: str
    household_id: str
    published_at: datetime
    traceparent: str | None
    data: bytes

    def envelope(self) -> bytes:
        """Give the CloudEvent, member by member the one that travels over Kafka."""
        return cloud_events.render(
            self.data,
            event_id=self.event_id,
            source=SOURCE,
            event_type=AlertPublished.event_type,
            key=self.household_id,
            at=self.published_at,
            traceparent=self.traceparent,
        )


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Which alerts a reader wants.

    `areas` are half-open ranges of codes; without any, nothing is wanted. The other lists mean "all" when empty.
    """

    areas: Sequence[tuple[str, str]]
    risk_types: Sequence[str] = ()
    severities: Sequence[str] = ()
    kinds: Sequence[str] = ()

    def clause(self) -> tuple[str, Mapping[str, object]]:
        """Give a SQL condition on table `alert a` and its parameters."""
        parameters: dict[str, object] = {}
        ranges: list[str] = []
        for index, (low, high) in enumerate(self.areas):
            ranges.append(f"(a.area_code >= :low_{index} AND a.area_code < :high_{index})")
            parameters |= {f"low_{index}": low, f"high_{index}": high}
        parts = ["(" + " OR ".join(ranges) + ")" if ranges else "false"]
        for column, values in (
            ("risk_type", self.risk_types),
            ("severity", self.severities),
            ("kind", self.kinds),
        ):
            if values:
                parts.append(f"a.{column} = ANY(CAST(:{column}s AS text[]))")
                parameters[f"{column}s"] = list(values)
        return " AND ".join(parts), parameters
