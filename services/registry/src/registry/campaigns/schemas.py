"""What the API takes and gives about campaigns."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints, computed_field

from contracts.vocabulary import CampaignKind, CampaignTaskState
from registry.text import line_text, words
from servicekit.body import Body, examples
from servicekit.page_query import PageQuery
from servicekit.titles import SaysTitles, Titled

AreaCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
CampaignState = Literal["ahead", "running", "over", "cancelled"]
Level = Literal["village", "town", "county"]


class CampaignIn(Body):
    """A campaign of visits."""

    model_config = examples(
        {
            "kind": "sweep",
            "name": "2026年下半年集中排查",
            "area_code": "990101000000",
            "from_on": "2026-11-01",
            "until_on": "2026-12-15",
            "form_version": "2026-2",
        }
    )

    kind: CampaignKind
    name: Annotated[str, line_text(100, 2), words(2)]
    area_code: AreaCode
    from_on: date
    until_on: date = Field(description="last day; the duties of the villages are due then")
    form_version: Annotated[str, line_text(40, 1)] = Field(
        description="排查表版本 / version of the form that is filled in"
    )


class CampaignCancel(Body):
    """Why a campaign is cancelled."""

    reason: Annotated[str, line_text(200, 2), words(2)]


class CampaignOut(BaseModel):
    """A campaign."""

    id: str
    kind: CampaignKind
    name: str
    area_code: str
    from_on: date
    until_on: date
    form_version: str
    state: CampaignState
    opened_at: datetime
    opened_by: str
    cancelled_at: datetime | None
    cancelled_by: str | None
    cancelled_why: str | None

    @computed_field(description="行动类型 / the kind in Chinese")  # type: ignore[prop-decorator]
    @property
    def kind_label(self) -> str:
        """Give the kind's label."""
        return self.kind.label


class CampaignQuery(PageQuery):
    """Which campaigns a list shows, newest first; null means any."""

    area: str | None = Field(default=None, pattern=r"^[0-9]{12}$", description="those that meet this area")
    kind: CampaignKind | None = None
    state: CampaignState | None = None


class CampaignPage(BaseModel):
    """A page of campaigns."""

    items: list[CampaignOut]
    total: int = Field(description="campaigns that the filters leave")
    next_cursor: str | None = None


class TaskQuery(PageQuery):
    """Which tasks of a campaign a list shows, by village; null means any."""

    area: str | None = Field(default=None, pattern=r"^[0-9]{12}$", description="subtree of the household's village")
    grid: str | None = Field(default=None, max_length=64)
    state: CampaignTaskState | None = None
    undone: bool | None = Field(default=None, description="somebody still has to go there: open, or nobody was met")


class TaskOut(BaseModel):
    """A household that a campaign concerns, and the result that stands."""

    household_id: str
    hh_no: str
    area_code: str
    grid: str | None
    state: CampaignTaskState
    visits: int = Field(description="results that were told")
    happened_on: date | None = Field(description="day of the visit whose result stands")
    contact_id: str | None = Field(description="the contact whose result stands")

    @computed_field(description="进度 / the state in Chinese")  # type: ignore[prop-decorator]
    @property
    def state_label(self) -> str:
        """Give the state's label."""
        return self.state.label


class TaskRow(TaskOut, Titled):
    """A task in a list, with what people recognise its household by."""


class TaskPage(SaysTitles):
    """A page of tasks, by village."""

    items: list[TaskRow]
    total: int = Field(description="tasks that the filters leave")
    next_cursor: str | None = None


class CoverageQuery(Body):
    """Of which area, and by which level; null means all that is the caller's."""

    area: str | None = Field(default=None, pattern=r"^[0-9]{12}$")
    by: Level = "village"


class CoverageRow(BaseModel):
    """How far an area has come."""

    area_code: str | None = Field(description="null where it is all of them together")
    area_path: list[str] = Field(description="县、乡镇、村名称 / names of county, township and village")
    due: int = Field(description="应走访户数 / households that the campaign concerns")
    visited: int = Field(description="已走访户数 / somebody was met, or reached")
    risk_found: int = Field(description="发现风险户数 / of them, those where a risk was seen")
    absent: int = Field(description="未见到户数 / nobody was met yet")
    refused: int = Field(description="拒绝户数 / the household refused")
    open: int = Field(description="待走访户数 / nobody went there yet")
    percent: Decimal = Field(description="走访率 / visited of due, in per cent, one decimal", examples=["87.5"])


class CoverageOut(BaseModel):
    """Coverage of a campaign by area."""

    items: list[CoverageRow]
    total: CoverageRow = Field(description="合计 / all of them together")
