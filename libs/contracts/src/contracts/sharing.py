"""Events of sharing: deliveries and findings. Internal topics."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import AwareDatetime, Field
from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

from contracts import topics
from contracts.envelope import EventData
from contracts.vocabulary import Department, RiskType, Severity


class DeliveryCommitted(EventData):
    """A department's delivery for a period is complete and durable."""

    event_type: ClassVar[str] = "bangfu.sharing.delivery.committed.v1"
    topic: ClassVar[topics.Topic] = topics.DELIVERY

    delivery_id: str
    dataset: str
    department: Department
    period: str = Field(pattern=r"^\d{4}-\d{2}$")
    is_nil: bool
    rows_accepted: int
    rows_rejected: int
    supersedes: str | None = None
    committed_at: AwareDatetime
    is_late: bool


class FactName(TypedDict):
    """What a fact is called, so that evidence can be read without the rule catalogue."""

    zh: str
    en: str


class FindingRaised(EventData):
    """A rule holds for a household on the period's data.

    `finding_id` is derived from rule, version, household, person, period and evidence, so that the same
    inputs give the same id and a re-run announces nothing twice.
    """

    event_type: ClassVar[str] = "bangfu.sharing.finding.raised.v1"
    topic: ClassVar[topics.Topic] = topics.FINDING

    finding_id: str
    run_id: str
    rule_id: str
    rule_version: int
    scope: Literal["person", "household"]
    household_id: str
    person_id: str | None = None
    area_code: str
    period: str
    risk_type: RiskType
    severity: Severity
    evidence: dict[str, Any] = Field(description="the facts that the predicate names, with their values")
    parameters: dict[str, Any] = Field(description="the policy parameters that the predicate names")
    profile_version: int
    deliveries: list[str] = Field(description="ids of the deliveries that the facts came from")
    found_at: AwareDatetime
    fact_names: dict[str, FactName] = Field(default={}, description="names of the facts in `evidence`")


class FindingWithdrawn(EventData):
    """A finding no longer holds after newer data for the same period."""

    event_type: ClassVar[str] = "bangfu.sharing.finding.withdrawn.v1"
    topic: ClassVar[topics.Topic] = topics.FINDING

    finding_id: str
    run_id: str
    rule_id: str
    household_id: str
    period: str
    withdrawn_at: AwareDatetime
