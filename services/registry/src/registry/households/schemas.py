"""What the API takes and gives about households and persons. Nothing here shows a full identity."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from contracts.area_vocabulary import AreaTag
from contracts.fields import HOUSEHOLD, INCOME, PERSON, announced
from contracts.fields.models import patch_model, shown_model, unmasked_model
from contracts.labels import HouseholdLabel
from contracts.texts import HOLDS_ID_NUMBER
from contracts.vocabulary import HouseholdStatus, HouseholdType, PurposeCode
from registry.text import line_text
from servicekit.body import Body
from servicekit.changed import Changes
from servicekit.differences import Changed
from servicekit.page_query import PageQuery
from servicekit.refused import RefusedOut


class _Identified(BaseModel):
    id: str


if TYPE_CHECKING:  # what code reads by name; the records in contracts.fields say everything

    class _MemberPatch(Body):
        pass

    class _HouseholdPatch(Body):
        village_code: str | None

    class _Unmasked(BaseModel):
        name: str
        id_no: str | None
        birth_date: date

    class _MemberShown(_Identified):
        pass

    class _IncomeShown(BaseModel):
        pass

    class _HouseholdShown(_Identified):
        pass

else:
    _MemberPatch = patch_model("_MemberPatch", PERSON, Body)
    _HouseholdPatch = patch_model("_HouseholdPatch", HOUSEHOLD, Body)
    _Unmasked = unmasked_model("_Unmasked", (*PERSON, *HOUSEHOLD))
    _MemberShown = shown_model("_MemberShown", PERSON, _Identified)
    _IncomeShown = shown_model("_IncomeShown", announced(INCOME))
    _HouseholdShown = shown_model("_HouseholdShown", HOUSEHOLD, _Identified)


class MemberOut(_MemberShown):
    """A member, masked."""


class IncomeSummary(_IncomeShown):
    """One year's result, as it stands now."""


class HouseholdOut(_HouseholdShown):
    """A household, masked: of each member the family name, six characters of the number and the year of birth."""

    version: int
    updated_at: datetime
    members: list[MemberOut]


class HouseholdDetail(HouseholdOut):
    """A household with its current incomes."""

    incomes: list[IncomeSummary]
    refused: list[RefusedOut] = Field(
        default=[], description="未生效的变更 / changes that were refused because another one came first"
    )
    not_applied: list[str] = Field(
        default=[], description="未采用 / fields of a change that were known on a later day already, and stayed"
    )
    as_of: datetime | None = Field(default=None, description="the instant that was asked for")
    occurred_by: date | None = Field(default=None, description="the day that was asked for")
    as_now: list[str] = Field(
        default=[],
        description="未留存 / fields that the history of that time did not keep: they are shown as they are now",
    )
    of_later_days: list[str] = Field(
        default=[],
        description="fields whose value is of a day after `occurred_by`: what they were by then is not known",
    )


class HouseholdThen(Body):
    """As of when a household is asked for; without both, as it is."""

    as_of: AwareDatetime | None = Field(
        default=None, description="查询时点 / as the register knew it at this instant, RFC 3339 with a zone"
    )
    occurred_by: date | None = Field(
        default=None, description="发生截至 / members and incomes as they were on this day, whenever that was recorded"
    )


class HouseholdPatched(BaseModel):
    """What is remembered of a change for its repeat: names of fields, never a value."""

    not_applied: list[str]


class MemberPatch(_MemberPatch):
    """A change of one member. Without `id` it is a new member and needs all of `MemberIn`."""

    id: str | None = None
    left_on: date | None = Field(default=None, description="自然减少日期: the member leaves the household")
    left_reason: Annotated[str, line_text(64)] | None = Field(default=None, description="死亡、婚出、迁出…")


class HouseholdPatch(_HouseholdPatch):
    """What changes; what is absent stays. `members` lists changed, leaving and new members only."""

    occurred_on: date | None = Field(
        default=None, description="发生日期 / when it happened, today if absent; older never overrides newer"
    )
    status: HouseholdStatus | None = None
    members: Annotated[list[MemberPatch], Field(max_length=50)] = []


class HouseholdQuery(PageQuery):
    """Which households a list shows; null means any."""

    area: str | None = Field(default=None, pattern=r"^[0-9]{12}$", description="subtree")
    hh_no: str | None = Field(default=None, pattern=r"^[A-Za-z0-9\-]{1,32}$")
    hh_type: HouseholdType | None = None
    monitored: bool | None = None
    label: HouseholdLabel | None = Field(default=None, description="标签 / what it counts among")
    tag: AreaTag | None = Field(default=None, description="区划标签 / of villages that have this tag today")
    status: HouseholdStatus | None = None
    has_refused: bool | None = Field(default=None, description="with an open change that was refused as stale")
    limit: int = Field(default=50, ge=1, le=200, description="items a page")


class HouseholdChanges(Changes):
    """Households that changed, as the list shows them now, in no order."""

    items: list[HouseholdOut]


class PersonSearch(Body):
    """An exact search by ID number; the number travels in the body, never in a URL."""

    id_no: Annotated[str, line_text(32, 1)] = Field(json_schema_extra=HOLDS_ID_NUMBER)


class PersonFound(MemberOut):
    """A person with the household it belongs to, masked."""

    household_id: str
    hh_no: str
    area_code: str


class PersonsFound(BaseModel):
    """What a search found within the caller's areas."""

    items: list[PersonFound]


class UnmaskIn(Body):
    """Why, and for which case, a full identity is shown."""

    purpose_code: PurposeCode
    case_id: UUID = Field(description="id of a clue (线索) or an episode (监测记录) of the person's household")


class UnmaskedPerson(_Unmasked):
    """A full identity, with the sealed fields of the household; the look is recorded."""

    person_id: str
    household_id: str
    unmasking_id: str


class HouseholdVersion(BaseModel):
    """The household as it was, until somebody changed it."""

    version: int
    replaced_at: datetime
    replaced_by: str
    cause: str
    snapshot: dict[str, object]
    changes: list[Changed] = Field(description="what the change made of it, field by field; no identities")


class HouseholdHistory(BaseModel):
    """Earlier versions, newest first."""

    items: list[HouseholdVersion]


QuotaKind = Literal["looks", "bulk"]


class QuotaAlertQuery(PageQuery):
    """Which quota alerts a list shows, the newest first; null means any."""

    area: str | None = Field(
        default=None, pattern=r"^[0-9]{12}$", description="subtree that all areas of the person lie in"
    )
    actor: str | None = Field(default=None, max_length=64, description="staff:<id> of a person, else a client")


class QuotaAlertOut(BaseModel):
    """Somebody came near a day's number of looks at unmasked data, or used it up."""

    id: str
    actor: str = Field(description="who looked: staff:<id> of a person, else the client")
    client_id: str = Field(description="the application")
    kind: QuotaKind = Field(description="looks 逐次查看, bulk 批量查看(人数)")
    state: Literal["near", "used_up"] = Field(description="near 达到八成, used_up 用完")
    taken: int = Field(description="how many it were then, of per_day")
    per_day: int
    areas: list[str]
    raised_at: datetime


class QuotaAlertPage(BaseModel):
    """A page of quota alerts."""

    items: list[QuotaAlertOut]
    next_cursor: str | None = None
