"""Petitions and public opinion on the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from contracts.supervision import PetitionCategory, PetitionSource, PetitionState, Satisfaction
from contracts.vocabulary import ClueState, Department, ExclusionReason, RiskType
from servicekit.body import Body, examples
from servicekit.page_query import PageQuery

AreaCode = Annotated[str, StringConstraints(pattern=r"^\d{12}$")]
Note = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=2000)]
_PETITION = {
    "source": "hotline_12345",
    "ticket_no": "12345-20261110-0007",
    "category": "allowance",
    "received_on": "2026-11-10",
    "area_code": "990101101201",
    "household_id": None,
    "petitioner": {"name": "王某", "phone": "13900000000"},
    "summary": "反映家中老人重病住院,自付费用高,未享受临时救助",
    "origin": "",
    "department": "CIV",
}


class Petitioner(Body):
    """Somebody who asks and is not registered: kept sealed, shown to those alone who deal with it."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=50)] = ""
    phone: Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[0-9+\- ]{0,20}$")] = ""


class PetitionIn(Body):
    """An item as it came in."""

    model_config = examples(_PETITION)

    source: PetitionSource
    ticket_no: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)] = Field(
        description="编号 / its number at the source; one item for it in a county"
    )
    category: PetitionCategory
    received_on: date = Field(description="the time to deal with it counts from this day")
    area_code: AreaCode = Field(description="the village, township or county; the township deals with it by default")
    household_id: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = Field(
        default=None, description="the household that it is about, where it is known; it lives in the area"
    )
    petitioner: Petitioner | None = Field(default=None, description="somebody who is not registered, where it is known")
    summary: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)] = Field(
        description="诉求摘要,不写证件号码 / what is asked for, without ID numbers"
    )
    origin: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = Field(
        default="", description="舆情出处或交办文号 / where it was published, or the document that hands it down"
    )
    department: Department | None = Field(default=None, description="承办部门 / null: the township of the area")


class PetitionAmendIn(PetitionIn):
    """An item as it should read, and why: a household that was found, another unit that deals with it."""

    model_config = examples(_PETITION | {"note": "转医保部门办理", "department": "MED"})

    note: Note


class PetitionClueIn(Body):
    """The risk of which the item is a clue."""

    model_config = examples({"risk_type": "01"})

    risk_type: RiskType


class DisposalIn(Body):
    """What was done, and what whoever asked was told."""

    model_config = examples(
        {
            "disposal": "已入户核实并受理临时救助申请",
            "answered_on": "2026-11-12",
            "unanswered_because": None,
            "satisfaction": "satisfied",
        }
    )

    disposal: Note = Field(description="办理结果")
    answered_on: date | None = Field(default=None, description="答复反映人的日期")
    unanswered_because: Note | None = Field(default=None, description="未答复的原因 / not known, anonymous, refused")
    satisfaction: Satisfaction | None = None


class PetitionDecisionIn(Body):
    """Whether what was done stands; what is returned is dealt with again."""

    model_config = examples({"agrees": True, "note": "电话回访属实"})

    agrees: bool
    note: Note


class PetitionNoteIn(Body):
    """Why."""

    model_config = examples({"note": "反映人再次来电"})

    note: Note


class PetitionFilter(Body):
    """Which items a caller wants; all that it may see where nothing is said."""

    area: AreaCode | None = Field(default=None, description="this area and what lies in it")
    department: Department | None = None
    source: PetitionSource | None = None
    category: PetitionCategory | None = None
    state: PetitionState | None = None
    overdue: bool | None = Field(default=None, description="being dealt with, and past its day")
    reopened: bool | None = None


class PetitionQuery(PageQuery, PetitionFilter):
    """The same, and which page."""


class PetitionOut(BaseModel):
    """An item in a list: nothing of whoever asked."""

    id: str
    source: PetitionSource
    source_label: str
    ticket_no: str
    category: PetitionCategory
    category_label: str
    received_on: date
    area_code: str
    area_names: list[str] = Field(description="county, township, village, as far as known")
    department: Department | None = Field(description="null: the township")
    due_on: date
    is_overdue: bool = Field(description="being dealt with, and past its day")
    state: PetitionState
    state_label: str
    has_clue: bool
    disposed_on: date | None
    answered_on: date | None
    satisfaction: Satisfaction | None
    closed_on: date | None
    reopened: int
    duty_id: str | None = Field(description="the duty that waits")
    registered_on: date
    version: int
    updated_at: datetime


class PetitionPage(BaseModel):
    """A page of items, the newest first."""

    items: list[PetitionOut]
    total: int = Field(description="items that the filters leave")
    next_cursor: str | None = None


class PetitionStepOut(BaseModel):
    """What somebody did with an item, and how it stood then."""

    version: int
    action: str
    state: PetitionState
    due_on: date
    note: str
    by: str
    at: datetime


class PetitionClueOut(BaseModel):
    """The clue that an item speaks for, as it is now. Its result closes the item never by itself."""

    id: str
    risk_type: RiskType
    state: ClueState
    state_label: str
    result_reason: ExclusionReason | None
    verified_at: datetime | None


class PetitionDetail(PetitionOut):
    """An item with all that became of it; of whoever asked only for those who deal with it."""

    is_withheld: bool = Field(
        description="反映人信息仅承办人可见 / summary, household and petitioner are left out: shown to who"
        " registered it, or has its duty in hand"
    )
    summary: str | None
    origin: str
    household_id: str | None
    petitioner: Petitioner | None
    clue: PetitionClueOut | None
    disposal: str | None
    disposed_by: str | None
    unanswered_because: str | None
    closed_by: str | None
    registered_by: str
    steps: list[PetitionStepOut]


class PetitionCount(BaseModel):
    """How many items of a category, source and state an area has."""

    category: PetitionCategory
    source: PetitionSource
    state: PetitionState
    area_code: str
    area_name: str | None
    petitions: int
    overdue: int
    reopened: int
    answered: int
    dissatisfied: int


class PetitionCounts(BaseModel):
    """Items by category, source, state and area of the next level."""

    items: list[PetitionCount]
