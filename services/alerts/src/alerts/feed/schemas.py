"""The feed on the wire."""

from __future__ import annotations

from pydantic import BaseModel, Field

from contracts.alerts import AlertPublished, CapReached, DutyAlerted, PolicyGapMoved
from contracts.envelope import CloudEvent
from contracts.vocabulary import AlertKind, RiskType, Severity
from servicekit.body import Body


class AlertPage(BaseModel):
    """A stretch of the feed."""

    items: list[
        CloudEvent[AlertPublished] | CloudEvent[CapReached] | CloudEvent[DutyAlerted] | CloudEvent[PolicyGapMoved]
    ]
    next_after: int = Field(
        description="give it as `after` of the next call; it also passes over alerts that the filter left out"
    )


class AlertQuery(Body):
    """Which alerts a reader wants, and from where on. An empty list means all."""

    after: int | None = Field(default=None, ge=0, le=2**62, description="position of the last alert that you have")
    area: str | None = Field(default=None, pattern=r"^\d{12}$", description="only this area's subtree")
    risk_type: list[RiskType] = []
    severity: list[Severity] = []
    kind: list[AlertKind] = []
    subscription: str | None = Field(
        default=None, pattern=r"^[0-9a-f-]{36}$", description="use the filters of one of your subscriptions"
    )


class PageQuery(AlertQuery):
    """The same, and how many at once."""

    limit: int = Field(default=100, ge=1, le=1000)
