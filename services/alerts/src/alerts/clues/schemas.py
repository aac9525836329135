"""Clues on the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, model_validator

from contracts.vocabulary import Channel, Closed, ClueState, ExclusionReason, Labelled, RiskType, Severity
from servicekit.body import Body, examples
from servicekit.changed import Changes
from servicekit.page_query import PageQuery
from servicekit.refused import RefusedOut
from servicekit.titles import SaysTitles, Titled

StaffId = Annotated[str, StringConstraints(min_length=1, max_length=64, strip_whitespace=True)]


def _local(code: str) -> str:
    if code[6:] == "000000":
        raise ValueError("give a township or a village")
    return code


# A township or a village: somebody there has to go and look.
LocalArea = Annotated[str, StringConstraints(pattern=r"^\d{12}$"), AfterValidator(_local)]
HouseholdId = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Note = Annotated[str, StringConstraints(max_length=2000)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class ClueOut(BaseModel):
    """A clue in a list."""

    id: str
    household_id: str
    is_provisional: bool = Field(description="the household is not registered yet")
    area_code: str
    risk_type: RiskType
    severity: Severity
    state: ClueState
    version: int
    channels: list[Channel]
    rule_ids: list[str]
    source_count: int
    latest_period: str | None
    raised_at: datetime
    due_at: datetime | None
    due_from_at: datetime | None = Field(
        description="when the time to `due_at` began: when the finding was recorded here, not when it happened"
    )
    is_overdue: bool = Field(
        description="past `due_at`; a visit that happened in time is none, however late it is told"
    )
    dispatched_to: str | None = Field(description="township that must look")
    escalated_to: str | None = Field(description="county, once the clue is overdue")
    accepted_at: datetime | None
    accepted_by: str | None
    verified_at: datetime | None = Field(description="when the result was recorded")
    visited_on: date | None = Field(description="when the visit of the result happened")
    ground_gone_at: datetime | None = Field(
        description="依据已消失 / since when no data show the risk any more; a visit had begun: a person decides"
    )
    closed_because: Closed | None = Field(description="撤销原因 / why it was closed without a verification")
    result_reason: ExclusionReason | None
    episode_id: str | None
    awaits_confirmation: bool = Field(description="待复核 / an exclusion waits for a second person")


class ClueRow(ClueOut, Titled):
    """A clue in a list, with what people recognise it by."""


class TextOut(BaseModel):
    """The same text in both languages."""

    zh: str
    en: str


class SourceOut(BaseModel):
    """Something that speaks for the clue."""

    id: str
    channel: Channel
    severity: Severity
    explanation: TextOut
    finding_id: str | None
    rule_id: str | None
    rule_version: int | None
    person_id: str | None
    period: str | None
    evidence: dict[str, Any]
    fact_names: dict[str, TextOut]
    parameters: dict[str, Any]
    profile_version: int | None
    deliveries: list[str]
    found_at: datetime
    is_suppressed: bool = Field(description="came within the quiet time after the exclusion, with the same facts")
    withdrawn_at: datetime | None = Field(description="newer data no longer show it")
    via: str | None
    note: str | None
    visitors: list[str]
    occurred_on: date | None


class ConfirmationOut(BaseModel):
    """What a second person said to an exclusion."""

    agrees: bool
    note: str
    decided_by: str
    decided_at: datetime


class VerificationOut(BaseModel):
    """A recorded verification."""

    result: ClueState
    reason: ExclusionReason | None
    note: str
    verifiers: list[str]
    visited_on: date
    recorded_at: datetime
    is_late: bool = Field(description="told after a later visit was recorded: kept, but it changed nothing")
    attachments: list[str] = Field(
        description="照片和扫描件 / photos and scans, as stated: the registry has them, or says that it has not"
    )
    confirmation: ConfirmationOut | None = Field(
        default=None, description="复核结果 / what the second person said; null while none has, and for other results"
    )


class ClueDetail(ClueOut):
    """A clue with everything that speaks for it."""

    risk_label: TextOut
    area_names: dict[str, str] = Field(description="names of the village, township and county, as far as known")
    next_states: list[ClueState]
    sources: list[SourceOut]
    verifications: list[VerificationOut]
    refused: list[RefusedOut] = Field(
        description="未生效的决定 / decisions that were refused because another one came first"
    )
    alerts: list[int] = Field(description="positions of its alerts in the feed")


class ClueShown(ClueDetail, Titled, SaysTitles):
    """A clue with everything that speaks for it, and what people recognise it by."""


class ClueSeen(BaseModel):
    """What a subscriber may see of the clue that an alert's link names: the alert's own fields, as they stand now."""

    id: str
    household_id: str | None
    area_code: str
    risk_type: RiskType
    severity: Severity
    state: ClueState
    version: int
    rule_ids: list[str]
    latest_period: str | None
    raised_at: datetime
    due_at: datetime | None
    is_overdue: bool
    result_reason: ExclusionReason | None
    risk_label: TextOut
    area_names: dict[str, str]
    alerts: list[int] = Field(description="positions of its alerts in the feed")


class AcceptIn(Body):
    """Who takes the clue in hand."""

    staff_id: StaffId | None = Field(default=None, description="default: the signed-in person, else the client")


class ConfirmationIn(Body):
    """What a second person says to an exclusion."""

    model_config = examples({"agrees": True, "note": "电话回访属实"})

    agrees: bool
    note: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=2000)]


class Decided(BaseModel):
    """What is remembered of a decision for its repeat: never what was found."""

    version: int


class VerificationIn(Body):
    """What the verifiers found."""

    model_config = examples(
        {
            "result": "confirmed_identify",
            "reason": None,
            "note": "入户核实：自付费用高，收入不足以应对",
            "verifiers": ["staff-0101", "staff-0102"],
            "visited_on": "2026-11-11",
        }
    )

    result: ClueState
    reason: ExclusionReason | None = Field(default=None, description="exclusions only")
    note: Note = ""
    verifiers: list[StaffId] = Field(max_length=20, description="staff ids; the signed-in person is one of them")
    visited_on: date
    attachments: list[Sha256] = Field(
        default=[],
        max_length=20,
        description="照片和扫描件 / photos and scans of the household, by SHA-256, unchecked: whoever looks at one asks"
        " the registry, where it is evidence as soon as both have come",
    )
    household_id: HouseholdId | None = Field(
        default=None, description="the registered household, when the clue came from an unregistered one"
    )


class Via(Labelled):
    """How an application reached us."""

    PAPER = "paper", "书面", "on paper"
    APP = "app", "手机应用", "phone app"
    HOTLINE = "hotline", "热线电话", "hotline"
    MINI_PROGRAM = "mini_program", "小程序", "mini-program"
    QR = "qr", "扫码", "QR code"
    ORAL = "oral", "当面口述", "told in person"


class ApplicationIn(Body):
    """A household's own application (农户自主申报)."""

    model_config = examples(
        {
            "household_id": "0198c0de-0000-7000-8000-000000000001",
            "risk_type": "01",
            "via": "mini_program",
            "note": "家人住院，自付费用较高",
            "applied_on": "2026-11-10",
        }
    )

    household_id: HouseholdId | None = None
    area_code: LocalArea | None = Field(default=None, description="instead of household_id: not registered yet")
    risk_type: RiskType
    via: Via
    note: Note = ""
    applied_on: date

    @model_validator(mode="after")
    def _one_place(self) -> ApplicationIn:
        if (self.household_id is None) == (self.area_code is None):
            raise ValueError("give either household_id or area_code")
        return self


class VisitIn(Body):
    """A cadre's visit (基层干部排查) that found a risk."""

    household_id: HouseholdId
    risk_type: RiskType
    visited_on: date
    visitors: list[StaffId] = Field(
        min_length=1, max_length=20, description="staff ids; the signed-in person is one of them"
    )
    note: Note = ""


class ReportAccepted(BaseModel):
    """Where the report went."""

    clue_id: str


class ClueQuery(PageQuery):
    """Which clues a list shows; null means any."""

    area: str | None = Field(default=None, pattern=r"^\d{12}$", description="only this area's subtree")
    state: ClueState | None = None
    risk_type: RiskType | None = None
    severity: Severity | None = None
    overdue: bool | None = None
    household: str | None = Field(default=None, max_length=64, description="household id")
    awaits_confirmation: bool | None = None
    has_refused: bool | None = Field(default=None, description="with an open decision that was refused as stale")


class CluePage(SaysTitles):
    """A page of clues."""

    items: list[ClueRow]
    next_cursor: str | None = None


class ClueChanges(Changes, SaysTitles):
    """Clues that changed, as the list shows them now, in no order."""

    items: list[ClueRow]
