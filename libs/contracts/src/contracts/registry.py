"""Events of the registry: household snapshots, areas, policy profile, monitoring episodes.

Internal: only `sharing` and `alerts` may read `registry.household.v1` (topic ACL). It carries
matching tokens, codes and amounts, never a name or an ID number.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from contracts import duties, indicators, topics
from contracts.area_vocabulary import AreaTag
from contracts.envelope import EventData
from contracts.fields import HOUSEHOLD, INCOME, PERSON
from contracts.fields.models import announced_model
from contracts.vocabulary import Capped, Channel, Department, EpisodeState, RiskType, StaffRole, UnitKind


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class MemberTokens(_Part):
    """A member's tokens under one more key, while the token key is being changed."""

    key_id: str
    id_token: str
    person_token: str


class _Tokens(_Part):
    person_id: str
    id_token: str | None = Field(description="keyed token of the ID number, 32 hex digits; null without a number")
    person_token: str | None = Field(description="keyed token of ID number and name together")
    token_key_id: str = Field(default="k1", description="id of the key of both tokens")
    other_tokens: list[MemberTokens] = Field(default=[], description="the same under other keys, during a rotation")


class _Version(EventData):
    household_id: str
    version: int = Field(ge=1, description="grows by one with every change of the household or its members")
    token_revision: int = Field(
        default=0, ge=0, description="grows when the same version is announced again with tokens of other keys"
    )
    merged_into: str | None = Field(default=None, description="the household that it was merged into (并户)")


if TYPE_CHECKING:  # what code reads by name; the records in contracts.fields say everything

    class _YearFields(_Part):
        year: int

    class _MemberFields(_Tokens):
        pass

    class _HouseholdFields(_Version):
        area_code: str
        is_monitored: bool
        open_risks: list[RiskType]

else:
    _YearFields = announced_model("_YearFields", INCOME, _Part)
    _MemberFields = announced_model("_MemberFields", PERSON, _Tokens)
    _HouseholdFields = announced_model("_HouseholdFields", HOUSEHOLD, _Version)


class YearIncome(_YearFields):
    """One year's income of a household, in yuan."""


class Member(_MemberFields):
    """A member of the household, as the rules need them."""


class HouseholdSnapshotTaken(_HouseholdFields):
    """The household as it is now, after any change; the newest version wins."""

    event_type: ClassVar[str] = "bangfu.registry.household.snapshot_taken.v1"
    topic: ClassVar[topics.Topic] = topics.HOUSEHOLD

    incomes: list[YearIncome] = []
    members: list[Member] = []


class TagOfArea(BaseModel):
    """What an area was designated as, and in which days; without a last one it lasts."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    tag: AreaTag
    first_on: date
    last_on: date | None = None


class AreaChanged(EventData):
    """An area as it is now."""

    event_type: ClassVar[str] = "bangfu.registry.area.changed.v1"
    topic: ClassVar[topics.Topic] = topics.AREA

    area_code: str = Field(pattern=r"^\d{12}$")
    name: str
    level: str = Field(description="province | city | county | town | village")
    parent_code: str | None
    valid_from: date
    valid_to: date | None = None
    successors: list[str] = Field(
        default=[], description="areas that its households went to: merged, split, renumbered"
    )
    tags: list[TagOfArea] = Field(default=[], description="what it is, was or will be designated as (区划标签)")


class PolicyProfileActivated(EventData):
    """The policy profile of a region took effect: every number that the policy sets, with its source."""

    event_type: ClassVar[str] = "bangfu.registry.policy.activated.v1"
    topic: ClassVar[topics.Topic] = topics.POLICY

    region: str = Field(pattern=r"^\d{12}$")
    version: int
    effective_from: date
    source_document: str
    parameters: dict[str, Decimal | str | bool] = Field(description="flat, dotted names; see docs/policy-profile.md")


class EpisodeMoved(EventData):
    """A monitoring episode reached a state."""

    event_type: ClassVar[str] = "bangfu.registry.episode.moved.v1"
    topic: ClassVar[topics.Topic] = topics.EPISODE

    episode_id: str
    sequence: int = Field(default=0, ge=0, description="number of the step; the greatest one is the newest")
    household_id: str
    area_code: str
    clue_id: str | None
    state: EpisodeState
    previous_state: EpisodeState | None
    risk_types: list[RiskType]
    occurred_on: date
    due_on: date | None = None
    has_ended: bool = Field(default=False, description="the episode is over; a new risk opens another one")
    green_channel: bool = Field(
        default=False, description="绿色通道: helped first, the missing steps of the procedure are due"
    )


class EndingsCapReached(EventData):
    """As many households of a township as policy allows a day have left, or were refused: somebody should look."""

    event_type: ClassVar[str] = "bangfu.registry.endings.cap_reached.v1"
    topic: ClassVar[topics.Topic] = topics.EPISODE

    household_id: str = Field(description="the last one")
    area_code: str = Field(description="its village")
    town_code: str
    ended_on: date
    endings: int = Field(ge=1, description="of that day, by the time of recording")
    capped: Capped = Field(default=Capped.ENDINGS, description="what there are so many of")


class Appointment(_Part):
    """A term of somebody in a role (任职); ended ones stay."""

    appointment_id: str
    role: StaffRole
    unit_id: str
    department: Department | None = Field(description="of the unit")
    area_code: str = Field(pattern=r"^\d{12}$", description="root of the subtree that it is about")
    grid: str | None
    first_on: date
    last_on: date | None = Field(description="last day; null: no end is known")


class Account(_Part):
    """An account at an issuer of tokens that is this person's."""

    issuer: str
    subject: str


