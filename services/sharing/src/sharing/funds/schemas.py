"""Wire models of funds."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, Field

from servicekit.page_query import PageQuery
from sharing.funds.rules import Status

FundSource = Literal["central", "province", "city", "county"]


class FundQuery(PageQuery):
    """Which funds; null means any."""

    period: str | None = Field(
        default=None,
        pattern=r"^(19|20)\d{2}-(0[1-9]|1[0-2])$",
        description="月份，空为最新一期 / month; null: the newest that was delivered",
        examples=["2026-10"],
    )
    area: str | None = Field(default=None, pattern=r"^\d{12}$", description="区划子树 / area subtree")
    fund_source: FundSource | None = None
    status: Status | None = Field(default=None, description="进度状态 / by how far they are spent")
    limit: int = Field(default=100, ge=1, le=200, description="items a page")


class MilestoneOut(BaseModel):
    """A share of the fund that is to be spent by the end of a day."""

    by: date
    share: Decimal
    parameter: str = Field(description="来源参数 / the policy parameter that sets it")


class FundOut(BaseModel):
    """A fund of an area at the end of a month, against the milestones of its year."""

    area_code: str
    fund_year: int
    fund_source: FundSource
    fund_source_label: str
    budget: Decimal
    spent: Decimal = Field(description="本年累计支出 / since January")
    progress: Decimal | None = Field(description="支出进度；未下达为空 / null: nothing was assigned")
    status: Status = Field(description="green 达到，red 未达到，not_due 尚无应达到的节点")
    due: MilestoneOut | None = Field(description="已到期的最近节点 / the last milestone that has passed")
    next: MilestoneOut | None
    industry_budget: Decimal
    industry_share: Decimal | None
    industry_required: Decimal | None = Field(description="该来源没有规定的为空 / null: none is set for the source")
    industry_status: Status
    fallen_by: Decimal | None = Field(
        description="累计支出比上月减少的金额，请核实 / less than the month before by so much: to be explained"
    )
    delivery_id: str


class FundPage(BaseModel):
    """A page of funds; `read_at` is null where nothing was delivered for the month, which is not nothing spent."""

    period: str | None
    read_at: datetime | None
    items: list[FundOut]
    total: int
    red: int = Field(description="其中未达进度 / of all, not only this page")
    next_cursor: str | None = None
