"""Wire models of the insurance ledger."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import AwareDatetime, BaseModel, Field

from servicekit.body import Body
from servicekit.page_query import PageQuery
from servicekit.titles import SaysTitles, Titled

Enrolment = Literal["enrolled", "uninsured", "unknown"]
Focus = Literal["low_income", "formerly_poor", "monitored"]


class _Which(Body):
    year: int | None = Field(default=None, ge=2000, le=2100, description="年度,缺省为今年 / this year if absent")
    area: str | None = Field(default=None, pattern=r"^\d{12}$", description="区划子树 / area subtree")
    focus: Focus | None = Field(
        default=None, description="重点人群 / low_income 低收入人口, formerly_poor 脱贫人口, monitored 监测对象"
    )


class InsuranceQuery(_Which, PageQuery):
    """Whose year; null means any."""

    enrolment: Enrolment | None = Field(
        default=None, description="enrolled 已参保, uninsured 未参保, unknown 名单未报送、无法判断 / no list says"
    )
    household_id: str | None = Field(default=None, max_length=64)
    person_id: str | None = Field(default=None, max_length=64)


class StatisticsQuery(_Which, PageQuery):
    """Which areas."""

    by: Literal["village", "town"] = "village"
    limit: int = Field(default=100, ge=1, le=500, description="items a page")


class FileQuery(_Which):
    """Which rows, and in which form."""

    enrolment: Enrolment | None = None
    format: Literal["csv", "xlsx"] = "xlsx"


class InsuranceOut(BaseModel):
    """A person's year, as the insurance department's lists have it. Money in yuan; null: not known."""

    household_id: str
    person_id: str
    area_code: str
    relation: str
    year: int
    is_low_income: bool
    is_formerly_poor: bool
    is_monitored: bool
    enrolment: Enrolment
    scheme: str | None = Field(description="险种 / resident or employee")
    paid_on: date | None
    premium: Decimal | None = Field(description="个人缴费 / paid by the person")
    subsidy: Decimal | None = Field(description="资助参保 / subsidy of the premium")
    cost_to: date | None = Field(description="费用截止日期 / until when the cost is told")
    total: Decimal | None = Field(description="总费用 / total cost; 0 where a whole list has nothing of the person")
    basic_paid: Decimal | None = Field(description="基本医保支付")
    critical_paid: Decimal | None = Field(description="大病保险支付")
    aid_paid: Decimal | None = Field(description="医疗救助支付")
    self_paid: Decimal | None = Field(description="年度累计自付 / self-paid")
    period: str | None = Field(description="the month whose lists say so")
    told_at: AwareDatetime | None


class InsuranceRow(InsuranceOut, Titled):
    """A row with what people recognise its household by."""


class InsurancePage(SaysTitles):
    """A page of the ledger, by village."""

    items: list[InsuranceRow]
    total: int
    next_cursor: str | None = None


class AreaStatistics(BaseModel):
    """A village's or township's figures. Sums are of those of whom something is known; null: of nobody."""

    area_code: str
    persons: int = Field(description="重点人群 / people in focus")
    enrolled: int
    uninsured: int
    enrolment_unknown: int = Field(description="名单未报送 / no list says: in no rate")
    enrolment_rate: float | None = Field(description="已参保 / (已参保 + 未参保); null: nobody is known")
    subsidised: int
    premium: Decimal | None
    subsidy: Decimal | None
    with_cost: int = Field(description="有医疗费用 / people with medical cost")
    cost_unknown: int
    total: Decimal | None
    basic_paid: Decimal | None
    critical_paid: Decimal | None
    aid_paid: Decimal | None
    self_paid: Decimal | None
    self_paid_share: float | None = Field(description="自付占总费用 / self-paid of the total; null: no cost is known")


class StatisticsPage(BaseModel):
    """Figures by area, and of all areas together."""

    year: int
    items: list[AreaStatistics]
    all: AreaStatistics
    next_cursor: str | None = None
