"""Events of sharing: deliveries and findings. Internal topics."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Literal

from pydantic import AwareDatetime, Field
from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

from contracts import duties, indicators, topics
from contracts.envelope import EventData
from contracts.plan_codes import MeasureCategory
from contracts.vocabulary import Department, Guarantee, RiskType, Severity


class _Delivery(EventData):
    """What every event of a delivery names."""

    topic: ClassVar[topics.Topic] = topics.DELIVERY

    delivery_id: str
    dataset: str
    department: Department
    period: str = Field(pattern=r"^\d{4}-\d{2}$")


class DeliveryCommitted(_Delivery):
    """A department's delivery for a period is complete and durable."""

    event_type: ClassVar[str] = "bangfu.sharing.delivery.committed.v1"

    is_nil: bool
    rows_accepted: int
    rows_rejected: int
    supersedes: str | None = None
    committed_at: AwareDatetime
    is_late: bool
    area_code: str | None = None
    mode: Literal["full", "increment", "correction", "record"] | None = Field(
        default=None, description="full, and increment of a monthly dataset, replace what was said of the month"
    )


class DeliverySuspended(_Delivery):
    """A list cannot be believed beside the one before it; it does not count until somebody has decided."""

    event_type: ClassVar[str] = "bangfu.sharing.delivery.suspended.v1"

    area_code: str
    reasons: list[str] = Field(
        description="all_refused, refused, shrunk, persons_gone, names_changed, area_missing, covers_few"
    )
    due_on: date = Field(description="the day by which it is to be released or withdrawn")
    suspended_at: AwareDatetime


class DeliveryWithdrawn(_Delivery):
    """A held list was given up; the one before stays effective."""

    event_type: ClassVar[str] = "bangfu.sharing.delivery.withdrawn.v1"

    area_code: str
    withdrawn_at: AwareDatetime


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
    text: FactName | None = Field(
        default=None, description="the rule's own sentence with places for facts and parameters: `{name}`"
    )
    is_policy_gap: bool = Field(
        default=False, description="what the policy owes is missing: an open risk of the same type does not answer it"
    )
    department: Department | None = Field(
        default=None, description="whose rule it is, and who must act where the policy is owed; null: an older release"
    )


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


class _Status(EventData):
    """Which of a household's statuses an event is about, and whose data say so."""

    topic: ClassVar[topics.Topic] = topics.STATUS

    household_id: str
    dataset: str
    guarantee: Guarantee
    period: str = Field(pattern=r"^\d{4}-\d{2}$")


class StatusClaimed(_Status):
    """A department's data say that a guarantee of a household is unsafe or safe, or say it of a newer day."""

    event_type: ClassVar[str] = "bangfu.sharing.status.claimed.v1"

    department: Department
    is_safe: bool
    as_of: date = Field(description="the day that the data tell of")
    text: FactName = Field(description="the dataset's own sentence with places for facts: `{name}`")
    facts: dict[str, Any] = Field(description="the facts that the sentence names")
    claimed_at: AwareDatetime


class StatusWithdrawn(_Status):
    """The department's data no longer say it."""

    event_type: ClassVar[str] = "bangfu.sharing.status.withdrawn.v1"

    withdrawn_at: AwareDatetime


class _Aid(EventData):
    """What a department gave a household, by an id that the same row has from month to month, whatever it says."""

    topic: ClassVar[topics.Topic] = topics.STATUS

    household_id: str
    aid_id: str
    dataset: str
    period: str = Field(pattern=r"^\d{4}-\d{2}$")


class AidListed(_Aid):
    """A department's list says that a household was given something, or says something else of it."""

    event_type: ClassVar[str] = "bangfu.sharing.aid.listed.v1"

    person_id: str = Field(description="the member whom the list names")
    department: Department
    category: MeasureCategory
    title: FactName
    called: str | None = Field(description="what the list calls it, such as the product of an insurance")
    given_on: date | None = Field(description="null: the list does not tell")
    until: date | None = Field(description="until when it goes on; null: the list does not tell")
    amount: Decimal | None = Field(description="yuan; null: the list does not tell")
    income: str | None = Field(description="the amount of a year's income that it is part of; null: of none")
    listed_at: AwareDatetime


class AidEnded(_Aid):
    """The list says it no more: a newer one does not list it, or the delivery that did has it no more."""

    event_type: ClassVar[str] = "bangfu.sharing.aid.ended.v1"

    was_wrong: bool = Field(description="the department corrected its list: it never was")
    ended_at: AwareDatetime


class ComparisonSuspended(EventData):
    """The findings of a whole comparison jump; it announces nothing until somebody at the bureau has decided."""

    event_type: ClassVar[str] = "bangfu.sharing.comparison.suspended.v1"
    topic: ClassVar[topics.Topic] = topics.COMPARISON

    run_id: str
    period: str = Field(pattern=r"^\d{4}-\d{2}$")
    area_code: str
    rule_ids: list[str] = Field(description="the rules whose findings are implausibly many or few")
    due_on: date = Field(description="the day by which it is to be released or withdrawn")
    suspended_at: AwareDatetime


class ComparisonDecided(EventData):
    """A held comparison waits no longer: somebody believed it or gave it up, or a newer one took its place."""

    event_type: ClassVar[str] = "bangfu.sharing.comparison.decided.v1"
    topic: ClassVar[topics.Topic] = topics.COMPARISON

    run_id: str
    period: str = Field(pattern=r"^\d{4}-\d{2}$")
    area_code: str
    decision: Literal["released", "withdrawn", "superseded"]
    decided_at: AwareDatetime


class SharingDutyOpened(duties.Opened):
    """A department must do something about what it delivered by a day, or that duty has changed."""

    event_type: ClassVar[str] = "bangfu.sharing.duty.opened.v1"
    topic: ClassVar[topics.Topic] = topics.SHARING_DUTY


class SharingDutyClosed(duties.Closed):
    """Nobody has this duty any more."""

    event_type: ClassVar[str] = "bangfu.sharing.duty.closed.v1"
    topic: ClassVar[topics.Topic] = topics.SHARING_DUTY


class SharingIndicatorComputed(indicators.Computed):
    """A part of a version of an indicator for a period, of sharing's facts."""

    event_type: ClassVar[str] = "bangfu.sharing.indicator.computed.v1"
    topic: ClassVar[topics.Topic] = topics.SHARING_INDICATOR