class StaffChanged(EventData):
    """Somebody on the roster as it is now; the newest version wins."""

    event_type: ClassVar[str] = "bangfu.registry.staff.changed.v1"
    topic: ClassVar[topics.Topic] = topics.STAFF

    staff_id: str
    version: int = Field(ge=1, description="grows by one with every change of the person, a term or an account")
    is_active: bool
    unit_id: str
    unit_kind: UnitKind
    unit_area_code: str = Field(pattern=r"^\d{12}$")
    department: Department | None = Field(description="of the unit")
    appointments: list[Appointment] = []
    accounts: list[Account] = []


class HelperPaired(_Part):
    """Somebody who helps a household from a day on, until another day if that is known."""

    pairing_id: str
    staff_id: str
    from_on: date
    until_on: date | None = Field(description="first day on which it is no more")


class PairingChanged(EventData):
    """Who helps a household, from the day of the event on; the newest version wins."""

    event_type: ClassVar[str] = "bangfu.registry.pairing.changed.v1"
    topic: ClassVar[topics.Topic] = topics.PAIRING

    household_id: str
    version: int = Field(ge=1, description="grows with every change of the household's pairings")
    helpers: list[HelperPaired] = Field(
        default=[], description="by their first day; the one of today, and whoever is to follow; empty: nobody helps it"
    )


class VisitRisksReported(EventData):
    """Somebody of the roster was at a household, or telephoned it, and saw what may push it back: clues follow."""

    event_type: ClassVar[str] = "bangfu.registry.visit.risks_reported.v1"
    topic: ClassVar[topics.Topic] = topics.VISIT

    visit_id: str = Field(description="of the contact that was recorded")
    household_id: str
    area_code: str = Field(pattern=r"^\d{12}$")
    channel: Channel = Field(description="CH4 in a sweep, else CH2")
    campaign_id: str | None = Field(default=None, description="the campaign that it was made for, if for one")
    risk_types: list[RiskType] = Field(min_length=1)
    visited_on: date
    visitors: list[str] = Field(description="staff:<id> of those who were there, who recorded it among them")
    reported_by: str = Field(description="who recorded it: staff:<id> of a person, else the client")
    recorded_at: datetime


class RegistryDutyOpened(duties.Opened):
    """Somebody must do something about an episode by a day, or that duty has changed."""

    event_type: ClassVar[str] = "bangfu.registry.duty.opened.v1"
    topic: ClassVar[topics.Topic] = topics.REGISTRY_DUTY


class RegistryDutyClosed(duties.Closed):
    """Nobody has this duty any more: it was done, or its ground is gone."""

    event_type: ClassVar[str] = "bangfu.registry.duty.closed.v1"
    topic: ClassVar[topics.Topic] = topics.REGISTRY_DUTY


class RegistryIndicatorComputed(indicators.Computed):
    """A part of a version of an indicator for a period, of registry's facts."""

    event_type: ClassVar[str] = "bangfu.registry.indicator.computed.v1"
    topic: ClassVar[topics.Topic] = topics.REGISTRY_INDICATOR
