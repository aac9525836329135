"""What an alert is, and how its envelope looks on every channel. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple, Protocol

from contracts.alerts import AlertPublished, CapReached, DutyAlerted, PolicyGapMoved
from contracts.duties import Level
from contracts.vocabulary import AlertKind, Capped, ClueState, Department, GapResult, GapState, RiskType, Severity
from servicekit import cloud_events
from servicekit.areas import town_of

SOURCE = "/bangfu/alerts"


Fact = AlertPublished | CapReached | DutyAlerted | PolicyGapMoved
"""What the feed carries."""

_OTHERS: Mapping[str, type[Fact]] = {
    AlertKind.CAPPED: CapReached,
    AlertKind.DUTY_OPENED: DutyAlerted,
    AlertKind.DUTY_NEAR: DutyAlerted,
    AlertKind.DUTY_LATE: DutyAlerted,
    AlertKind.POLICY_GAP: PolicyGapMoved,
}
"""Kinds of alert that are about no clue."""


class Alerting(Protocol):
    """Something that goes to the feed."""

    def published(self, alert_id: str, position: int) -> Fact:
        """Give the public event at its place in the feed."""


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
    moved_from: str | None = None
    moved_to: str | None = None

    @classmethod
    def of(cls, clue: Any, kind: AlertKind) -> NewAlert:  # Any: a folded clue or a stored one, by the same names
        """Give the alert of a clue as it is now."""
        return cls(
            kind=kind,
            clue_id=clue.id,
            household_id=clue.household_id,
            area_code=clue.area_code,
            risk_type=clue.risk_type,
            severity=clue.severity,
            state=clue.state,
            rule_ids=clue.rule_ids,
            period=clue.latest_period,
            due_at=clue.due_at,
            raised_at=clue.raised_at,
        )

    def published(self, alert_id: str, position: int) -> AlertPublished:
        """Give the public event at its place in the feed."""
        place = {"alert_id": alert_id, "position": position, "link": f"/v1/clues/{self.clue_id}"}
        return AlertPublished(**self._asdict(), **place)


@dataclass(frozen=True, slots=True)
class NewCap:
    """A township has reached a cap of the day, before the alert has its place in the feed."""

    capped: Capped
    household_id: str
    area_code: str
    reached_on: date
    number: int
    raised_at: datetime
    link: str

    def published(self, alert_id: str, position: int) -> CapReached:
        """Give the public event at its place in the feed."""
        return CapReached(
            alert_id=alert_id,
            position=position,
            kind=AlertKind.CAPPED,
            town_code=town_of(self.area_code),
            severity=Severity.ORANGE,
            **{name: getattr(self, name) for name in self.__slots__},
        )


@dataclass(frozen=True, slots=True)
class NewDutyAlert:
    """A duty that was opened, or a step of its ladder, before the alert has its place in the feed."""

    kind: AlertKind
    duty_id: str
    duty_kind: str
    household_id: str | None
    area_code: str
    department: Department | None
    due_on: date
    escalated_to: Level | None
    raised_at: datetime

    def published(self, alert_id: str, position: int) -> DutyAlerted:
        """Give the public event at its place in the feed."""
        return DutyAlerted(
            alert_id=alert_id,
            position=position,
            severity=Severity.RED if self.kind is AlertKind.DUTY_LATE else Severity.ORANGE,
            link=f"/v1/duties/{self.duty_id}",
            **{name: getattr(self, name) for name in self.__slots__},
        )


@dataclass(frozen=True, slots=True)
class NewGapAlert:
    """What became of a policy gap, before the alert has its place in the feed."""

    gap_id: str
    household_id: str
    area_code: str
    department: Department | str
    severity: Severity | str
    state: GapState | str
    result: GapResult | str | None
    due_on: date
    raised_at: datetime

    def published(self, alert_id: str, position: int) -> PolicyGapMoved:
        """Give the public event at its place in the feed."""
        return PolicyGapMoved.model_validate(
            {
                "alert_id": alert_id,
                "position": position,
                "kind": AlertKind.POLICY_GAP,
                "link": f"/v1/policy-gaps/{self.gap_id}",
                **{name: getattr(self, name) for name in self.__slots__},
            }
        )


@dataclass(frozen=True, slots=True)
class FeedItem:
    """An alert of the feed; `data` is the JSON that was stored, never parsed again.

    `household_id` is what its alerts are in order by: the duty, where that is about no household.
    """

    position: int
    event_id: str
    kind: str
    household_id: str
    published_at: datetime
    traceparent: str | None
    data: bytes

    @property
    def event_type(self) -> str:
        """The type of the CloudEvent."""
        return _OTHERS.get(self.kind, AlertPublished).event_type

    def envelope(self) -> bytes:
        """Give the CloudEvent, member by member the one that travels over Kafka."""
        return cloud_events.render(
            self.data,
            event_id=self.event_id,
            source=SOURCE,
            event_type=self.event_type,
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
