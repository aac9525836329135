"""Public events of alerts: thin facts of ids, codes and links; never an ID number, name or amount."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from pydantic import AwareDatetime, Field

from contracts import indicators, topics
from contracts.duties import Level
from contracts.envelope import EventData
from contracts.vocabulary import (
    AlertKind,
    Capped,
    Channel,
    Closed,
    ClueState,
    Department,
    GapResult,
    GapState,
    RiskType,
    Severity,
)


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
    verified_at: AwareDatetime | None = Field(default=None, description="when the result was recorded")
    visited_on: date | None = Field(default=None, description="when the visit of the result happened")
    attachments: list[str] = Field(
        default=[], description="photos and scans of the household that the result names, by SHA-256; the registry's"
    )
    ground_gone_at: AwareDatetime | None = Field(
        default=None, description="since when no finding, application or visit speaks for it any more"
    )
    closed_because: Closed | None = Field(default=None, description="why it was closed without a verification")


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
    moved_from: str | None = Field(default=None, description="moved: the area that the clue left")
    moved_to: str | None = Field(default=None, description="moved: the area that it went to")


class CapReached(EventData):
    """As many as policy allows a day have left protection in a township: somebody should look. Same feed, same order.

    `household_id` is the last one; what it is about stands behind `link`.
    """

    event_type: ClassVar[str] = "bangfu.alerts.cap.reached.v1"
    topic: ClassVar[topics.Topic] = topics.ALERT

    alert_id: str
    position: int = Field(ge=1, description="place in the feed; strictly grows, in commit order")
    kind: AlertKind = Field(description="always `capped`")
    capped: Capped
    household_id: str
    area_code: str = Field(description="its village")
    town_code: str
    severity: Severity
    reached_on: date = Field(description="by the time of recording, in China")
    number: int = Field(ge=1, description="of that day in the township: the cap of the policy profile")
    raised_at: AwareDatetime
    link: str = Field(examples=["/v1/episodes?area=990101101000"])


class PolicyGapMoved(EventData):
    """What a department owes by policy was confirmed, answered, looked at again or withdrawn. Same feed, same order."""

    event_type: ClassVar[str] = "bangfu.alerts.gap.moved.v1"
    topic: ClassVar[topics.Topic] = topics.ALERT

    alert_id: str
    position: int = Field(ge=1, description="place in the feed; strictly grows, in commit order")
    kind: AlertKind = Field(description="always `policy_gap`")
    gap_id: str
    household_id: str
    area_code: str
    department: Department = Field(description="the one that must act")
    severity: Severity
    state: GapState
    result: GapResult | None = Field(default=None, description="what the department said; null while it has not")
    due_on: date = Field(description="of the department")
    raised_at: AwareDatetime = Field(description="when it came to this state")
    link: str = Field(examples=["/v1/policy-gaps/0199a5c0-0000-7000-8000-00000000f00a"])


class DutyAlerted(EventData):
    """A duty was opened that those above should know of, its day is near, or past and it went to the next level.

    Same feed, same order.
    """

    event_type: ClassVar[str] = "bangfu.alerts.duty.alerted.v1"
    topic: ClassVar[topics.Topic] = topics.ALERT

    alert_id: str
    position: int = Field(ge=1, description="place in the feed; strictly grows, in commit order")
    kind: AlertKind = Field(description="`duty_opened`, `duty_near` or `duty_late`")
    duty_id: str
    duty_kind: str = Field(pattern=r"^[A-Z]\d{2}$", description="see docs/duties.md")
    household_id: str | None = Field(default=None, description="null where the duty is about no household")
    area_code: str
    department: Department | None = Field(default=None, description="the one that must act, if it is a department's")
    severity: Severity = Field(description="orange while there is time, red after")
    due_on: date
    escalated_to: Level | None = Field(default=None, description="duty_late: the level that it went to")
    raised_at: AwareDatetime = Field(description="when it was opened, or the clock said so")
    link: str = Field(examples=["/v1/duties/D06-0199a5c0-0000-7000-8000-00000000f001"])

    @property
    def key(self) -> str:
        """In order with what else is told of the household; by itself where there is none."""
        return self.household_id or self.duty_id


class SubscriptionTested(EventData):
    """The owner of a subscription asked for a test: sent to its webhook alone, and about nobody."""

    event_type: ClassVar[str] = "bangfu.alerts.subscription.tested.v1"
    topic: ClassVar[topics.Topic] = topics.ALERT
    is_direct: ClassVar[bool] = True

    subscription_id: str
    is_test: bool = Field(default=True, description="always true")
    said: str = Field(default="测试事件,不是预警 / a test, not an alert")
    tested_at: AwareDatetime
    link: str = Field(examples=["/v1/subscriptions/0199a5c0-0000-7000-8000-00000000f00a"])

    @property
    def key(self) -> str:
        """In order with nothing: it is about no household."""
        return self.subscription_id


class AlertsIndicatorComputed(indicators.Computed):
    """A part of a version of an indicator for a period, of alerts's facts."""

    event_type: ClassVar[str] = "bangfu.alerts.indicator.computed.v1"
    topic: ClassVar[topics.Topic] = topics.ALERTS_INDICATOR


class RecomputationAsked(EventData):
    """Somebody wants figures of a period computed again: each service computes those that are its own."""

    event_type: ClassVar[str] = "bangfu.alerts.recomputation.asked.v1"
    topic: ClassVar[topics.Topic] = topics.RECOMPUTATION

    request_id: str
    period: str = Field(pattern=indicators.PERIOD_FORM)
    indicator_ids: list[str]
    why: str
    asked_by: str
    asked_at: AwareDatetime
