"""What the API takes and gives about the collective income of villages."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, Field

from contracts.money import Money
from registry.text import note_text, words
from servicekit.body import Body, examples
from servicekit.page_query import PageQuery


class CollectiveIncomeIn(Body):
    """What became of a village's collective income of a year (村集体经济收益分配)."""

    model_config = examples(
        {
            "income": "180000.00",
            "distributed": "126000.00",
            "households": 210,
            "settled_on": "2026-09-20",
            "evidence": "村民代表会议〔2026〕8号,公示7日",
        }
    )

    income: Money = Field(description="可分配收益 / collective income that could be distributed, in yuan")
    distributed: Money = Field(description="已分配金额 / what of it households were given, in yuan; 0: nothing")
    households: int = Field(ge=0, le=100_000, description="受益户数 / households that were given a share")
    settled_on: date = Field(description="分配日期 / when it was distributed, or decided that nothing is")
    evidence: Annotated[str, note_text(500), words(2)] = Field(
        description="依据 / what shows it: number of the decision, the notice; why nothing was distributed"
    )


class CollectiveIncomeOut(BaseModel):
    """One revision of what a village said of a year."""

    village_code: str
    year: int
    version: int
    income: Decimal
    distributed: Decimal
    households: int
    balance: Decimal = Field(description="未分配余额 / what there is still")
    settled_on: date
    evidence: str
    recorded_at: datetime
    recorded_by: str


class RevisionsOut(BaseModel):
    """What a village said of a year, the revision that holds first."""

    items: list[CollectiveIncomeOut]


class CollectiveIncomeQuery(PageQuery):
    """Which villages a list shows, by code; null means any."""

    area: str | None = Field(default=None, pattern=r"^[0-9]{12}$", description="this area and what lies in it")
    year: int | None = Field(default=None, ge=2020, le=2999, description="null: this one")
    is_recorded: bool | None = Field(default=None, description="false: villages that have said nothing of the year")
    has_balance: bool | None = Field(default=None, description="true: villages that did not distribute all of it")


class VillageRow(BaseModel):
    """A village, and what it said of the year; null where it has said nothing."""

    village_code: str
    area_path: list[str] = Field(description="县、乡镇、村名称 / names of county, township and village")
    record: CollectiveIncomeOut | None


class Totals(BaseModel):
    """Villages that the filters leave, added up; amounts in yuan."""

    villages: int
    recorded: int = Field(description="已登记村数 / villages that have said what became of it")
    income: Decimal
    distributed: Decimal
    balance: Decimal
    households: int


class VillagePage(BaseModel):
    """A page of villages."""

    year: int
    due_on: date | None = Field(description="完成期限 / null where policy asks for none")
    items: list[VillageRow]
    totals: Totals
    next_cursor: str | None = None
