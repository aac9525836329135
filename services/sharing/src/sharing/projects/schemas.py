"""Wire models of projects."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from pydantic import BaseModel, Field

from servicekit.page_query import PageQuery
from sharing.projects.rules import Status, StepName, StepStatus

_PERIOD = r"^(19|20)\d{2}-(0[1-9]|1[0-2])$"


class ProjectQuery(PageQuery):
    """Which projects; null means any."""

    period: str | None = Field(
        default=None, pattern=_PERIOD, description="月份，空为最新一期 / month; null: the newest", examples=["2026-10"]
    )
    area: str | None = Field(default=None, pattern=r"^\d{12}$", description="区划子树 / area subtree")
    year: int | None = Field(default=None, ge=2015, le=2100, description="项目年度 / year of the project")
    late: bool | None = Field(default=None, description="是否有逾期环节 / whether a step is late")
    late_step: StepName | None = Field(default=None, description="逾期的环节 / the step that is late")
    limit: int = Field(default=50, ge=1, le=200, description="items a page")


class StepOut(BaseModel):
    """One of the five dates of a project."""

    step: StepName
    due_on: date
    done_on: date | None
    status: StepStatus = Field(description="done 按期，done_late 逾期完成，late 逾期未完成，not_due 未到期")


class ProjectOut(BaseModel):
    """A project at the end of a month."""

    project_no: str
    project_name: str
    area_code: str
    project_year: int
    category: str
    entity: str
    fund_source: str
    amount: Decimal
    households: int | None
    state: str
    benefit_paid: Decimal | None
    price_fall_pct: int | None
    reason: str | None
    steps: list[StepOut]
    is_late: bool
    delivery_id: str


class FinishedOut(BaseModel):
    """Projects of the month's year that are finished, against what must be by now."""

    projects: int
    finished: int
    share: Decimal | None
    required: Decimal | None = Field(description="此时应达到的完工率；未到期为空 / null: no share is due yet")
    status: Status


class ProjectPage(BaseModel):
    """A page of projects; `read_at` is null where nothing was delivered for the month."""

    period: str | None
    read_at: datetime | None
    items: list[ProjectOut]
    total: int
    late: int = Field(description="有逾期环节的项目数 / of all, not only this page")
    finished: FinishedOut | None = Field(description="本年度完工率，按所查区域 / of the whole area asked for")
    next_cursor: str | None = None


class ShareQuery(BaseModel):
    """Of which month, area and year."""

    model_config = {"extra": "forbid"}

    period: str | None = Field(default=None, pattern=_PERIOD, description="月份，空为最新一期 / null: the newest")
    area: str | None = Field(default=None, pattern=r"^\d{12}$", description="区划子树 / area subtree")
    year: int | None = Field(default=None, ge=2015, le=2100, description="空为该月所在年 / null: the month's year")


class ShareOut(BaseModel):
    """What an entity has of the money for industry."""

    entity: str
    projects: int
    amount: Decimal
    share: Decimal


class ConcentrationOut(BaseModel):
    """What the greatest entities have of a year's money for industry (垒大户); red: the first has more than it may."""

    period: str | None
    read_at: datetime | None
    year: int | None
    limit: Decimal | None
    status: Status = Field(description="red 第一主体占比超过上限，not_due 没有数据")
    entities: list[ShareOut] = Field(description="占比最高的20个 / the twenty greatest")
