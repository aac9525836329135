"""Public events of alerts: thin facts of ids, codes and links; never an ID number, name or amount."""

from __future__ import annotations

from typing import ClassVar

from pydantic import AwareDatetime, Field

from contracts import topics
from contracts.envelope import EventData
from contracts.vocabulary import AlertKind, Channel, ClueState, RiskType, Severity


class ClueMoved(EventData):
    """A clue reached a state (raised, dispatched, verified...)."""

    event_type: ClassVar[str] = "bangfu.alerts.clue.moved.v1"
    topic: ClassVar[topics.Topic] = topics.CLUE

    clue_id: str
    household_id: str
    area_code: str
    state: ClueState
    previous_state: ClueState | None
    version: int = Field(ge=1)
    risk_type: RiskType
    severity: Severity
    channels: list[Channel]
    rule_ids: list[str]
    finding_ids: list[str] = Field(default=[], description="so that departments can be told what came of their data")
    result_reason: str | None = Field(default=None, description="ExclusionReason code when excluded")
    due_at: AwareDatetime | None = None
    verified_at: AwareDatetime | None = None


class AlertPublished(EventData):
    """What a subscriber receives; the same event through Kafka, webhook, SSE and cursor pull."""

    event_type: ClassVar[str] = "bangfu.alerts.alert.published.v1"
    topic: ClassVar[topics.Topic] = topics.ALERT

    alert_id: str
    position: int = Field(ge=1, description="place in the feed; strictly grows, in commit order")
    kind: AlertKind
    clue_id: str
    household_id: str
    area_code: str
    risk_type: RiskType
    severity: Severity
    state: ClueState
    rule_ids: list[str]
    period: str | None = None
    due_at: AwareDatetime | None = None
    raised_at: AwareDatetime
    link: str = Field(examples=["/v1/clues/0198c0de-0000-7000-8000-000000000001"])
