"""What the API takes and gives about renovations."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from contracts.money import Money
from registry.renovations.rules import Mode, RenovationKind, Stage, Wish
from registry.text import line_text, note_text, words
from servicekit.body import Body, examples
from servicekit.page_query import PageQuery
from servicekit.titles import SaysTitles, Titled

_Code = Annotated[str, Field(pattern=r"^[0-9]{12}$")]
_Year = Annotated[int, Field(ge=2015, le=2100)]
_Note = Annotated[str, note_text(500), words(2)]


class _Progress(Body):
    mode: Mode | None = None
    grade: Literal["B", "C", "D"] | None = Field(default=None, description="房屋等级 / what it was graded before")
    approved_on: date | None = None
    started_on: date | None = None
    finished_on: date | None = None
    due_on: date | None = Field(default=None, description="计划完工日期 / to be finished by")
    subsidy: Money | None = Field(default=None, description="补助资金(元) / granted, yuan")
    note: _Note | None = None


class RenovationIn(_Progress):
    """A household's place on the list."""

    model_config = examples({"kind": "dilapidated", "year": 2026, "wish": "willing", "grade": "D"})

    kind: RenovationKind
    year: _Year = Field(description="of the target that it counts in")
    wish: Wish = Field(description="改造意愿 / whether the household wants it")


class AcceptanceIn(Body):
    """The record by which a finished renovation is found to be safe."""

    accepted_on: date
    grade: Literal["A", "B"] = Field(description="验收等级 / what the house is graded now")
    record_no: Annotated[str, line_text(64, 2)] = Field(description="验收或鉴定编号 / number of the record")


class RenovationPatch(_Progress):
    """What is known by now: fields that are given replace, null takes back."""

    model_config = examples({"mode": "rebuild", "approved_on": "2026-03-02", "due_on": "2026-10-31"})

    wish: Wish | None = Field(default=None, description="改造意愿; null: as it is")
    acceptance: AcceptanceIn | None = Field(
        default=None,
        description="验收记录 / makes the housing status safe from that day; nothing else here does. null: as it is",
    )
    cancelled_because: _Note | None = Field(default=None, description="取消原因 / why it is not done; null: it is")


class RenovationOut(BaseModel):
    """A renovation as it stands."""

    id: str
    household_id: str
    area_code: str
    kind: RenovationKind
    year: int
    stage: Stage
    is_late: bool = Field(description="to be finished by a day that is past")
    source: str = Field(description="`entry`，或部门数据集 / `entry`, or the dataset that told of it")
    wish: Wish
    mode: Mode | None
    grade: str | None
    approved_on: date | None
    started_on: date | None
    finished_on: date | None
    due_on: date | None
    accepted_on: date | None
    accepted_grade: str | None
    acceptance_no: str | None
    subsidy: Decimal | None
    note: str | None
    cancelled_because: str | None
    version: int
    updated_at: datetime


class RenovationRow(RenovationOut, Titled):
    """A renovation in a list, with what people recognise its household by."""


class RenovationPage(SaysTitles):
    """A page of renovations, in the order they came on the list."""

    items: list[RenovationRow]
    total: int = Field(description="renovations that the filters leave")
    next_cursor: str | None = None


class RenovationStepOut(BaseModel):
    """A change of a renovation."""

    version: int
    stage: Stage
    changes: dict[str, Any]
    by: str = Field(description="staff:<id> of a person, else the client")
    at: datetime


class RenovationDetail(RenovationOut):
    """A renovation with everything that became of it."""

    steps: list[RenovationStepOut]


class RenovationQuery(PageQuery):
    """Which renovations a list shows; null means any."""

    area: _Code | None = Field(default=None, description="this area and what lies in it")
    grid: str | None = Field(default=None, min_length=1, max_length=64, description="households of this grid")
    household_id: UUID | None = None
    year: _Year | None = None
    kind: RenovationKind | None = None
    stage: Stage | None = None
    late: bool | None = None


class TargetsIn(Body):
    """The year's target of each township: `{township: {kind: households}}`."""

    model_config = examples({"targets": {"990101101000": {"dilapidated": 6, "seismic": 1}}})

    targets: dict[_Code, dict[RenovationKind, Annotated[int, Field(ge=0, le=100_000)]]] = Field(max_length=500)


class TargetsOut(BaseModel):
    """The targets of a county's year; version 0 where none were set."""

    county_code: str
    year: int
    targets: dict[str, dict[RenovationKind, int]]
    version: int


class CompletionQuery(Body):
    """Whose completion is asked for."""

    year: _Year | None = Field(default=None, description="this year unless it is given")
    area: _Code | None = Field(default=None, description="this area and what lies in it")


class CompletionOut(BaseModel):
    """How far a township has come with a kind of renovation."""

    area_code: str
    area_path: list[str] = Field(description="县、乡镇名称 / names of county and township")
    kind: RenovationKind
    target: int | None = Field(description="年度任务 / null where none is set, or it is not the caller's to see")
    listed: int = Field(description="on the list, without those cancelled")
    approved: int = Field(description="approved, or further on")
    started: int = Field(description="started, or further on")
    finished: int = Field(description="finished, accepted or not")
    accepted: int
    late: int
    subsidy: Decimal
    completion: Decimal | None = Field(description="finished of the target")


class CompletionsOut(BaseModel):
    """Completion of the year's target by township and kind (F-B22)."""

    year: int
    items: list[CompletionOut]
